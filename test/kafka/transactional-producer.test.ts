import { afterEach, describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { Transaction } from '../../src/core/transport.ts';
import { timedOut } from '../../src/kafka/fake-broker/fake-link.ts';
import { ErrorCode } from '../../src/kafka/error-codes.ts';
import { KafkaFixture, produceReply } from './support/kafka-fixture.ts';

let kafka: KafkaFixture;
afterEach(() => kafka.close());

function fill(transaction: Transaction, topic: string, partition: number, ...values: string[]): void {
  for (const value of values) transaction.append(topic, partition, 1, null, value, null);
}

async function commit(transaction: Transaction): Promise<void> {
  await transaction.send();
  await transaction.commit();
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof MillraceError ? error.code : String(error)),
  );

/** Has the requests be carried out, but their replies lost. */
const loseReply = async ({ node, proceed }: { node: number; proceed: () => Promise<unknown> }): Promise<never> => {
  await proceed();
  throw timedOut(node, 'EndTxn');
};

describe('a transaction', () => {
  test('shows all its records at commit, none before, in the order they were appended', async () => {
    kafka = await KafkaFixture.start({ counts: 2, log: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 1, 'a', 'b');
    fill(transaction, 'log', 0, 'x');
    fill(transaction, 'counts', 0, 'c');
    fill(transaction, 'counts', 1, 'd');
    await transaction.send();
    expect(await kafka.visible('counts', 1)).toEqual([]);
    await transaction.commit();
    expect(await kafka.committed('counts', 1)).toEqual(['a', 'b', 'd']);
    expect(await kafka.committed('counts', 0)).toEqual(['c']);
    expect(await kafka.committed('log')).toEqual(['x']);
  });

  test('knows the offset of the last record of every partition once it is sent', async () => {
    kafka = await KafkaFixture.start({ counts: 2 });
    const producer = await kafka.open();
    for (const expected of [1, 4]) {
      const transaction = await producer.begin();
      fill(transaction, 'counts', 1, 'a', 'b');
      await transaction.send();
      expect(transaction.lastOffset('counts', 1)).toBe(expected);
      expect(() => transaction.lastOffset('counts', 0)).toThrow('no record was sent to counts-0');
      await transaction.commit();
    }
  });

  test('splits what is larger than a batch may be, and sends the parts in order', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    const values = Array.from({ length: 30 }, (_, i) => `${i}:${'é'.repeat(50_000)}`);
    fill(transaction, 'counts', 0, ...values);
    expect(transaction.byteLength).toBeGreaterThan(3_000_000);
    const requests = kafka.record('Produce');
    await transaction.send();
    expect(transaction.lastOffset('counts', 0)).toBe(29);
    await transaction.commit();
    expect(requests.length).toBe(4);
    for (const { topics } of requests) expect(topics[0].partitions[0].batch.length).toBeLessThanOrEqual(1_000_000);
    expect(await kafka.committed('counts')).toEqual(values);
  });

  test('gives a record larger than a batch should be a batch to itself: the topic decides', async () => {
    kafka = await KafkaFixture.start({ counts: 1 }, { config: { 'max.message.bytes': '3000000' } });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    const large = 'x'.repeat(2_000_000);
    fill(transaction, 'counts', 0, 'before', large, 'after');
    await commit(transaction);
    expect(await kafka.committed('counts')).toEqual(['before', large, 'after']);
  });

  test('tells of a record that the topic does not take, and can be aborted then', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'x'.repeat(2_000_000));
    expect(await codeOf(transaction.send())).toBe('RECORD_TOO_LARGE');
    await transaction.abort();
    const next = await producer.begin();
    fill(next, 'counts', 0, 'small');
    await commit(next);
    expect(await kafka.committed('counts')).toEqual(['small']);
  });

  test('commits without a request when nothing was appended', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const requests = [kafka.record('AddPartitionsToTxn'), kafka.record('EndTxn')];
    await commit(await producer.begin());
    expect(requests.flat()).toEqual([]);
    expect(producer.epoch).toBe(0);
  });

  test('shows nothing after an abort, and the next one goes on in the same epoch', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    for (const sent of [true, false]) {
      const transaction = await producer.begin();
      fill(transaction, 'counts', 0, 'aborted');
      if (sent) await transaction.send();
      await transaction.abort();
      await transaction.abort();
    }
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'kept');
    await commit(transaction);
    expect(await kafka.committed('counts')).toEqual(['kept']);
    expect(producer.epoch).toBe(0);
  });

  test('takes no calls out of order', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    expect(await codeOf(producer.begin())).toBe('INTERNAL');
    fill(transaction, 'counts', 0, 'a');
    expect(await codeOf(transaction.commit())).toBe('INTERNAL');
    await transaction.send();
    expect(() => fill(transaction, 'counts', 0, 'late')).toThrow('takes no more records');
    await transaction.commit();
    const next = await producer.begin();
    expect(await codeOf(transaction.send())).toBe('INTERNAL');
    await transaction.abort();
    fill(next, 'counts', 0, 'b');
    await commit(next);
    expect(await kafka.committed('counts')).toEqual(['a', 'b']);
  });

  test('follows on the last at once, however long the markers of that one take', async () => {
    kafka = await KafkaFixture.start({ counts: 1 }, { markerDelayMs: 50 });
    const producer = await kafka.open();
    const values = Array.from({ length: 20 }, (_, i) => String(i));
    const requests = kafka.record('AddPartitionsToTxn');
    for (const value of values) {
      const transaction = await producer.begin();
      fill(transaction, 'counts', 0, value);
      await commit(transaction);
    }
    expect(await kafka.committed('counts')).toEqual(values);
    // It did meet CONCURRENT_TRANSACTIONS, else this shows nothing.
    expect(requests.length).toBeGreaterThan(values.length);
    expect(producer.epoch).toBe(0);
  });
});

