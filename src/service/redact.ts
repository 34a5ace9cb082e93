const SECRET_NAME = /password|passphrase|secret|token|credential|authorization|private_?key/i;
const MASK = '***';
const DEEPEST = 6;

/** The text with user and password of every URL in it masked. */
export const redactText = (text: string): string => text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@"']*@/gi, `$1${MASK}@`);

/**
 * A copy of a value that may be shown: whatever a name calls a secret is masked, in objects at any depth, and so are the credentials in
 * URLs. Errors become plain objects; bytes become their length.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '…';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, SECRET_NAME.test(name) ? MASK : redact(item, depth + 1)]),
  );
}

function redactError(error: Error, depth: number): unknown {
  const { cause, name, ...own } = { cause: error.cause, ...error, name: error.name };
  return {
    type: name,
    message: redactText(error.message),
    ...(redact(own, depth + 1) as object),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    stack: redactText(error.stack ?? ''),
  };
}
