import type { Diagnostics, Span } from '../core/diagnostic.ts';
import type { CsvFormat, EpochFormat, Format, JsonFormat } from '../core/format.ts';
import { child, entriesOf, textOf, valueOf, type YamlNode } from './yaml-node.ts';

/** The format that has the option. */
const formatOf = (option: string): 'json' | 'csv' => (option === 'timestampFormat' ? 'json' : 'csv');

/** False after a complaint: the `options` of this `value` are those of another format. */
export function optionsFit(
  value: YamlNode | null,
  format: Format['name'],
  diagnostics: Diagnostics,
  subject: string,
): boolean {
  const options = child(value, 'options');
  if (options === null) return true;
  const refuse = (what: string, span: Span, remedy: string): false => {
    const message = `\`${what}\` has no meaning with \`format: ${format}\``;
    diagnostics.error('MILLRACE_CONFLICTING_KEYS', span, message, remedy, subject);
    return false;
  };
  if (format === 'text') return refuse('options', options.span, 'remove it, or write `format: csv`');
  const foreign = entriesOf(options).find(({ key }) => formatOf(key.value) !== format);
  if (foreign === undefined) return true;
  const { value: option, span } = foreign.key;
  return refuse(option, span, `remove it, or write \`format: ${formatOf(option)}\``);
}

/** How a sink writes. */
export function writtenFormat(name: Format['name'], options: YamlNode | null): Format {
  switch (name) {
    case 'text':
      return { name };
    case 'json':
      return jsonFormat(options);
    case 'csv':
      return csvFormat(options, 'writing');
  }
}

export function jsonFormat(options: YamlNode | null): JsonFormat {
  const timestampFormat = textOf(child(options, 'timestampFormat'))?.value as EpochFormat | undefined;
  return timestampFormat === undefined ? { name: 'json' } : { name: 'json', timestampFormat };
}

/** Spark leaves out white space around a field when it writes, and keeps it when it reads. */
export function csvFormat(options: YamlNode | null, use: 'reading' | 'writing'): CsvFormat {
  const text = (key: string, fallback: string): string => textOf(child(options, key))?.value ?? fallback;
  const flag = (key: string): boolean => {
    const value = valueOf(child(options, key));
    return typeof value === 'boolean' ? value : use === 'writing';
  };
  return {
    name: 'csv',
    sep: text('sep', ','),
    quote: text('quote', '"'),
    escape: text('escape', '\\'),
    nullValue: text('nullValue', ''),
    ignoreLeadingWhiteSpace: flag('ignoreLeadingWhiteSpace'),
    ignoreTrailingWhiteSpace: flag('ignoreTrailingWhiteSpace'),
  };
}