describe('a partition that moves while it is written to', () => {
  // counts-0 and counts-1 begin on different nodes; both requests of the first round meet on the node of counts-0 afterwards.
  async function onTwoNodes(): Promise<void> {
    kafka = await KafkaFixture.start({ counts: 2 }, { nodes: 2 });
    kafka.fake.moveLeader('counts', 0, 1);
    kafka.fake.moveLeader('counts', 1, 2);
  }

  test('is written, though its new leader has answered for another partition already', async () => {
    await onTwoNodes();
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    fill(transaction, 'counts', 1, 'b');
    kafka.fault(
      'Produce',
      async ({ node, request, proceed }) => {
        if (node !== 2) return proceed();
        kafka.fake.moveLeader('counts', 1, 1);
        return produceReply(request, ErrorCode.NOT_LEADER_OR_FOLLOWER);
      },
      2,
    );
    await commit(transaction);
    expect(await kafka.committed('counts', 0)).toEqual(['a']);
    expect(await kafka.committed('counts', 1)).toEqual(['b']);
  });

  test('is not written again, though it moves to a node that has to be asked again', async () => {
    await onTwoNodes();
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    fill(transaction, 'counts', 1, 'b');
    kafka.fault(
      'Produce',
      async ({ node, request, proceed }) => {
        if (node !== 2) return proceed();
        kafka.fake.moveLeader('counts', 0, 2);
        return produceReply(request, ErrorCode.NOT_ENOUGH_REPLICAS);
      },
      2,
    );
    const requests = kafka.record('Produce');
    await commit(transaction);
    expect(await kafka.committed('counts', 0)).toEqual(['a']);
    expect(await kafka.committed('counts', 1)).toEqual(['b']);
    expect(
      requests.flatMap(({ topics }) => topics[0].partitions.map((p) => p.partition)).toSorted((a, b) => a - b),
    ).toEqual([0, 1, 1]);
  });

  test('gets the very same bytes again when a reply was lost, and holds them once', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a', 'b');
    const requests = kafka.record('Produce');
    kafka.fault('Produce', loseReply);
    await commit(transaction);
    expect(requests.length).toBe(2);
    expect(requests[1].topics[0].partitions[0].batch).toEqual(requests[0].topics[0].partitions[0].batch);
    expect(await kafka.committed('counts')).toEqual(['a', 'b']);
  });

  test('keeps the sequences of the others when one of a request fails', async () => {
    kafka = await KafkaFixture.start({ counts: 2 });
    const producer = await kafka.open();
    kafka.fault('Produce', async ({ request, proceed }) => {
      // Only the first partition of the request gets through.
      const only = { ...request.topics[0], partitions: request.topics[0].partitions.slice(0, 1) };
      const rest = {
        ...request,
        topics: [{ ...request.topics[0], partitions: request.topics[0].partitions.slice(1) }],
      };
      const done = await kafka.fake.link().send(1, 'Produce', { ...request, topics: [only] });
      void proceed;
      return { topics: [...done.topics, ...produceReply(rest, ErrorCode.NOT_ENOUGH_REPLICAS).topics] };
    });
    for (const round of ['1', '2']) {
      const transaction = await producer.begin();
      fill(transaction, 'counts', 0, `a${round}`);
      fill(transaction, 'counts', 1, `b${round}`);
      await commit(transaction);
    }
    expect(await kafka.committed('counts', 0)).toEqual(['a1', 'a2']);
    expect(await kafka.committed('counts', 1)).toEqual(['b1', 'b2']);
    expect(producer.epoch).toBe(0);
  });
});

