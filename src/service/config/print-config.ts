/** A setting with the value in force and where that came from. */
export interface ConfigValue {
  readonly path: string;
  /** As it was written. */
  readonly value: unknown;
  readonly origin: string;
  readonly secret: boolean;
  readonly doc: string;
}

const REDACTED = '***';

/**
 * The configuration in force, for people or programs. Secrets are never shown: only whether there is one.
 * @param withOrigin says of each value where it came from
 */
export function printConfig(values: readonly ConfigValue[], format: 'text' | 'json', withOrigin: boolean): string {
  if (format === 'json') {
    const shown = values.map((v) => ({
      path: v.path,
      value: redacted(v),
      ...(withOrigin && { origin: v.origin }),
      doc: v.doc,
    }));
    return `${JSON.stringify(shown, null, 2)}\n`;
  }
  const lines = values.map((v) => [`${v.path}: ${asText(redacted(v))}`, v.origin] as const);
  const width = Math.max(0, ...lines.map(([line]) => line.length));
  return lines.map(([line, origin]) => (withOrigin ? `${line.padEnd(width)}  # ${origin}\n` : `${line}\n`)).join('');
}

/** The value as it may be shown: a secret as stars, and addresses without the password they may hold. */
export function redacted({ value, secret }: ConfigValue): unknown {
  return secret && value !== null ? REDACTED : withoutPassword(value);
}

/** An address without the password it may hold: `redis://user:***@host`. */
export function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/(\w+:\/\/[^/@:]*):.*@/, `$1:${REDACTED}@`) : value;
}

const asText = (value: unknown): string =>
  Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value);
