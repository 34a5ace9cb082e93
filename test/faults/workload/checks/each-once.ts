import type { Value } from '../../../../src/core/types.ts';
import type { Sum } from '../reference.ts';
import type { Case } from './case.ts';
import { textOf } from './records.ts';
import type { Report } from './report.ts';
import { lastCommit, rowOf, stateAt } from './task-logs.ts';

/** Windows that were found somewhere: by name, what they hold and where it is. */
export type Found = Map<string, { readonly numbers: string; readonly where: string }>;

/** A window as it has to be. */
export interface ExpectedWindow {
  readonly numbers: string;
  readonly endMs: number;
}

/** What a window holds, as text. */
export const numbersOf = ({ n, total }: Readonly<Record<keyof Sum, unknown>>): string =>
  `n ${String(n)}, total ${String(total)}`;

/** Start of a window in ms, from its value in a row. */
export const startOfWindow = (window: Value | undefined): number =>
  Array.isArray(window) ? Number(window[0]) / 1_000 : NaN;

export function take(found: Found, name: string, numbers: string, where: string, report: Report): void {
  const before = found.get(name);
  if (before === undefined) found.set(name, { numbers, where });
  else report('I2', where, `window ${name} is there again; it was at ${before.where}`);
}

/** The windows that a store of all tasks holds as of their last commits. */
export function openWindows(
  seen: Case,
  store: string,
  read: (row: Readonly<Record<string, Value>>) => { readonly name: string; readonly numbers: string },
  report: Report,
): Found {
  const open: Found = new Map();
  for (const log of seen.logs) {
    const spec = log.subTopology.stores.find(({ name }) => name === store);
    if (spec === undefined) continue;
    for (const [key, value] of stateAt(log, lastCommit(log)).get(store) ?? []) {
      const where = `${log.name} store ${store} key ${textOf(key)}`;
      const row = rowOf(spec, key, value);
      if (row === null) {
        report('I2', where, `an entry that cannot be read: ${value.toString('hex')}`);
        continue;
      }
      const { name, numbers } = read(row);
      take(open, name, numbers, where, report);
    }
  }
  return open;
}

/**
 * Each window is out once and whole, or still open and whole: in one place, never in both and never in none.
 * @param closedBeforeMs windows that end before it have to be out
 */
export function expectEachOnce(
  topic: string,
  expected: ReadonlyMap<string, ExpectedWindow>,
  out: Found,
  open: Found,
  closedBeforeMs: number,
  report: Report,
): void {
  for (const [name, { numbers, endMs }] of expected) {
    const [outside, inside] = [out.get(name), open.get(name)];
    if (outside === undefined && inside === undefined) {
      report('I2', topic, `window ${name}: expected ${numbers}, found it neither there nor in the state`);
    }
    if (outside !== undefined && inside !== undefined) {
      report('I2', outside.where, `window ${name} is out, and open at ${inside.where}`);
    }
    for (const found of [outside, inside]) {
      if (found === undefined || found.numbers === numbers) continue;
      report('I2', found.where, `window ${name}: expected ${numbers}, found ${found.numbers}`);
    }
    if (outside === undefined && inside !== undefined && endMs < closedBeforeMs) {
      report('I2', inside.where, `window ${name} is still open`);
    }
  }
  for (const [name, { numbers, where }] of [...out, ...open]) {
    if (!expected.has(name)) report('I2', where, `window ${name} that no input has: ${numbers}`);
  }
}
