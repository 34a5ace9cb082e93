import { afterEach, describe, expect, test } from 'vitest';
import { readHeaders } from '../../src/core/record-headers.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Transport } from '../../src/core/transport.ts';
import type { Interceptor } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { timedOut } from '../../src/kafka/fake-broker/fake-link.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import {
  createTopic,
  makeEngine,
  planOf,
  produce,
  readableChunks,
  readTopic,
  untilReadable,
  type ObservedEngine,
  type TestRecord,
} from '../support/engine-harness.ts';

interface Broker {
  readonly fake: FakeCluster;
  readonly transport: Transport;
}

const open: ObservedEngine[] = [];
afterEach(async () => {
  for (const { engine } of open.splice(0)) await engine.stop();
});

async function broker(topics: Record<string, number | Record<string, string>>): Promise<Broker> {
  const fake = new FakeCluster({ clock: systemClock });
  const transport = new KafkaTransport(fake.link(), systemClock);
  for (const [name, what] of Object.entries(topics)) {
    await createTopic(transport, name, typeof what === 'number' ? what : 1, typeof what === 'number' ? {} : what);
  }
  return { fake, transport };
}

async function run(yaml: string, { fake }: Broker): Promise<ObservedEngine> {
  const observed = makeEngine(planOf(yaml), new KafkaTransport(fake.link(), systemClock), new MemoryBackend());
  open.push(observed);
  await observed.engine.start();
  try {
    await observed.engine.finished();
  } finally {
    await observed.engine.stop();
  }
  return observed;
}

interface Letter {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
}

/** Committed records with their headers. */
async function letters(transport: Transport, topic: string): Promise<Letter[]> {
  await untilReadable(transport, topic);
  const found: Letter[] = [];
  for await (const [partition, chunk] of readableChunks(transport, topic)) {
    for (let i = 0; i < chunk.count; i++) {
      const text = (start: number, end: number) => (start < 0 ? null : chunk.bytes.toString('utf8', start, end));
      found.push({
        partition,
        key: text(chunk.keyStart[i], chunk.keyEnd[i]),
        value: text(chunk.valueStart[i], chunk.valueEnd[i]),
        headers: Object.fromEntries(
          readHeaders(chunk, i).map(([name, value]) => [name, value === null ? null : Buffer.from(value).toString()]),
        ),
      });
    }
  }
  return found;
}

const values = (records: readonly TestRecord[]): unknown[] =>
  records.map(({ value }) => (value === null ? null : (JSON.parse(value) as unknown)));
const record = (value: string, key: string | null = null): TestRecord => ({ key, value });
const errorsOf = ({ batches }: ObservedEngine) =>
  batches.flatMap(({ errors }) =>
    errors.map(({ place, name, action, topic, rows }) => [place, name, action, topic, rows]),
  );

const ORDERS = (onError: string, rest = ''): string => `
apiVersion: millrace/v1
name: orders
sources:
  orders:
    topic: orders
    value: { format: json, schema: "id string, amount bigint" }
    ${onError}
${rest || 'sinks: { out: { from: orders, topic: out, value: { select: [ id, amount ] } } }'}
trigger: availableNow
`;

