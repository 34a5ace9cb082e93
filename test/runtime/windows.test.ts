import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Transport } from '../../src/core/transport.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import { eventually } from '../support/eventually.ts';
import {
  createTopic,
  makeEngine,
  planOf,
  readTopic,
  untilReadable,
  type ObservedEngine,
  type TestRecord,
} from '../support/engine-harness.ts';

const MINUTE = 60_000;
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 12) + minute * MINUTE).toISOString();

/** Counts by word in windows of ten minutes, behind a repartition. */
const windowed = (
  more: { trigger?: string; idleTimeout?: string; outputMode?: string; view?: string } = {},
): string => `
apiVersion: millrace/v1
name: windowed
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 10 minutes, idleTimeout: ${more.idleTimeout ?? '1 hour'} }
views:
  counts:
    from: words
    groupBy:
      - window(ts, '10 minutes') as win
      - word
    aggregate: [ count(*) as n ]
    ${more.view ?? ''}
sinks:
  out:
    from: counts
    topic: out
    key: [ word ]
    outputMode: ${more.outputMode ?? 'append'}
    value: { format: json, select: [ word, n, win.start as start ] }
trigger: ${more.trigger ?? 'default'}
`;

interface Word {
  readonly partition?: number;
  readonly word: string;
  readonly minute: number;
}

const open: ObservedEngine[] = [];
afterEach(async () => {
  for (const { engine } of open.splice(0)) await engine.stop();
});

function kafka(): { transport: () => Transport; cluster: FakeCluster } {
  const cluster = new FakeCluster({ clock: systemClock });
  return { transport: () => new KafkaTransport(cluster.link(), systemClock), cluster };
}

async function feed(transport: Transport, words: readonly Word[]): Promise<void> {
  const producer = await transport.openProducer({
    transactionalId: `feed.${Math.random()}`,
    transactionTimeoutMs: 10_000,
    compression: 'none',
  });
  const transaction = await producer.begin();
  for (const { partition = 0, word, minute } of words) {
    transaction.append('words', partition, Date.now(), null, JSON.stringify({ word, ts: at(minute) }), null);
  }
  await transaction.send();
  await transaction.commit();
  producer.close();
  await untilReadable(
    transport,
    'words',
    words.map(({ partition = 0 }) => partition),
  );
}

async function start(yaml: string, transport: Transport): Promise<ObservedEngine> {
  const observed = makeEngine(planOf(yaml), transport, new MemoryBackend());
  open.push(observed);
  await observed.engine.start();
  return observed;
}

async function stop(observed: ObservedEngine): Promise<void> {
  open.splice(open.indexOf(observed), 1);
  await observed.engine.stop();
}

/** A run that ends when everything there is done. */
async function run(yaml: string, transport: Transport): Promise<ObservedEngine> {
  const observed = await start(yaml, transport);
  await observed.engine.finished();
  await stop(observed);
  return observed;
}

/** `word minute n` of every record, in order within its key. */
const rows = (records: readonly TestRecord[]): string[] =>
  records
    .map(({ value }) => JSON.parse(value ?? 'null') as { word: string; n: number; start: string })
    .map(({ word, n, start }) => `${word} ${(Date.parse(start) - Date.parse(at(0))) / MINUTE} ${n}`)
    .sort();

const settled = async (transport: Transport, expected: readonly string[]): Promise<void> =>
  eventually(async () => expect(rows(await readTopic(transport, 'out'))).toEqual([...expected].sort()));

describe('one owl', () => {
  for (const partitions of [1, 6]) {
    test(`on a source of ${partitions} closes the windows before it, since partitions that never had anything hold nobody back`, async () => {
      const { transport } = kafka();
      const client = transport();
      await createTopic(client, 'words', partitions);
      await createTopic(client, 'out', 1);
      await start(windowed(), transport());
      await feed(client, [
        { word: 'cat', minute: 1 },
        { word: 'cat', minute: 2 },
        { word: 'dog', minute: 12 },
      ]);
      await feed(client, [{ word: 'owl', minute: 30 }]);
      await settled(client, ['cat 0 2', 'dog 10 1']);
    });
  }
});