describe('the decision', () => {
  test('is asked for until it is definite; the next transaction has a new epoch when a reply was lost', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    kafka.fault('EndTxn', loseReply, 3);
    await commit(transaction);
    expect(await kafka.committed('counts')).toEqual(['a']);
    const next = await producer.begin();
    expect(producer.epoch).toBe(1);
    fill(next, 'counts', 0, 'b');
    await commit(next);
    expect(await kafka.committed('counts')).toEqual(['a', 'b']);
  });

  test('of one transaction, arriving late, does not end the next one', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const first = await producer.begin();
    fill(first, 'counts', 0, 'a');
    let late: (() => Promise<{ errorCode: number }>) | null = null;
    kafka.fault('EndTxn', ({ node, proceed }) => {
      late = proceed;
      throw timedOut(node, 'EndTxn');
    });
    await commit(first);
    const second = await producer.begin();
    fill(second, 'counts', 0, 'b');
    await second.send();
    expect((await late!()).errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(await kafka.visible('counts')).toEqual(['a']);
    await second.abort();
    expect(await kafka.committed('counts')).toEqual(['a']);
  });

  test('is unknown when no definite answer comes within the transaction timeout', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    await transaction.send();
    kafka.fault('EndTxn', loseReply, Infinity);
    expect(await codeOf(transaction.commit())).toBe('TRANSACTION_OUTCOME_UNKNOWN');
    await transaction.abort();
    const next = await producer.begin();
    expect(producer.epoch).toBe(1);
    await next.abort();
    expect(await kafka.committed('counts')).toEqual(['a']);
  });

  test('is fenced when the coordinator gave the transaction up before it was asked', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    await transaction.send();
    await kafka.clock.sleep(11_000);
    expect(await codeOf(transaction.commit())).toBe('PRODUCER_FENCED');
    expect(await kafka.committed('counts')).toEqual([]);
  });

  test('survives the move of the coordinator', async () => {
    kafka = await KafkaFixture.start({ counts: 1 }, { nodes: 2 });
    const producer = await kafka.open();
    for (const node of [1, 2, 1]) {
      const transaction = await producer.begin();
      fill(transaction, 'counts', 0, String(node));
      await transaction.send();
      kafka.fake.moveCoordinator('transaction', producer.transactionalId, node);
      await transaction.commit();
    }
    expect(await kafka.committed('counts')).toEqual(['1', '2', '1']);
  });
});