describe('a record that cannot be decoded', () => {
  const RECORDS = [
    record('{"id":"a","amount":1}', 'a'),
    record('{"id":', 'k'),
    record('{"id":"b","amount":"x"}'),
    record('{"id":"c","amount":3}'),
  ];

  test('stops the topology by default, with its place', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    await produce(kafka.transport, 'orders', RECORDS);
    await expect(run(ORDERS(''), kafka)).rejects.toMatchObject({
      code: 'RECORD_UNDECODABLE',
      message: expect.stringContaining('source `orders`, orders-0 offset 1: ') as string,
      details: { source: 'orders', topic: 'orders', partition: 0, offset: 1 },
    });
    expect(await readTopic(kafka.transport, 'out')).toEqual([]);
  });

  test('is left out with skip, counted, and consumed', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    await produce(kafka.transport, 'orders', RECORDS);
    const observed = await run(ORDERS('onError: skip'), kafka);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([
      { id: 'a', amount: 1 },
      { id: 'c', amount: 3 },
    ]);
    expect(errorsOf(observed)).toEqual([['source', 'orders', 'skip', null, 2]]);
    const [batch] = observed.batches;
    expect(batch.sources[0].rows).toBe(4);
    expect(batch.errors[0].last).toMatchObject({
      code: 'RECORD_UNDECODABLE',
      details: { column: 'amount', topic: 'orders', partition: 0, offset: 2 },
    });
    expect((await run(ORDERS('onError: skip'), kafka)).batches).toEqual([]);
  });

  test('goes as it is to the topic of dead letters, with what is known of the failure', async () => {
    const kafka = await broker({ orders: 3, out: 1, 'orders.dlq': 2 });
    await produce(kafka.transport, 'orders', [...RECORDS, record('broken, in partition 1')]);
    const observed = await run(ORDERS('onError: { action: dlq, topic: orders.dlq }'), kafka);
    expect(await readTopic(kafka.transport, 'out')).toHaveLength(2);
    const found = await letters(kafka.transport, 'orders.dlq');
    expect(found.map(({ key, value }) => [key, value])).toEqual(
      expect.arrayContaining([
        ['k', '{"id":'],
        [null, '{"id":"b","amount":"x"}'],
        [null, 'broken, in partition 1'],
      ]),
    );
    expect(found).toHaveLength(3);
    const broken = found.find(({ value }) => value?.startsWith('broken'))!;
    expect(broken.partition).toBe(1);
    expect(broken.headers).toEqual({
      'millrace-error-code': 'RECORD_UNDECODABLE',
      'millrace-error-message': 'source `orders`, orders-1 offset 1: not JSON: "broken, in partition 1"',
      'millrace-topology': 'orders',
      'millrace-source': 'orders',
      'millrace-topic': 'orders',
      'millrace-partition': '1',
      'millrace-offset': '1',
      'millrace-timestamp': expect.stringMatching(/^\d{13}$/) as string,
    });
    expect(errorsOf(observed).reduce((rows, error) => rows + Number(error[4]), 0)).toBe(3);
  });

  test('keeps its own headers, null key and null value', async () => {
    const kafka = await broker({ orders: 1, out: 1, dlq: 1 });
    const producer = await kafka.transport.openProducer({
      transactionalId: 'feed',
      transactionTimeoutMs: 10_000,
      compression: 'none',
    });
    const transaction = await producer.begin();
    transaction.append('orders', 0, Date.now(), null, '[]', [
      ['trace', 't1'],
      ['none', null],
    ]);
    await transaction.send();
    await transaction.commit();
    producer.close();
    await untilReadable(kafka.transport, 'orders');
    await run(ORDERS('onError: { action: dlq, topic: dlq }'), kafka);
    const [letter] = await letters(kafka.transport, 'dlq');
    expect(letter).toMatchObject({
      key: null,
      value: '[]',
      headers: { trace: 't1', none: null, 'millrace-offset': '0' },
    });
  });

  test('that the dead-letter topic does not take is told of by its headers alone', async () => {
    const kafka = await broker({ orders: 1, out: 1, dlq: { 'max.message.bytes': '2000' } });
    await produce(kafka.transport, 'orders', [record('x'.repeat(5_000), 'k'), record('short')]);
    await run(ORDERS('onError: { action: dlq, topic: dlq }'), kafka);
    const found = await letters(kafka.transport, 'dlq');
    expect(found.map(({ value }) => value)).toEqual([null, 'short']);
    expect(found[0].headers).toMatchObject({ 'millrace-offset': '0', 'millrace-value-bytes': '5000' });
  });

  test('moves no watermark', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    const yaml = `
apiVersion: millrace/v1
name: timed
sources:
  orders:
    topic: orders
    value: { format: json, schema: "ts timestamp, n bigint" }
    watermark: { column: ts, delay: 0 seconds }
    onError: skip
views:
  counts: { from: orders, groupBy: "window(ts, '1 minute') as w", aggregate: count(n) as n, emit: final, select: [ n ] }
sinks: { out: { from: counts, topic: out } }
trigger: availableNow
`;
    const at = (ts: string, n: string) => record(`{"ts":"2026-01-01T${ts}Z","n":${n}}`);
    await produce(kafka.transport, 'orders', [at('00:00:10', '1'), at('09:00:00', '"x"')]);
    await run(yaml, kafka);
    await produce(kafka.transport, 'orders', [at('00:00:20', '2')]);
    const observed = await run(yaml, kafka);
    expect(observed.batches.every(({ views }) => views.every(({ lateRows }) => lateRows === 0))).toBe(true);
    await produce(kafka.transport, 'orders', [at('00:05:00', '3')]);
    await run(yaml, kafka);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([{ n: 2 }]);
  });
});

