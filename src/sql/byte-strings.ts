/** Functions of texts over binaries: positions and lengths count bytes, positions from 1. */

export const concat = (...parts: Uint8Array[]): Uint8Array => plain(Buffer.concat(parts));

/** A value is a plain Uint8Array, so that values compare alike wherever they came from. */
export const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** Position 0 counts as 1; a negative one counts from the end, and may lie before the start. */
export function substring(bytes: Uint8Array, position: number, count = Infinity): Uint8Array {
  const start = position > 0 ? position - 1 : position < 0 ? bytes.length + position : 0;
  const end = start + count;
  return count <= 0 || end <= 0 ? new Uint8Array() : bytes.slice(Math.max(start, 0), end);
}

/** `count` bytes (as many as in `replacement` when negative) from a position on replaced. */
export function overlay(bytes: Uint8Array, replacement: Uint8Array, position: number, count = -1): Uint8Array {
  const replaced = count >= 0 ? count : replacement.length;
  return concat(substring(bytes, 1, position - 1), replacement, substring(bytes, position + replaced));
}

export const reversed = (bytes: Uint8Array): Uint8Array => bytes.slice().reverse();
export const contains = (bytes: Uint8Array, part: Uint8Array): boolean =>
  Buffer.from(bytes).includes(Buffer.from(part));
export const startsWith = (bytes: Uint8Array, part: Uint8Array): boolean =>
  part.length <= bytes.length && part.every((byte, i) => bytes[i] === byte);
export const endsWith = (bytes: Uint8Array, part: Uint8Array): boolean =>
  part.length <= bytes.length && startsWith(bytes.subarray(bytes.length - part.length), part);

export function padded(bytes: Uint8Array, width: number, pad: Uint8Array, side: 'left' | 'right'): Uint8Array {
  const missing = width - bytes.length;
  if (missing <= 0 || pad.length === 0) return bytes.slice(0, Math.max(width, 0));
  const filling = new Uint8Array(missing).map((_, i) => pad[i % pad.length]);
  return side === 'left' ? concat(filling, bytes) : concat(bytes, filling);
}
