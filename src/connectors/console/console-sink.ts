import { toPrintable } from '../../core/printable.ts';
import type { ConsoleOptions, ExternalSink, SinkDelivery } from '../../core/sink.ts';
import type { DataType, Row, Schema, Value } from '../../core/types.ts';

/**
 * Prints each batch as a ruled table, laid out as Spark's console sink does. For people who look on: a batch is printed once it is committed,
 * and one that was committed just before the process died may not have been.
 */
export class ConsoleSink implements ExternalSink {
  readonly #schema: Schema;
  readonly #options: ConsoleOptions;
  readonly #write: (text: string) => void;

  constructor(schema: Schema, options: ConsoleOptions, write: (text: string) => void) {
    this.#schema = schema;
    this.#options = options;
    this.#write = write;
  }

  deliver(delivery: SinkDelivery): Promise<void> {
    const { batchId, rows } = delivery;
    const rule = '-------------------------------------------';
    this.#write(`${rule}\nBatch: ${batchId}\n${rule}\n${table(this.#schema, rows, this.#options)}\n`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The rows as `Dataset.show` prints them. */
export function table(schema: Schema, rows: readonly Row[], { numRows, truncate }: ConsoleOptions): string {
  const shown = rows.slice(0, numRows);
  const cut = (text: string): string => (truncate > 0 && text.length > truncate ? shorten(text, truncate) : text);
  const cells = [
    schema.map((column) => cut(column.name)),
    ...shown.map((row) => schema.map((column, i) => cut(cellText(row[i], column.type)))),
  ];
  const widths = schema.map((_, i) => Math.max(3, ...cells.map((line) => line[i].length)));
  const pad = (text: string, width: number): string => (truncate > 0 ? text.padStart(width) : text.padEnd(width));
  const rule = `+${widths.map((width) => '-'.repeat(width)).join('+')}+\n`;
  const line = (texts: readonly string[]): string => `|${texts.map((text, i) => pad(text, widths[i])).join('|')}|\n`;
  const [header, ...body] = cells;
  const more = rows.length > shown.length ? `only showing top ${numRows} row${numRows === 1 ? '' : 's'}\n` : '';
  return rule + line(header) + rule + body.map(line).join('') + rule + more;
}

const shorten = (text: string, length: number): string =>
  length < 4 ? text.slice(0, length) : `${text.slice(0, length - 3)}...`;

function cellText(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'timestamp':
      return String(toPrintable(value, type))
        .replace('T', ' ')
        .replace(/\.?0*Z$/, '');
    case 'array':
      return `[${(value as Value[]).map((item) => cellText(item, type.element)).join(', ')}]`;
    case 'struct':
      return `{${type.fields.map((field, i) => cellText((value as Row)[i], field.type)).join(', ')}}`;
    case 'map':
      return `{${[...(value as Map<Value, Value>)].map(([k, v]) => `${cellText(k, type.key)} -> ${cellText(v, type.value)}`).join(', ')}}`;
    default: {
      const printable = toPrintable(value, type);
      return typeof printable === 'string' ? printable : JSON.stringify(printable);
    }
  }
}