describe('a partition that has something', () => {
  test('holds the others back until it is idle for the timeout', async () => {
    const { transport } = kafka();
    const client = transport();
    await createTopic(client, 'words', 2);
    await createTopic(client, 'out', 1);
    await start(windowed({ idleTimeout: '700 ms' }), transport());
    await feed(client, [
      { partition: 0, word: 'cat', minute: 1 },
      { partition: 1, word: 'ant', minute: 1 },
    ]);
    const begun = Date.now();
    await feed(client, [{ partition: 0, word: 'owl', minute: 40 }]);
    await settled(client, ['cat 0 1', 'ant 0 1']);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(600);
  });

  test('and lags behind loses none of its rows', async () => {
    const { transport } = kafka();
    const client = transport();
    await createTopic(client, 'words', 2);
    await createTopic(client, 'out', 1);
    await start(windowed(), transport());
    await feed(client, [
      { partition: 0, word: 'cat', minute: 1 },
      { partition: 1, word: 'ant', minute: 1 },
    ]);
    await feed(client, [{ partition: 0, word: 'owl', minute: 90 }]);
    await feed(client, [{ partition: 1, word: 'ant', minute: 5 }]);
    await feed(client, [{ partition: 1, word: 'ant', minute: 21 }]);
    await settled(client, ['cat 0 1', 'ant 0 2']);
  });

  test('that cannot be read yet is not idle: an open transaction stops time', async () => {
    const { transport } = kafka();
    const client = transport();
    await createTopic(client, 'words', 2);
    await createTopic(client, 'out', 1);
    const owner = await start(windowed({ idleTimeout: '100 ms' }), transport());
    const producer = await client.openProducer({
      transactionalId: 'slow',
      transactionTimeoutMs: 60_000,
      compression: 'none',
    });
    const transaction = await producer.begin();
    transaction.append('words', 1, Date.now(), null, JSON.stringify({ word: 'ant', ts: at(1) }), null);
    await transaction.send();
    await feed(client, [{ partition: 0, word: 'cat', minute: 1 }]);
    await feed(client, [{ partition: 0, word: 'owl', minute: 90 }]);
    const read = (): number =>
      owner.batches
        .flatMap(({ sources }) => sources)
        .reduce((sum, { internal, rows }) => sum + (internal ? 0 : rows), 0);
    await eventually(() => expect(read()).toBe(2));
    await systemClock.sleep(500);
    expect(rows(await readTopic(client, 'out'))).toEqual([]);
    await transaction.commit();
    await settled(client, ['ant 0 1', 'cat 0 1']);
  });
});

describe('when every input is idle', () => {
  test('time stands still, unless the view closes by the clock', async () => {
    for (const view of ['', 'close: { idle: 1 second }']) {
      const { transport } = kafka();
      const client = transport();
      await createTopic(client, 'words', 2);
      await createTopic(client, 'out', 1);
      const observed = await start(windowed({ idleTimeout: '100 ms', view }), transport());
      await feed(client, [{ word: 'cat', minute: 1 }]);
      await feed(client, [{ word: 'owl', minute: 60 }]);
      if (view !== '') await settled(client, ['cat 0 1', 'owl 60 1']);
      else {
        await settled(client, ['cat 0 1']);
        await systemClock.sleep(500);
        await settled(client, ['cat 0 1']);
      }
      await stop(observed);
    }
  });
});

describe('late rows', () => {
  test('are dropped and counted, and rows of open windows are not late', async () => {
    const { transport } = kafka();
    const client = transport();
    await createTopic(client, 'words', 1);
    await createTopic(client, 'out', 1);
    const { batches } = await start(windowed({ outputMode: 'update' }), transport());
    await feed(client, [{ word: 'owl', minute: 45 }]);
    await settled(client, ['owl 40 1']);
    await feed(client, [
      { word: 'cat', minute: 1 },
      { word: 'cat', minute: 1 },
      { word: 'dog', minute: 31 },
    ]);
    await settled(client, ['owl 40 1', 'dog 30 1']);
    const late = batches.flatMap(({ views }) => views).reduce((sum, view) => sum + view.lateRows, 0);
    expect(late).toBe(2);
  });

  test('go to a stream of their own where the view routes them', async () => {
    const { transport } = kafka();
    const client = transport();
    await createTopic(client, 'words', 2);
    await createTopic(client, 'out', 1);
    await createTopic(client, 'late', 1);
    const yaml = windowed({ view: 'lateRows: tooLate' }).replace(
      'sinks:',
      'sinks:\n  late: { from: tooLate, topic: late, value: { format: json, select: [ word, ts ] } }',
    );
    await start(yaml, transport());
    await feed(client, [{ word: 'owl', minute: 45 }]);
    await settled(client, []);
    await eventually(async () => {
      await feed(client, [{ word: 'cat', minute: 1 }]);
      expect((await readTopic(client, 'late')).length).toBeGreaterThan(0);
    });
    const [first] = await readTopic(client, 'late');
    expect(JSON.parse(first.value ?? '')).toEqual({ word: 'cat', ts: at(1) });
  });
});

