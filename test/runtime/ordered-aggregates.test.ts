import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import type { ObservedEngine, TestRecord } from '../support/engine-harness.ts';
import { createTopic, makeEngine, planOf, produce, readTopic } from '../support/engine-harness.ts';

const topology = (aggregates: readonly string[]): string => `
apiVersion: millrace/v1
name: visits
sources:
  visits:
    topic: visits
    value: { format: json, schema: "user string, page string, ms bigint" }
views:
  perUser:
    from: visits
    groupBy: user
    aggregate:
${aggregates.map((aggregate) => `      - ${JSON.stringify(aggregate)}`).join('\n')}
sinks:
  out: { from: perUser, topic: per-user, key: user, outputMode: update }
trigger: availableNow
`;

const open: ObservedEngine[] = [];
afterEach(async () => {
  for (const { engine } of open.splice(0)) await engine.stop();
});

interface Visit {
  readonly user: string;
  readonly page: string | null;
  readonly ms: number;
}

/** Runs the topology over each part of the visits, one run after the other over the same topics; gives the last row of each user. */
async function lastRows(
  aggregates: readonly string[],
  parts: readonly (readonly Visit[])[],
  settings: { readonly maxRowsPerTrigger?: number } = {},
): Promise<Record<string, unknown>> {
  const fake = new FakeCluster({ clock: systemClock });
  const transport = new KafkaTransport(fake.link(), systemClock);
  // One partition, so that there is one order of all visits.
  await createTopic(transport, 'visits', 1);
  await createTopic(transport, 'per-user', 1);
  for (const part of parts) {
    await produce(
      transport,
      'visits',
      part.map((visit): TestRecord => ({ key: null, value: JSON.stringify(visit) })),
    );
    const plan = planOf(topology(aggregates));
    const running = makeEngine(plan, new KafkaTransport(fake.link(), systemClock), new MemoryBackend(), { settings });
    open.push(running);
    await running.engine.start();
    await running.engine.finished();
    await running.engine.stop();
  }
  const records = await readTopic(transport, 'per-user');
  return Object.fromEntries(records.map(({ key, value }) => [key, JSON.parse(value ?? 'null') as unknown]));
}

const VISITS: readonly Visit[] = Array.from({ length: 60 }, (_, i) => ({
  user: i % 3 === 0 ? 'ann' : 'bob',
  page: i % 7 === 0 ? null : `p${i}`,
  ms: (i * 37) % 20,
}));
const of = (user: string): readonly Visit[] => VISITS.filter((visit) => visit.user === user);
const pages = (visits: readonly Visit[]): string[] => visits.map((v) => v.page).filter((page) => page !== null);

describe('aggregates that depend on the order of rows', () => {
  test('see it behind a repartition, over batches and runs', async () => {
    const rows = await lastRows(
      [
        'first(page, true) as first',
        'last(page, true) as last',
        'last(ms) as lastMs',
        'collect_list(page) as pages',
        "string_agg(page, ',') filter (where ms > 10) as slow",
        'max_by(page, ms) as slowest',
        'count(*) as n',
      ],
      [VISITS.slice(0, 23), VISITS.slice(23)],
      { maxRowsPerTrigger: 7 },
    );
    for (const user of ['ann', 'bob']) {
      const visits = of(user);
      const longest = Math.max(...visits.map((v) => v.ms));
      const slowest = visits.findLast((v) => v.ms === longest)?.page ?? null;
      expect(rows[user]).toEqual({
        user,
        first: pages(visits)[0],
        last: pages(visits).at(-1),
        lastMs: visits.at(-1)?.ms,
        pages: pages(visits),
        slow: pages(visits.filter((v) => v.ms > 10)).join(','),
        ...(slowest === null ? {} : { slowest }),
        n: visits.length,
      });
    }
  });

  test('do not evaluate an argument for rows that the filter leaves out', async () => {
    const rows = await lastRows(
      ['collect_list(100 div ms) filter (where ms <> 0) as shares', 'count(*) filter (where ms = 0) as zeros'],
      [VISITS],
    );
    const visits = of('ann');
    expect(rows['ann']).toEqual({
      user: 'ann',
      shares: visits.filter((v) => v.ms !== 0).map((v) => Math.trunc(100 / v.ms)),
      zeros: visits.filter((v) => v.ms === 0).length,
    });
  });

  test('go through the repartition row by row; others as one row a batch', () => {
    const operations = (aggregate: string): string[] =>
      planOf(topology([aggregate])).subTopologies[0].nodes.map((node) => node.operation);
    expect(operations('collect_list(page) as x')).toEqual(['assign groups']);
    expect(operations('count(distinct page) as x')).toEqual(['partial aggregate']);
  });
});

test('distinct values are counted once, wherever and whenever they come', async () => {
  const rows = await lastRows(
    ['count(distinct page) as pages', 'sum(distinct ms) as sum', 'avg(distinct ms) filter (where ms < 5) as low'],
    [VISITS.slice(0, 31), VISITS.slice(20)],
    { maxRowsPerTrigger: 10 },
  );
  for (const user of ['ann', 'bob']) {
    const all = [...new Set(of(user).map((v) => v.ms))];
    const low = all.filter((ms) => ms < 5);
    const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    expect(rows[user]).toEqual({
      user,
      pages: pages(of(user)).length,
      sum: total(all),
      low: total(low) / low.length,
    });
  }
});
