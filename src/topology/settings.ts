import type { Located } from '../core/diagnostic.ts';
import type { SettingValue } from './spec.ts';
import { entriesOf, plain } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** A nested map of settings as dotted paths to its scalars and lists: `kafka: { brokers: a }` is `kafka.brokers`. */
export function readSettings(node: YamlNode | null): Map<string, SettingValue> {
  const settings = new Map<string, SettingValue>();
  collect(node, '', [], settings);
  return settings;
}

function collect(
  node: YamlNode | null,
  prefix: string,
  outer: readonly Located<string>[],
  settings: Map<string, SettingValue>,
): void {
  for (const { key, value } of entriesOf(node)) {
    const path = prefix + key.value;
    const keys = [...outer, key];
    if (value.kind === 'map') collect(value, `${path}.`, keys, settings);
    else settings.set(path, { value: plain(value), span: value.span, keys, secret: holdsSecret(value) });
  }
}

const holdsSecret = (node: YamlNode): boolean =>
  node.kind === 'scalar' ? node.secret : node.kind === 'list' && node.items.some(holdsSecret);

const SECRET_NAME = /pass|secret|token|credential|(^|[._-])key$/i;

/** True for a setting whose name says that its value is nobody's business. */
export const hasSecretName = (path: string): boolean => SECRET_NAME.test(path);

/**
 * The file's text with the values of settings starred out, so that lines of it can be printed; lengths and line breaks stay.
 * @param settings the map of settings in it; null when the file could not be parsed
 */
export function maskSettings(text: string, settings: YamlNode | null, isShown: (path: string) => boolean): string {
  if (settings === null) {
    return text.replace(
      /^([ \t]*['"]?([\w.-]+)['"]?[ \t]*:[ \t]*)(\S.*)$/gm,
      (line, head: string, key: string, value: string) => (hasSecretName(key) ? head + stars(value) : line),
    );
  }
  let masked = text;
  for (const [path, { span }] of readSettings(settings)) {
    if (isShown(path) && !ADDRESS_WITH_PASSWORD.test(text.slice(span.start, span.end))) continue;
    masked = masked.slice(0, span.start) + stars(masked.slice(span.start, span.end)) + masked.slice(span.end);
  }
  return masked;
}

const ADDRESS_WITH_PASSWORD = /:\/\/[^/@\s]*:.*@/;

const stars = (text: string): string => text.replace(/[^\r\n]/g, '*');