/** Minute counts, then sums of those by the hour: two windows, each behind a repartition. */
const HOURS = `
apiVersion: millrace/v1
name: hours
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 5 minutes }
views:
  minutes:
    from: words
    groupBy: [ "window(ts, '1 minute') as minute", word ]
    aggregate: [ count(*) as n ]
    emit: final
  hours:
    from: minutes
    groupBy: [ "window(minute, '1 hour') as hour" ]
    aggregate: [ sum(n) as total, count(*) as groups ]
sinks:
  out:
    from: hours
    topic: out
    value: { format: json, select: [ total, groups, hour.start as start ] }
trigger: availableNow
`;

describe('a window closed behind a repartition', () => {
  test('minutes summed to hours lose nothing, over any cuts and restarts', async () => {
    const { transport } = kafka();
    const client = transport();
    const partitions = 3;
    await createTopic(client, 'words', partitions);
    await createTopic(client, 'out', 1);
    let state = 7;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const expected = new Map<number, { total: number; groups: Set<string> }>();
    const now = new Array<number>(partitions).fill(0);
    for (let round = 0; round < 6; round++) {
      const words: Word[] = [];
      for (let i = 0; i < 120; i++) {
        const partition = Math.floor(random() * partitions);
        now[partition] += random() * 3;
        const minute = Math.max(0, Math.floor(now[partition] - random() * 4.5));
        const word = `w${Math.floor(random() * 5)}`;
        words.push({ partition, word, minute });
        const hour = Math.floor(minute / 60);
        const sums = expected.get(hour) ?? { total: 0, groups: new Set() };
        sums.total++;
        sums.groups.add(`${minute} ${word}`);
        expected.set(hour, sums);
      }
      await feed(client, words);
      await run(HOURS, transport());
    }
    const last = 60 * 40;
    await feed(
      client,
      Array.from({ length: partitions }, (_, partition) => ({ partition, word: 'end', minute: last })),
    );
    await run(HOURS, transport());
    const out = (await readTopic(client, 'out')).map(
      ({ value }) => JSON.parse(value ?? '') as { total: number; groups: number; start: string },
    );
    const found = out.map(({ total, groups, start }) => [
      (Date.parse(start) - Date.parse(at(0))) / 3_600_000,
      total,
      groups,
    ]);
    const wanted = [...expected].map(([hour, { total, groups }]) => [hour, total, groups.size]);
    const byHour = (a: number[], b: number[]): number => a[0] - b[0];
    expect(found.sort(byHour)).toEqual(wanted.sort(byHour));
  });
});

describe('trigger once', () => {
  test('judges and closes with the times of the run before, as one batch would', async () => {
    const { transport } = kafka();
    const client = transport();
    await createTopic(client, 'words', 1);
    await createTopic(client, 'out', 1);
    const yaml = windowed({ trigger: 'once' });
    await feed(client, [{ word: 'cat', minute: 1 }]);
    await feed(client, [{ word: 'owl', minute: 45 }]);
    await feed(client, [{ word: 'ant', minute: 2 }]);
    await run(yaml, transport());
    expect(rows(await readTopic(client, 'out'))).toEqual([]);
    await feed(client, [{ word: 'dog', minute: 46 }]);
    await run(yaml, transport());
    expect(rows(await readTopic(client, 'out'))).toEqual(['ant 0 1', 'cat 0 1']);
  });
});
