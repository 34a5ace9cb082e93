const SECRET_NAME = /password|passphrase|secret|token|credential|authorization|private_?key/i;
const MASK = '***';

/** The text with user and password of every URL in it masked. */
export const redactText = (text: string): string => text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s"']*@/gi, `$1${MASK}@`);

/**
 * A copy of a value that may be shown, as JSON: whatever a name calls a secret is masked, in objects at any depth, and so are the credentials
 * in URLs.
 */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(redact);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, SECRET_NAME.test(name) ? MASK : redact(item)]),
  );
}