describe('sending', () => {
  test('gives up at the transaction timeout; the batch can then be done again', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    const heal = kafka.fault(
      'Produce',
      ({ request }) => Promise.resolve(produceReply(request, ErrorCode.NOT_LEADER_OR_FOLLOWER)),
      Infinity,
    );
    const start = kafka.clock.now();
    expect(await codeOf(transaction.send())).toBe('TRANSACTION_ABORTED');
    expect(kafka.clock.now() - start).toBeLessThanOrEqual(10_000);
    heal();
    await transaction.abort();
    const again = await producer.begin();
    fill(again, 'counts', 0, 'a');
    await commit(again);
    expect(await kafka.committed('counts')).toEqual(['a']);
  });

  test('says that a topic does not exist', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'nowhere', 0, 'a');
    expect(await codeOf(transaction.send())).toBe('TOPIC_MISSING');
    await transaction.abort();
    expect(producer.epoch).toBe(0);
  });

  test('stops soon when it is given up meanwhile', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    kafka.fault(
      'Produce',
      ({ request }) => Promise.resolve(produceReply(request, ErrorCode.NOT_ENOUGH_REPLICAS)),
      Infinity,
    );
    const sent = codeOf(transaction.send());
    await kafka.clock.sleep(1_000);
    const start = kafka.clock.now();
    await transaction.abort();
    expect(kafka.clock.now() - start).toBeLessThan(1_000);
    expect(await sent).toBe('TRANSACTION_ABORTED');
    expect(await kafka.committed('counts')).toEqual([]);
  });
});

describe('giving up', () => {
  test('never rejects, also when nobody can be told; the next transaction waits until somebody can', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const producer = await kafka.open();
    const transaction = await producer.begin();
    fill(transaction, 'counts', 0, 'a');
    await transaction.send();
    kafka.fake.kill(1);
    await transaction.abort();
    const beginning = producer.begin();
    await kafka.clock.sleep(30_000);
    kafka.fake.restart(1);
    // Meanwhile the coordinator gave the transaction up by itself, under an epoch that we did not ask for.
    expect(await codeOf(beginning)).toBe('PRODUCER_FENCED');
    const recovered = await kafka.open();
    const next = await recovered.begin();
    fill(next, 'counts', 0, 'b');
    await commit(next);
    expect(await kafka.committed('counts')).toEqual(['b']);
  });
});

describe('ownership of a transactional id', () => {
  test('passes to whoever opened it last: the earlier owner can commit nothing any more', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const first = await kafka.open();
    const transaction = await first.begin();
    fill(transaction, 'counts', 0, 'zombie');
    await transaction.send();
    const second = await kafka.open('app.counts.0', kafka.another());
    expect(await codeOf(transaction.commit())).toBe('PRODUCER_FENCED');
    await transaction.abort();
    expect(await codeOf(first.begin())).toBe('PRODUCER_FENCED');
    const next = await second.begin();
    fill(next, 'counts', 0, 'owner');
    await commit(next);
    expect(await kafka.committed('counts')).toEqual(['owner']);
  });

  test('is not resumed by an owner in doubt when another one has been there meanwhile', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const first = await kafka.open();
    const transaction = await first.begin();
    fill(transaction, 'counts', 0, 'batch 1');
    kafka.fault('EndTxn', loseReply);
    await commit(transaction);
    const second = await kafka.open('app.counts.0', kafka.another());
    const other = await second.begin();
    fill(other, 'counts', 0, 'batch 2');
    await commit(other);
    // The first would do batch 2 again if it were let go on from where it was.
    expect(await codeOf(first.begin())).toBe('PRODUCER_FENCED');
    expect(await codeOf(first.begin())).toBe('PRODUCER_FENCED');
    expect(await kafka.committed('counts')).toEqual(['batch 1', 'batch 2']);
  });

  test('is waited for while the earlier transaction is being resolved', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    const first = await kafka.open();
    const transaction = await first.begin();
    fill(transaction, 'counts', 0, 'a');
    await transaction.send();
    const second = await kafka.open('app.counts.0', kafka.another());
    expect(second.producerId).toBe(first.producerId);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    // Resolved means: what follows sees no open transaction.
    expect(await kafka.visible('counts')).toEqual([]);
    expect((await kafka.transport.topics.offsets([{ topic: 'counts', partition: 0 }])).get('counts-0')).toEqual({
      first: 0,
      lastStable: 2,
      end: 2,
    });
  });

  test('ends the waiting when the producer is closed', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    kafka.fake.kill(1);
    const opening = codeOf(kafka.open());
    await kafka.clock.sleep(5_000);
    await kafka.transport.close();
    expect(await opening).toBe('BROKER_UNAVAILABLE');
  });
});
