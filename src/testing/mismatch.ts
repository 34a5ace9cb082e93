import type { Span } from '../core/diagnostic.ts';
import { timestampText } from '../core/printable.ts';
import type { Expectation, Expected, ExpectedOutput, ExpectedRow, PlainValue } from '../topology/test-spec.ts';
import type { Observation, OutputRow, SinkOutput } from './observation.ts';
import { isSame, orderedDiff, unorderedDiff, withoutNulls, type DiffLine } from './row-diff.ts';

/** Something that came otherwise than expected. */
export interface Mismatch {
  /** Of the expectation. */
  readonly span: Span;
  readonly message: string;
  /** Rows behind `- ` were expected and did not come, those behind `+ ` came and were not. */
  readonly lines: readonly string[];
  /** What the expectation would have to be; null where no value would do. */
  readonly actual: { readonly value: PlainValue } | null;
}

/** Everything in which a step differs from what it was to bring. */
export function mismatches(expected: Expectation, observed: Observation): Mismatch[] {
  const time = (micros: number): string => timestampText(micros);
  return [
    ...expected.sinks.flatMap((output) => outputMismatch(output, observed.sinks.get(output.sink.value) ?? NOTHING)),
    ...expected.watermarks.flatMap((each) =>
      valueMismatch(each, observed.watermarks.get(each.name.value) ?? null, 'watermark', time),
    ),
    ...expected.lateRows.flatMap((each) =>
      valueMismatch(each, observed.lateRows.get(each.name.value) ?? 0, 'number of late rows', Number),
    ),
    ...expected.stateRows.flatMap((each) =>
      valueMismatch(each, observed.stateRows.get(each.name.value) ?? 0, 'number of rows in the state', Number),
    ),
    ...errorMismatch(expected, observed),
  ];
}

const NOTHING: SinkOutput = { isText: false, rows: [] };

function valueMismatch(
  { name, value: { value, span } }: Expected<number>,
  actual: number | null,
  what: string,
  show: (value: number) => string | number,
): Mismatch[] {
  if (actual === value) return [];
  const of = `the ${what} of view \`${name.value}\``;
  if (actual === null) return [{ span, message: `${of}: it has no event time`, lines: [], actual: null }];
  if (actual === -Infinity) return [{ span, message: `${of}: there is none yet`, lines: [], actual: null }];
  const message = `${of} is ${show(actual)}, not ${show(value)}`;
  return [{ span, message, lines: [], actual: { value: show(actual) } }];
}

function errorMismatch({ error }: Expectation, { failure }: Observation): Mismatch[] {
  if (error === null || error.value === failure?.code) return [];
  const { span, value } = error;
  if (failure === null)
    return [{ span, message: `${value} was expected, and nothing failed`, lines: [], actual: null }];
  const message = `${value} was expected, and it failed otherwise: error[${failure.code}] ${failure.message}`;
  return [{ span, message, lines: [], actual: { value: failure.code } }];
}

function outputMismatch({ sink, rows, unordered }: ExpectedOutput, output: SinkOutput): Mismatch[] {
  const { value: wanted, span } = rows;
  const subject = `sink \`${sink.value}\``;
  const count = output.rows.length;
  if (typeof wanted === 'number') {
    if (wanted === count) return [];
    const lines = output.rows.map((row) => `  ${show(shown(row, []))}`);
    return [{ span, message: `${subject}: ${wanted} expected, ${count} came`, lines, actual: { value: count } }];
  }
  const fits = (row: ExpectedRow, actual: OutputRow): boolean => isExpected(row, actual, output.isText);
  const diff = (unordered ? unorderedDiff : orderedDiff)(wanted, output.rows, fits);
  if (diff.every(({ kind }) => kind === 'same')) return [];
  return [
    {
      span,
      message: `${subject}: ${wanted.length} expected, ${count} came`,
      lines: diff.map((line) => diffLine(line, wanted)),
      actual: { value: output.rows.map((row) => shown(row, wanted)) },
    },
  ];
}

function isExpected(row: ExpectedRow, actual: OutputRow, isText: boolean): boolean {
  if (row.kind === 'record' && !isKey(row.key, actual.key)) return false;
  if (isText && row.text !== null) return row.text === actual.value;
  return isSame(row.value, actual.value);
}

/** A key of one column is its text, one of several a JSON array of them. */
function isKey(expected: PlainValue, actual: string | null): boolean {
  if (expected === null || typeof expected !== 'object') return expected === actual;
  try {
    return actual !== null && isSame(expected, JSON.parse(actual) as PlainValue);
  } catch {
    return false;
  }
}

/** A row in the form in which it would be expected: with its key where the value alone says nothing, or where the others have theirs. */
function shown({ key, value }: OutputRow, like: readonly ExpectedRow[]): PlainValue {
  const row = withoutNulls(value);
  const isKeyed = like.some(({ kind, value: other }) => kind === 'record' && other !== null);
  if (!isKeyed && (key === null || value !== null)) return row;
  return { key: key === null ? null : keyOf(key), value: row };
}

function keyOf(text: string): PlainValue {
  if (!text.startsWith('[')) return text;
  try {
    return JSON.parse(text) as PlainValue;
  } catch {
    return text;
  }
}

function diffLine(line: DiffLine<ExpectedRow, OutputRow>, like: readonly ExpectedRow[]): string {
  switch (line.kind) {
    case 'same':
      return `  ${show(shown(line.actual, like))}`;
    case 'extra':
      return `+ ${show(shown(line.actual, like))}`;
    case 'missing': {
      const { expected } = line;
      return `- ${show(expected.kind === 'record' ? { key: expected.key, value: expected.value } : expected.value)}`;
    }
  }
}

const show = (value: PlainValue): string => JSON.stringify(value);
