import { secondName, secondsOf, tensOf, type Second } from '../reference.ts';
import { tenMs, topicOf } from '../topology.ts';
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
import { objectOf, placeOf, recordsOf, textOf } from './records.ts';
import type { Report } from './report.ts';

/** What is summed up by tens is what of the seconds is closed: each ten is out once and whole, or still open. */
export const checkTens: Check = (seen, report) => {
  const { parts, name, secondMs } = seen.topology;
  if (!parts.includes('tens')) return;
  const topic = topicOf(name, 'tens');
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
    'tens',
    ({ ten, n, total, parts: groups }) => ({
      name: tenName(startOfWindow(ten)),
      numbers: tenNumbers({ n, total, parts: groups }),
    }),
    report,
  );
  const expected = new Map<string, ExpectedWindow>();
  for (const ten of tensOf(closedSeconds(seen, report), secondMs).values()) {
    expected.set(tenName(ten.startMs), { numbers: tenNumbers(ten), endMs: ten.startMs + tenMs(secondMs) });
  }
  expectEachOnce(topic, expected, out, open, seen.load.closedBeforeMs, report);
};

const tenName = (startMs: number): string => `of ${startMs}`;

const tenNumbers = (ten: Readonly<Record<'n' | 'total' | 'parts', unknown>>): string =>
  `${numbersOf(ten)}, parts ${String(ten.parts)}`;

/** The seconds that have gone on: all but those which are open, and are as they should be. */
function closedSeconds(seen: Case, report: Report): Second[] {
  const { secondMs } = seen.topology;
  const seconds = secondsOf(seen.sources.events.flat(), secondMs);
  const open = openWindows(
    seen,
    'seconds',
    ({ second, class: digit, n, total }) => ({
      name: secondName({ startMs: startOfWindow(second), class: Number(digit) }),
      numbers: numbersOf({ n, total }),
    }),
    report,
  );
  for (const [name, { numbers, where }] of open) {
    const known = seconds.get(name);
    const expected = known === undefined ? 'nothing' : numbersOf(known);
    if (numbers !== expected) report('I2', where, `second ${name}: expected ${expected}, found ${numbers}`);
    else if (known !== undefined && known.startMs + secondMs < seen.load.closedBeforeMs) {
      report('I2', where, `second ${name} is still open`);
    }
  }
  return [...seconds].flatMap(([name, second]) => (open.has(name) ? [] : [second]));
}