describe('a row for which an expression fails', () => {
  const RECORDS = [record('{"id":"a","amount":4}'), record('{"id":"b","amount":0}'), record('{"id":"c","amount":2}')];
  const view = (onError: string): string =>
    ORDERS(
      '',
      `views: { shares: { from: orders, select: [ "id", "8 / amount as share" ]${onError} } }\nsinks: { out: { from: shares, topic: out } }`,
    );

  test('stops the topology by default, with the view and the expression', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    await produce(kafka.transport, 'orders', RECORDS);
    await expect(run(view(''), kafka)).rejects.toMatchObject({
      code: 'EXPRESSION_FAILED',
      message: expect.stringMatching(/^view `shares`: \[DIVIDE_BY_ZERO\].*in `/) as string,
      details: { view: 'shares' },
    });
  });

  test('is left out with skip', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    await produce(kafka.transport, 'orders', RECORDS);
    const observed = await run(view(', onError: skip'), kafka);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([
      { id: 'a', share: 2 },
      { id: 'c', share: 4 },
    ]);
    expect(errorsOf(observed)).toEqual([['view', 'shares', 'skip', null, 1]]);
    expect(observed.batches[0].views).toEqual([{ view: 'shares', inputRows: 3, outputRows: 2, lateRows: 0 }]);
  });

  test('is a dead letter as the view read it, whole: with columns that nothing else reads', async () => {
    const kafka = await broker({ orders: 1, out: 1, dlq: 1 });
    await produce(kafka.transport, 'orders', RECORDS);
    const yaml = view(', onError: { action: dlq, topic: dlq }').replace('"id", ', '');
    await run(yaml, kafka);
    const [letter, ...others] = await letters(kafka.transport, 'dlq');
    expect(others).toEqual([]);
    expect(letter.key).toBeNull();
    expect(JSON.parse(letter.value!)).toMatchObject({ id: 'b', amount: 0, _record: { topic: 'orders', offset: 1 } });
    expect(letter.headers).toEqual({
      'millrace-error-code': 'EXPRESSION_FAILED',
      'millrace-error-message': expect.stringContaining('DIVIDE_BY_ZERO') as string,
      'millrace-topology': 'orders',
      'millrace-view': 'shares',
    });
  });

  test.each([
    ['in place', 'partitionedBy: [ id ]'],
    ['behind a repartition, aggregated before', ''],
  ])('does not count in its group, and makes none (%s)', async (_, declared) => {
    const kafka = await broker({ orders: 1, out: 1, dlq: 1 });
    const yaml = ORDERS(
      declared,
      `
views: { sums: { from: orders, groupBy: id, aggregate: [ count(*) as n, sum(8 / amount) as s ], onError: { action: dlq, topic: dlq } } }
sinks: { out: { from: sums, topic: out, key: id, outputMode: update } }`,
    );
    const rows = [
      ['a', 4],
      ['b', 0],
      ['a', 0],
      ['a', 2],
      ['c', 1],
    ] as const;
    await produce(
      kafka.transport,
      'orders',
      rows.map(([id, amount]) => record(JSON.stringify({ id, amount }), id)),
    );
    await run(yaml, kafka);
    const found = values(await readTopic(kafka.transport, 'out'));
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { id: 'a', n: 2, s: 6 },
        { id: 'c', n: 1, s: 8 },
      ]),
    );
    expect(values(await readTopic(kafka.transport, 'dlq'))).toMatchObject([
      { id: 'b', amount: 0 },
      { id: 'a', amount: 0 },
    ]);
  });

  test('of a table leaves it: what was written of it is deleted, until it fails no more', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    const yaml = ORDERS(
      'partitionedBy: [ id ]',
      `
views:
  sums: { from: orders, groupBy: id, aggregate: sum(amount) as s }
  shares: { from: sums, select: [ id, 8 / s as share ], onError: skip }
sinks: { out: { from: shares, topic: out, key: id, outputMode: update, value: { select: [ share ] } } }`,
    );
    for (const amount of [2, -2, 4]) {
      await produce(kafka.transport, 'orders', [record(JSON.stringify({ id: 'a', amount }), 'a')]);
      await run(yaml, kafka);
    }
    expect((await readTopic(kafka.transport, 'out')).map(({ value }) => value)).toEqual([
      '{"share":4}',
      null,
      '{"share":2}',
    ]);
  });

  test('of a table is in no snapshot, and taken note of when it changes only', async () => {
    const kafka = await broker({ orders: 1, out: 1 });
    const yaml = ORDERS(
      'partitionedBy: [ id ]',
      `
views:
  sums: { from: orders, groupBy: id, aggregate: sum(amount) as s }
  shares: { from: sums, select: [ id, 8 / s as share ], onError: skip }
sinks: { out: { from: shares, topic: out, outputMode: complete } }`,
    );
    await produce(kafka.transport, 'orders', [
      record('{"id":"a","amount":0}', 'a'),
      record('{"id":"b","amount":1}', 'b'),
    ]);
    const first = await run(yaml, kafka);
    await produce(kafka.transport, 'orders', [record('{"id":"b","amount":1}', 'b')]);
    const second = await run(yaml, kafka);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([
      { id: 'b', share: 8 },
      null,
      { id: 'b', share: 4 },
      null,
    ]);
    expect([errorsOf(first), errorsOf(second)]).toEqual([[['view', 'shares', 'skip', null, 1]], []]);
  });
});

describe('a row that a sink cannot write', () => {
  const sink = (onError: string): string =>
    ORDERS(
      '',
      `sinks: { out: { from: orders, topic: out, value: { select: [ id, 8 / amount as share ] }${onError} } }`,
    );

  test('because an expression fails stops the topology, or is left out, or is a dead letter', async () => {
    const kafka = await broker({ orders: 1, out: 1, dlq: 1 });
    await produce(kafka.transport, 'orders', [record('{"id":"a","amount":0}'), record('{"id":"b","amount":2}')]);
    await expect(run(sink(''), kafka)).rejects.toMatchObject({
      code: 'EXPRESSION_FAILED',
      message: expect.stringContaining('sink `out`: ') as string,
    });
    const observed = await run(sink(', onError: { action: dlq, topic: dlq }'), kafka);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([{ id: 'b', share: 4 }]);
    expect(observed.batches[0].sinks).toEqual([{ sink: 'out', internal: false, rows: 1 }]);
    const [letter, ...others] = await letters(kafka.transport, 'dlq');
    expect(others).toEqual([]);
    expect(JSON.parse(letter.value!)).toMatchObject({ id: 'a', amount: 0 });
    expect(letter.headers).toMatchObject({ 'millrace-error-code': 'EXPRESSION_FAILED', 'millrace-sink': 'out' });
  });

  test('because the topic does not take it is left out, and the others are written', async () => {
    const kafka = await broker({ orders: 1, out: { 'max.message.bytes': '1000' }, dlq: 1 });
    const long = 'x'.repeat(900);
    const rows = [{ id: 'a' }, { id: long }, { id: 'b' }];
    await produce(
      kafka.transport,
      'orders',
      rows.map((row) => record(JSON.stringify({ ...row, amount: 8 }))),
    );
    const observed = await run(sink(', onError: { action: dlq, topic: dlq }'), kafka);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([
      { id: 'a', share: 1 },
      { id: 'b', share: 1 },
    ]);
    expect(errorsOf(observed)).toEqual([['sink', 'out', 'dlq', 'dlq', 1]]);
    const [letter] = await letters(kafka.transport, 'dlq');
    expect(JSON.parse(letter.value!)).toMatchObject({ id: long, amount: 8 });
    expect(letter.headers['millrace-error-code']).toBe('RECORD_TOO_LARGE');
  });
});

describe('dead letters and the transaction', () => {
  const faults: [what: string, doneAgain: boolean, Interceptor][] = [
    [
      'did not reach the coordinator',
      true,
      (_node, _api, _request, _proceed) => Promise.resolve({ errorCode: 48 } as never),
    ],
    [
      'was decided, and nobody heard of it',
      false,
      async (node, _api, _request, proceed) => {
        await proceed();
        throw timedOut(node, 'EndTxn');
      },
    ],
  ];
  test.each(faults)('are there once when a commit %s (done again: %s)', async (_, doneAgain, fault) => {
    const kafka = await broker({ orders: 1, out: 1, dlq: 1 });
    await produce(kafka.transport, 'orders', [
      record('{"id":"a","amount":1}'),
      record('broken'),
      record('{"id":"b","amount":0}'),
    ]);
    const yaml = ORDERS(
      'onError: { action: dlq, topic: dlq }',
      `
views: { shares: { from: orders, select: 8 / amount as share, onError: { action: dlq, topic: dlq } } }
sinks: { out: { from: shares, topic: out } }`,
    );
    let faulty = 0;
    let produced = false;
    kafka.fake.intercept((node, api, request, proceed) => {
      // The first commit after a produce to the topic of dead letters.
      if (
        api === 'Produce' &&
        JSON.stringify(request, (key, value: unknown) => (key === 'records' ? null : value)).includes('"dlq"')
      )
        produced = true;
      if (api !== 'EndTxn' || !produced || faulty > 0) return proceed();
      faulty++;
      return fault(node, api, request, proceed);
    });
    const observed = await run(yaml, kafka);
    expect(faulty).toBe(1);
    expect(observed.events.some(({ kind }) => kind === 'aborted')).toBe(doneAgain);
    expect(
      (await letters(kafka.transport, 'dlq')).map(
        ({ headers }) => headers['millrace-source'] ?? headers['millrace-view'],
      ),
    ).toEqual(['orders', 'shares']);
    expect(values(await readTopic(kafka.transport, 'out'))).toEqual([{ share: 8 }]);
  });
});

test('csv records are read and written, and a bad one is left out', async () => {
  const kafka = await broker({ orders: 1, out: 1 });
  const yaml = `
apiVersion: millrace/v1
name: csv
sources:
  orders:
    topic: orders
    value: { format: csv, schema: "id string, amount int, at timestamp", options: { sep: ";" } }
onError: skip
sinks:
  out: { from: orders, topic: out, key: id, value: { format: csv, select: [ id, amount + 1 as more, at ] } }
trigger: availableNow
`;
  await produce(
    kafka.transport,
    'orders',
    ['a,b;1;2026-01-01', 'c;x;', 'd;2', '"e;f";;'].map((line) => record(line)),
  );
  const observed = await run(yaml, kafka);
  expect((await readTopic(kafka.transport, 'out')).map(({ key, value }) => [key, value])).toEqual([
    ['a,b', '"a,b",2,2026-01-01T00:00:00.000Z'],
    ['e;f', 'e;f,,'],
  ]);
  expect(errorsOf(observed)).toEqual([['source', 'orders', 'skip', null, 2]]);
});
