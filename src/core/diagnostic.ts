/**
 * Where a text stands in a user's file, and what is wrong with it. Everything a user writes keeps its place from the YAML scalar to
 * the innermost expression, so that every complaint can show file, line, column and a caret.
 */
export interface Span {
  readonly file: string;
  /** Offset of the text's first character in the file. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
  /**
   * True where the file holds the text letter by letter from `start` on (plain, quoted without escapes, literal block on one line), so
   * that an offset within the text is an offset within the file; false where only the whole can be pointed at.
   */
  readonly verbatim: boolean;
}

/** A value out of a user's file, with its place. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

/** The place of `length` characters at `offset` within a located text; the whole text where the file does not hold it verbatim. */
export function spanWithin(span: Span, offset: number, length: number): Span {
  if (!span.verbatim) return span;
  const start = Math.min(span.start + offset, span.end);
  return { ...span, start, end: Math.min(start + Math.max(length, 1), Math.max(span.end, start + 1)) };
}

/** One complaint about a user's files. */
export interface Diagnostic {
  /** Spark's error class where the meaning is Spark's, else `MILLRACE_*`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly span: Span;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** What to write instead, in one sentence without a full stop; empty when the message says it already. */
  readonly remedy: string;
  /** What the complaint is about, e.g. "view `counts`"; empty when the place says enough. */
  readonly subject: string;
}

/** Collects complaints, so that one run reports every one of them. */
export class Diagnostics {
  readonly all: Diagnostic[] = [];

  error(code: string, span: Span, message: string, remedy = '', subject = ''): void {
    this.all.push({ code, severity: 'error', span, message, remedy, subject });
  }

  warning(code: string, span: Span, message: string, remedy = '', subject = ''): void {
    this.all.push({ code, severity: 'warning', span, message, remedy, subject });
  }

  add(diagnostic: Diagnostic): void {
    this.all.push(diagnostic);
  }

  get hasErrors(): boolean {
    return this.all.some((d) => d.severity === 'error');
  }
}

/** The candidate closest to a misspelt name, for "did you mean": at most one slip for every three letters; null when none is that close. */
export function closest(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.floor(name.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters inserted, left out, changed, or swapped with their neighbour (Damerau and Levenshtein, each letter moved at most once). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(substitution, rows[i - 1][j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, rows[i - 2][j - 2] + 1);
      }
      row.push(distance);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
