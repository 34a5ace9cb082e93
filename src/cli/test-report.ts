import type { Mismatch } from '../testing/mismatch.ts';
import { TextPositions } from '../topology/text-position.ts';
import { count } from './report.ts';

/** One test as it went. */
export interface TestOutcome {
  /** Where it stands. */
  readonly file: string;
  readonly name: string;
  /** Of real time. */
  readonly durationMs: number;
  readonly mismatches: readonly Mismatch[];
}

/** The most lines of a difference that are printed. */
const MOST_LINES = 40;

/** Where expectations stand, for people. */
class Places {
  readonly #positions: ReadonlyMap<string, TextPositions>;

  constructor(sources: ReadonlyMap<string, string>) {
    this.#positions = new Map([...sources].map(([file, text]) => [file, new TextPositions(text)]));
  }

  at({ span: { file, start } }: Mismatch): { file: string; line: number; column: number } {
    const { line, column } = this.#positions.get(file)?.at(start) ?? { line: 1, column: 1 };
    return { file, line, column };
  }
}

/** For people: file by file, with what came and what was expected. */
export function prettyReport(outcomes: readonly TestOutcome[], sources: ReadonlyMap<string, string>): string {
  const places = new Places(sources);
  const files = [...new Set(outcomes.map(({ file }) => file))];
  const sections = files.map((file) => {
    const tests = outcomes.filter((outcome) => outcome.file === file);
    return `${file}\n${tests.map((outcome) => prettyTest(outcome, places)).join('')}`;
  });
  return [...sections, totals(outcomes)].join('\n');
}

function prettyTest({ name, durationMs, mismatches }: TestOutcome, places: Places): string {
  const head = `  ${mismatches.length === 0 ? '✓' : '✗'} ${name} (${Math.round(durationMs)} ms)\n`;
  return head + mismatches.map((mismatch) => prettyMismatch(mismatch, places)).join('');
}

function prettyMismatch(mismatch: Mismatch, places: Places): string {
  const { file, line, column } = places.at(mismatch);
  const { message, lines } = mismatch;
  const left = lines.length - MOST_LINES;
  const shown = left > 0 ? [...lines.slice(0, MOST_LINES), `… and ${count(left, 'more line')}`] : lines;
  return `    ${file}:${line}:${column} ${message}\n${shown.map((each) => `      ${each}\n`).join('')}`;
}

function totals(outcomes: readonly TestOutcome[]): string {
  const failed = outcomes.filter(({ mismatches }) => mismatches.length > 0).length;
  if (outcomes.length === 0) return 'no tests\n';
  return `${count(outcomes.length - failed, 'test')} passed, ${failed === 0 ? 'none' : failed} failed\n`;
}

/** For programs. */
export function jsonReport(outcomes: readonly TestOutcome[], sources: ReadonlyMap<string, string>): string {
  const places = new Places(sources);
  const tests = outcomes.map(({ file, name, durationMs, mismatches }) => ({
    file,
    name,
    passed: mismatches.length === 0,
    durationMs,
    mismatches: mismatches.map((mismatch) => ({
      ...places.at(mismatch),
      message: mismatch.message,
      difference: mismatch.lines,
    })),
  }));
  const failed = tests.filter(({ passed }) => !passed).length;
  return `${JSON.stringify({ passed: tests.length - failed, failed, tests }, null, 2)}\n`;
}
