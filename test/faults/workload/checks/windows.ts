import { partitionOf } from '../../../../src/core/murmur2.ts';
import { userWindows, windowName } from '../reference.ts';
import { topicOf, windowMs } from '../topology.ts';
import type { Check } from './case.ts';
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
import { objectOf, partitionsOf, placeOf, recordsOf, textOf } from './records.ts';

/** Each window of a user is out once and whole, or still open; what was late is in none. */
export const checkWindows: Check = (seen, report) => {
  const { parts, name, secondMs } = seen.topology;
  if (!parts.includes('windows')) return;
  const topic = topicOf(name, 'windows');
  const partitions = partitionsOf(seen.evidence, topic);
  const out: Found = new Map();
  for (const record of recordsOf(seen.evidence, topic)) {
    const where = placeOf(topic, record);
    const { user, start, n, total } = objectOf(record.value) ?? {};
    const startMs = Date.parse(String(start));
    if (Number.isNaN(startMs) || record.key?.toString() !== user) {
      report('I2', where, `expected a window of the key ${textOf(record.key)}, found ${textOf(record.value)}`);
      continue;
    }
    take(out, windowName({ user: String(user), startMs }), numbersOf({ n, total }), where, report);
    const place = partitionOf(partitions, Buffer.from(String(user)));
    if (record.partition !== place) report('I2', where, `the window belongs to partition ${place}`);
  }
  const open = openWindows(
    seen,
    'userWindows',
    ({ w, user, n, total }) => ({
      name: windowName({ user: String(user), startMs: startOfWindow(w) }),
      numbers: numbersOf({ n, total }),
    }),
    report,
  );
  const expected = new Map<string, ExpectedWindow>();
  for (const [window, { startMs, ...sum }] of userWindows(takenBy(seen, 'userWindows'), secondMs)) {
    expected.set(window, { numbers: numbersOf(sum), endMs: startMs + windowMs(secondMs) });
  }
  expectEachOnce(topic, expected, out, open, seen.load.closedBeforeMs, report);
};
