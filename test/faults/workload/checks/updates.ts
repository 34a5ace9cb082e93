import { partitionOf } from '../../../../src/core/murmur2.ts';
import type { EvidenceRecord } from '../evidence.ts';
import { withEvent, wordCounts, type UserTotal } from '../reference.ts';
import { topicOf } from '../topology.ts';
import type { Case, Check } from './case.ts';
import { objectOf, partitionsOf, placeOf, recordsOf, sameFields, textOf } from './records.ts';
import type { Report } from './report.ts';
import { rowOf } from './task-logs.ts';

/** A topic of output mode update, in which a count tells how far the row of a key has come. */
interface Updates {
  readonly topic: string;
  /** By key: the count at the end. */
  readonly counts: ReadonlyMap<string, number>;
  readonly countOf: (record: EvidenceRecord) => number;
  /** What a record of the key with this count must hold. */
  readonly expected: (key: string, count: number) => string;
  isOf(record: EvidenceRecord, key: string, count: number): boolean;
  /** The store of the table, and the key in one of its rows. */
  readonly store: string;
  readonly keyColumn: string;
}

/**
 * The count of a key only ever grows, each row is what the input up to there gives, and the last is what all of it gives. What a batch put
 * out is what it put into the changelog.
 */
export const checkUpdates: Check = (seen, report) => {
  const { parts } = seen.topology;
  if (parts.includes('totals')) checkTopic(seen, report, totals(seen));
  if (parts.includes('words')) checkTopic(seen, report, words(seen));
};

function totals({ sources, topology }: Case): Updates {
  const passed = new Map<string, UserTotal[]>();
  for (const event of sources.events.flat()) {
    const before = passed.get(event.user) ?? [];
    before.push(withEvent(before.at(-1), event));
    passed.set(event.user, before);
  }
  const row = (user: string, n: number): object => ({ user, ...passed.get(user)?.[n - 1] });
  return {
    topic: topicOf(topology.name, 'totals'),
    counts: new Map([...passed].map(([user, steps]) => [user, steps.length])),
    countOf: ({ value }) => Number(objectOf(value)?.['n'] ?? NaN),
    expected: (user, n) => JSON.stringify(row(user, n)),
    isOf: ({ value }, user, n) => sameFields(objectOf(value) ?? {}, row(user, n)),
    store: 'userTotals',
    keyColumn: 'user',
  };
}

const words = ({ sources, topology }: Case): Updates => ({
  topic: topicOf(topology.name, 'words'),
  counts: wordCounts(sources.lines.flat()),
  countOf: ({ value }) => Number(value?.toString() ?? NaN),
  expected: (_, n) => String(n),
  isOf: ({ value }, _, n) => value?.toString() === String(n),
  store: 'wordCounts',
  keyColumn: 'word',
});

function checkTopic(seen: Case, report: Report, updates: Updates): void {
  const { evidence } = seen;
  const { topic, counts } = updates;
  const partitions = partitionsOf(evidence, topic);
  const reached = new Map<string, number>();
  for (const record of recordsOf(evidence, topic)) {
    const key = record.key?.toString() ?? '';
    const where = `${placeOf(topic, record)} key ${textOf(record.key)}`;
    const last = counts.get(key);
    if (last === undefined) {
      report('I2', where, `a key that no input has, with ${textOf(record.value)}`);
      continue;
    }
    const count = updates.countOf(record);
    const before = reached.get(key) ?? 0;
    if (!(Number.isInteger(count) && count > before && count <= last)) {
      report('I2', where, `expected a count above ${before} and up to ${last}, found ${textOf(record.value)}`);
    } else if (!updates.isOf(record, key, count)) {
      report('I2', where, `expected ${updates.expected(key, count)}, found ${textOf(record.value)}`);
    }
    const place = partitionOf(partitions, Buffer.from(key));
    if (record.partition !== place) report('I2', where, `the key belongs to partition ${place}`);
    if (Number.isInteger(count)) reached.set(key, Math.max(before, count));
  }
  if (!seen.allowances.compacted) checkSteps(seen, updates, report);
  for (const [key, last] of counts) {
    const count = reached.get(key);
    if (count !== last)
      report('I2', `${topic} key ${textOf(key)}`, `expected ${last} at the end, found ${count ?? 'nothing'}`);
  }
}

/** Key by key, the counts that batches put out are those that they put into the changelog. */
function checkSteps({ evidence, logs }: Case, { topic, countOf, store, keyColumn }: Updates, report: Report): void {
  const out = new Map<string, number[]>();
  for (const record of recordsOf(evidence, topic)) addTo(out, record.key?.toString() ?? '', countOf(record));
  const kept = new Map<string, number[]>();
  for (const { subTopology, entries } of logs) {
    const spec = subTopology.stores.find(({ name }) => name === store);
    for (const entry of entries) {
      if (spec === undefined || entry.kind !== 'change' || entry.store !== store || entry.value === null) continue;
      const row = rowOf(spec, entry.key, entry.value);
      addTo(kept, String(row?.[keyColumn]), Number(row?.['n']));
    }
  }
  for (const key of new Set([...out.keys(), ...kept.keys()])) {
    const [there, here] = [out.get(key) ?? [], kept.get(key) ?? []].map((counts) => counts.join());
    if (there === here) continue;
    report(
      'I4',
      `${topic} key ${textOf(key)}`,
      `the changelog has it with the counts ${here}, the output with ${there}`,
    );
  }
}

function addTo(counts: Map<string, number[]>, key: string, count: number): void {
  const known = counts.get(key);
  if (known === undefined) counts.set(key, [count]);
  else known.push(count);
}
