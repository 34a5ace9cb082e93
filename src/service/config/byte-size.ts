const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };

/** Bytes of a size as users write it (`64 MB`, `1.5GB`, `65536`), in units of 1024; null when it is not one. */
export function parseByteSize(size: string | number): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b|)$/i.exec(String(size).trim());
  if (match === null) return null;
  const bytes = Math.round(Number(match[1]) * UNITS[match[2].toLowerCase().replace('ib', 'b')]);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null;
}
