import type { Value } from '../../../../src/core/types.ts';
import type { LoadEvent } from '../load.ts';
import { secondName, secondsOf, tensOf, userWindows, windowName, type Window } from '../reference.ts';
import { tenMs, TIMED_VIEWS, topicOf, windowMs } from '../topology.ts';
import type { Case, Check } from './case.ts';
import {
  expectEachOnce,
  numbersOf,
  openWindows,
  startOfWindow,
  take,
  type ExpectedWindow,
  type Found,
} from './each-once.ts';
import { takenBy } from './late.ts';
import { objectOf, placeOf, recordsOf, textOf } from './records.ts';
import type { Report } from './report.ts';

/** Windows of which what is final is summed up by tens. Part, output and the view of the tens have one name. */
interface Parts {
  readonly of: 'tens' | 'crowds';
  /** Of all events, by name. */
  readonly windows: (events: Iterable<LoadEvent>, secondMs: number) => ReadonlyMap<string, Window>;
  readonly lengthMs: (secondMs: number) => number;
  readonly nameOf: (row: Readonly<Record<string, Value>>) => string;
}

export const PARTS_OF_TENS: readonly Parts[] = [
  {
    of: 'tens',
    windows: secondsOf,
    lengthMs: (secondMs) => secondMs,
    nameOf: ({ second, class: digit }) => secondName({ startMs: startOfWindow(second), class: Number(digit) }),
  },
  {
    of: 'crowds',
    windows: userWindows,
    lengthMs: windowMs,
    nameOf: ({ five, user }) => windowName({ startMs: startOfWindow(five), user: String(user) }),
  },
];

/** What is summed up by tens is what of their parts is closed: each ten is out once and whole, or still open. */
export const checkTens: Check = (seen, report) => {
  for (const parts of PARTS_OF_TENS) if (seen.topology.parts.includes(parts.of)) checkTensOf(parts, seen, report);
};

function checkTensOf(parts: Parts, seen: Case, report: Report): void {
  const { name, secondMs } = seen.topology;
  const topic = topicOf(name, parts.of);
  const out: Found = new Map();
  for (const record of recordsOf(seen.evidence, topic)) {
    const where = placeOf(topic, record);
    const { start, n, total, parts: groups } = objectOf(record.value) ?? {};
    const startMs = Date.parse(String(start));
    if (Number.isNaN(startMs)) report('I2', where, `not a window: ${textOf(record.value)}`);
    else take(out, tenName(startMs), tenNumbers({ n, total, parts: groups }), where, report);
  }
  const open = openWindows(
    seen,
    parts.of,
    ({ ten, n, total, parts: groups }) => ({
      name: tenName(startOfWindow(ten)),
      numbers: tenNumbers({ n, total, parts: groups }),
    }),
    report,
  );
  const expected = new Map<string, ExpectedWindow>();
  for (const ten of tensOf(closedParts(parts, seen, report), secondMs).values()) {
    expected.set(tenName(ten.startMs), { numbers: tenNumbers(ten), endMs: ten.startMs + tenMs(secondMs) });
  }
  expectEachOnce(topic, expected, out, open, seen.load.closedBeforeMs, report);
}

const tenName = (startMs: number): string => `of ${startMs}`;

const tenNumbers = (ten: Readonly<Record<'n' | 'total' | 'parts', unknown>>): string =>
  `${numbersOf(ten)}, parts ${String(ten.parts)}`;

/** Those that have gone on: all but those which are open, and are as they should be. */
function closedParts({ of, windows, lengthMs, nameOf }: Parts, seen: Case, report: Report): Window[] {
  const { secondMs } = seen.topology;
  const view = TIMED_VIEWS[of];
  const all = windows(takenBy(seen, view), secondMs);
  const open = openWindows(seen, view, (row) => ({ name: nameOf(row), numbers: numbersOf(asSum(row)) }), report);
  for (const [name, { numbers, where }] of open) {
    const known = all.get(name);
    const expected = known === undefined ? 'nothing' : numbersOf(known);
    if (numbers !== expected) report('I2', where, `${name} of ${view}: expected ${expected}, found ${numbers}`);
    else if (known !== undefined && known.startMs + lengthMs(secondMs) < seen.load.closedBeforeMs) {
      report('I2', where, `${name} of ${view} is still open`);
    }
  }
  return [...all].flatMap(([name, window]) => (open.has(name) ? [] : [window]));
}

const asSum = ({ n, total }: Readonly<Record<string, Value>>): { n: Value; total: Value } => ({ n, total });
