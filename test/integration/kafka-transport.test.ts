import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import { partitionName, taskName } from '../../src/core/task.ts';
import type { GroupAssignment, Transaction, TransactionalProducer } from '../../src/core/transport.ts';
import type { ApiName, ApiReply, ApiRequest, BrokerLink, NodeId } from '../../src/kafka/api.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

/** A link on which replies can be lost, and requests held back. */
class FaultyLink implements BrokerLink {
  readonly #link: BrokerLink;
  fault: ((api: ApiName, proceed: () => Promise<unknown>) => Promise<unknown>) | null = null;

  constructor(link: BrokerLink) {
    this.#link = link;
  }

  send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    const proceed = (): Promise<ApiReply<A>> => this.#link.send(node, api, request);
    return this.fault === null ? proceed() : (this.fault(api, proceed) as Promise<ApiReply<A>>);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Loses the reply of the next request of the API. */
  loseReplyOnce(lost: ApiName): void {
    this.fault = async (api, proceed) => {
      const reply = await proceed();
      if (api !== lost) return reply;
      this.fault = null;
      throw new MillraceError('REQUEST_TIMED_OUT', 'lost by the test');
    };
  }
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof MillraceError ? error.code : String(error)),
  );

describeWithServices('the transport on a real Kafka', ['kafka'], ({ kafka: broker }) => {
  const transports: KafkaTransport[] = [];
  let link: FaultyLink;
  let transport: KafkaTransport;

  function connect(): [KafkaTransport, FaultyLink] {
    const made = new FaultyLink(new KafkajsLink({ brokers: [broker], clientId: 'millrace-test' }));
    const connected = new KafkaTransport(made, systemClock);
    transports.push(connected);
    return [connected, made];
  }

  beforeAll(async () => {
    [transport, link] = connect();
    await transport.start();
  });
  afterAll(() => Promise.all(transports.map((each) => each.close())));

  async function topic(partitions = 1): Promise<string> {
    const name = uniqueName('transport');
    await transport.topics.create([{ name, partitions, replicationFactor: 1, config: {} }]);
    return name;
  }

  const open = (transactionalId: string, on = transport): Promise<TransactionalProducer> =>
    on.openProducer({ transactionalId, transactionTimeoutMs: 10_000, compression: 'none' });

  async function write(transaction: Transaction, name: string, ...values: string[]): Promise<void> {
    for (const value of values) transaction.append(name, 0, systemClock.now(), null, value, null);
    await transaction.send();
    await transaction.commit();
  }

  async function committed(name: string, partition = 0): Promise<string[]> {
    const tp = { topic: name, partition };
    for (;;) {
      const offsets = (await transport.topics.offsets([tp])).get(partitionName(tp))!;
      if (offsets.lastStable < offsets.end) {
        await systemClock.sleep(5);
        continue;
      }
      const values: string[] = [];
      for await (const chunk of transport.readRange(tp, 0, offsets.lastStable)) {
        for (let i = 0; i < chunk.count; i++) {
          values.push(chunk.bytes.toString('utf8', chunk.valueStart[i], chunk.valueEnd[i]));
        }
      }
      return values;
    }
  }

  describe('transactions', () => {
    test('follow one another in one epoch, over many partitions', async () => {
      const name = await topic(4);
      const producer = await open(name);
      for (let i = 0; i < 10; i++) {
        const transaction = await producer.begin();
        for (let p = 0; p < 4; p++) transaction.append(name, p, systemClock.now(), `k${p}`, `${i}`, [['h', 'v']]);
        await transaction.send();
        if (i % 2 === 0) await transaction.commit();
        else await transaction.abort();
      }
      for (let p = 0; p < 4; p++) expect(await committed(name, p)).toEqual(['0', '2', '4', '6', '8']);
      expect(producer.epoch).toBe(0);
    });

    test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('are compressed with %s, and split', async (compression) => {
      const name = await topic();
      const producer = await transport.openProducer({
        transactionalId: name,
        transactionTimeoutMs: 10_000,
        compression,
      });
      const values = Array.from({ length: 30 }, (_, i) => `${i}:${'ab'.repeat(40_000)}`);
      await write(await producer.begin(), name, ...values);
      expect(await committed(name)).toEqual(values);
    });

    test('write a batch once whose acknowledgement was lost, and know its offset', async () => {
      const name = await topic();
      const producer = await open(name);
      const transaction = await producer.begin();
      link.loseReplyOnce('Produce');
      await write(transaction, name, 'a', 'b');
      expect(transaction.lastOffset(name, 0)).toBe(1);
      expect(await committed(name)).toEqual(['a', 'b']);
    });

    test('go on under the very next epoch when the answer to a commit was lost', async () => {
      const name = await topic();
      const producer = await open(name);
      const { producerId } = producer;
      for (const [i, lost] of (['EndTxn', 'AddPartitionsToTxn', 'Produce'] as const).entries()) {
        const transaction = await producer.begin();
        expect([producer.producerId, producer.epoch]).toEqual([producerId, i]);
        link.loseReplyOnce(lost);
        await write(transaction, name, String(i));
      }
      expect(await committed(name)).toEqual(['0', '1', '2']);
    });

    test('are not ended by a late request of the one before', async () => {
      const name = await topic();
      const producer = await open(name);
      let late: (() => Promise<unknown>) | null = null;
      link.fault = (api, proceed) => {
        if (api !== 'EndTxn') return proceed();
        late = proceed;
        link.fault = null;
        return Promise.reject(new MillraceError('REQUEST_TIMED_OUT', 'held back by the test'));
      };
      await write(await producer.begin(), name, 'a');
      const second = await producer.begin();
      second.append(name, 0, systemClock.now(), null, 'b', null);
      await second.send();
      expect(await late!()).toEqual({ errorCode: 47 });
      await second.abort();
      expect(await committed(name)).toEqual(['a']);
    });

    test('of an owner that was replaced commit nothing; the owner in doubt does not come back either', async () => {
      const name = await topic();
      const [elsewhere] = connect();
      const first = await open(name);
      const transaction = await first.begin();
      transaction.append(name, 0, systemClock.now(), null, 'zombie', null);
      await transaction.send();
      const second = await open(name, elsewhere);
      expect(await codeOf(transaction.commit())).toBe('PRODUCER_FENCED');
      await write(await second.begin(), name, 'a');
      link.loseReplyOnce('EndTxn');
      const third = await open(name);
      await write(await third.begin(), name, 'b');
      const fourth = await open(name, elsewhere);
      await write(await fourth.begin(), name, 'c');
      expect(await codeOf(third.begin())).toBe('PRODUCER_FENCED');
      expect(await committed(name)).toEqual(['a', 'b', 'c']);
    });

    test('tell of records that are too large, and can follow on that', async () => {
      const name = await topic();
      const producer = await open(name);
      const large = await producer.begin();
      expect(await codeOf(write(large, name, 'x'.repeat(2_000_000)))).toBe('RECORD_TOO_LARGE');
      await large.abort();
      await write(await producer.begin(), name, 'small');
      expect(await committed(name)).toEqual(['small']);
    });
  });

  describe('a group', () => {
    test('shares its tasks, confirms them, keeps offsets, and passes them on when a member leaves', async () => {
      const name = await topic(4);
      const members = [connect()[0], connect()[0]];
      const assignments: GroupAssignment[] = [];
      let changed: () => void = () => undefined;
      const until = async (condition: () => boolean): Promise<void> => {
        while (!condition()) await new Promise<void>((resolve) => (changed = resolve));
      };
      const memberships = [];
      for (const [i, member] of members.entries()) {
        const families = [{ subTopology: 'counts', inputTopics: [name] }];
        const options = { groupId: name, families, sessionTimeoutMs: 10_000, planHash: 'p', address: `m${i}` };
        memberships.push(
          await member.join(options, {
            onAssignment: (assignment) => {
              assignments[i] = assignment;
              changed();
            },
            onLost: (reason) => expect.unreachable(reason),
            onFailure: (error) => expect.unreachable(error.message),
          }),
        );
        await until(() => (assignments[i]?.tasks.length ?? 0) > 0);
      }
      await until(() => assignments[0].generation === assignments[1].generation);
      const names = (): string[] => assignments.flatMap(({ tasks }) => tasks.map(taskName)).sort();
      expect(names()).toEqual(['counts/0', 'counts/1', 'counts/2', 'counts/3']);
      expect(assignments.map(({ tasks }) => tasks.length)).toEqual([2, 2]);
      expect(await memberships[0].confirm()).toBe(assignments[0]);

      const position = { topic: name, partition: 1, offset: 42, metadata: 'ours' };
      await members[0].mirrorOffsets(name, [position]);
      expect(await transport.groupOffsets(name, [position, { topic: name, partition: 0 }])).toEqual([position]);

      await memberships[0].leave();
      assignments[0] = { generation: -1, memberId: '', tasks: [], owners: new Map() };
      await until(() => assignments[1].tasks.length === 4);
      expect(names()).toEqual(['counts/0', 'counts/1', 'counts/2', 'counts/3']);
      await transport.mirrorOffsets(name, [{ ...position, offset: 43 }]);
      expect((await transport.groupOffsets(name, [position]))[0].offset).toBe(42);
    });
  });
});
