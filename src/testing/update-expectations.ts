import type { Span } from '../core/diagnostic.ts';
import type { PlainValue } from '../topology/test-spec.ts';
import { flowText } from '../topology/yaml-text.ts';

/** An expectation, and what it is to say instead. */
export interface Correction {
  readonly span: Span;
  readonly value: PlainValue;
}

/** The longest line that rows are written on. */
const MOST_COLUMNS = 120;

/**
 * The text of a YAML file with expectations corrected. Nothing but the values themselves changes: every other byte, comments and layout
 * with it, stays as it was. A list stays in its style, `[ … ]` or a dash a row.
 * @param corrections of this file; of those that overlap (two steps may share a list by an alias), the first counts
 */
export function correctExpectations(text: string, corrections: readonly Correction[]): string {
  let corrected = text;
  let before = Infinity;
  for (const { span, value } of corrections.toSorted((a, b) => b.span.start - a.span.start)) {
    const { start, end } = wholeValue(text, span);
    if (end > before) continue;
    before = start;
    corrected = corrected.slice(0, start) + written(value, text, start, end) + corrected.slice(end);
  }
  return corrected;
}

/** With the quotes around a text, and without what a block list has behind its last row. */
function wholeValue(text: string, { start, end }: Span): { start: number; end: number } {
  const quote = text[start - 1];
  if ((quote === '"' || quote === "'") && text[end] === quote) return { start: start - 1, end: end + 1 };
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

function written(value: PlainValue, text: string, start: number, end: number): string {
  if (!Array.isArray(value)) return flowText(value);
  const rows = (value as readonly PlainValue[]).map(flowText);
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (text[start] !== '[' && rows.length > 0) return rows.map((row) => `- ${row}`).join(`\n${' '.repeat(line.length)}`);
  const short = rows.length === 0 ? '[]' : `[ ${rows.join(', ')} ]`;
  const rest = /^[^\n]*/.exec(text.slice(end))![0];
  if (rows.length === 0 || line.length + short.length + rest.length <= MOST_COLUMNS) {
    // Behind its key on the line before, a list needs to be further in than the key.
    return text[start] === '[' ? short : `  ${short}`;
  }
  const indent = ' '.repeat(/^[ -]*/.exec(line)![0].length + 2);
  return `[\n${rows.map((row) => `${indent}  ${row},\n`).join('')}${indent}]`;
}
