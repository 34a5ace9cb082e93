import { MillraceError } from '../../core/errors.ts';
import type { CsvFormat } from '../../core/format.ts';

/**
 * The fields of a line, as Spark's reader splits it; null for one with nothing in it.
 *
 * - A field is quoted if it begins with the quote. Within it separators are text, and so are line ends; the escape character before a quote
 *   or before itself stands for the character behind it. White space behind the closing quote is left out.
 * - A quote within an unquoted field is text. A quoted field with something else behind its closing quote is no quoted field: all of it, the
 *   quotes included, is text up to the next separator.
 *
 * @throws RECORD_UNDECODABLE when a quote is never closed
 */
export function splitLine(line: string, format: CsvFormat): (string | null)[] {
  const { sep, quote } = format;
  const fields: (string | null)[] = [];
  if (quote === '' || !line.includes(quote)) {
    for (const text of line.split(sep)) fields.push(unquoted(text, format));
    return fields;
  }
  let at = 0;
  for (;;) {
    const start = format.ignoreLeadingWhiteSpace ? behindSpace(line, at, sep) : at;
    quotedEnd = at;
    const quoted = line.startsWith(quote, start) ? readQuoted(line, start, format) : null;
    if (quoted !== null) {
      fields.push(quoted);
      at = quotedEnd;
    } else {
      const next = line.indexOf(sep, quotedEnd);
      const end = next < 0 ? line.length : next;
      fields.push(unquoted(line.slice(at, end), format));
      at = end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** Where `readQuoted` stopped: at a separator, at the end of the line, or where it saw that the field is no quoted one. */
let quotedEnd = 0;

/** The text of a quoted field; null when its closing quote is followed by more than white space. */
function readQuoted(line: string, start: number, { sep, quote, escape }: CsvFormat): string | null {
  let text = '';
  let from = start + 1;
  for (let i = from; i < line.length; i++) {
    const char = line[i];
    const next = line[i + 1];
    if (char === escape && (next === quote || (next === escape && escape !== quote))) {
      text += line.slice(from, i) + next;
      from = i + 2;
      i++;
    } else if (char === quote) {
      quotedEnd = behindSpace(line, i + 1, sep);
      return quotedEnd === line.length || line[quotedEnd] === sep ? text + line.slice(from, i) : null;
    }
  }
  throw new MillraceError('RECORD_UNDECODABLE', `the quote at character ${start + 1} of the line is never closed`);
}

const unquoted = (text: string, format: CsvFormat): string | null => trimmed(text, format) || null;

function behindSpace(line: string, at: number, sep: string): number {
  while (at < line.length && line[at] !== sep && line[at] <= ' ') at++;
  return at;
}

/** White space is what Java's `trim` takes for it: everything up to the space. */
export function trimmed(text: string, { ignoreLeadingWhiteSpace, ignoreTrailingWhiteSpace }: CsvFormat): string {
  if (!ignoreLeadingWhiteSpace && !ignoreTrailingWhiteSpace) return text;
  let start = 0;
  let end = text.length;
  if (ignoreLeadingWhiteSpace) while (start < end && text[start] <= ' ') start++;
  if (ignoreTrailingWhiteSpace) while (end > start && text[end - 1] <= ' ') end--;
  return text.slice(start, end);
}
