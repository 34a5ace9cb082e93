import type { TopicPartition } from '../../../src/core/task.ts';
import { partitionName } from '../../../src/core/task.ts';
import type { TransactionalProducer } from '../../../src/core/transport.ts';
import type { ApiName, ApiReply, ApiRequest, NodeId } from '../../../src/kafka/api.ts';
import { FakeCluster } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { AutoClock } from './auto-clock.ts';

/** A fake cluster on a clock that runs by itself, and one client of it. */
export class KafkaFixture {
  readonly clock = new AutoClock();
  readonly fake: FakeCluster;
  readonly transport: KafkaTransport;
  readonly #others: KafkaTransport[] = [];

  constructor(nodes: number, markerDelayMs: number) {
    this.fake = new FakeCluster({ clock: this.clock, nodes, markerDelayMs, transit: () => Promise.resolve() });
    this.transport = new KafkaTransport(this.fake.link(), this.clock);
  }

  /** `topics`: partitions by name, every one led by any of the nodes and replicated to all. */
  static async start(
    topics: Record<string, number>,
    { nodes = 1, config = {}, markerDelayMs = 1 } = {},
  ): Promise<KafkaFixture> {
    const fixture = new KafkaFixture(nodes, markerDelayMs);
    await fixture.transport.topics.create(
      Object.entries(topics).map(([name, partitions]) => ({ name, partitions, replicationFactor: nodes, config })),
    );
    return fixture;
  }

  /** Another client, as another process would be. */
  another(): KafkaTransport {
    const transport = new KafkaTransport(this.fake.link(), this.clock);
    this.#others.push(transport);
    return transport;
  }

  open(transactionalId = 'app.counts.0', transport = this.transport): Promise<TransactionalProducer> {
    return transport.openProducer({ transactionalId, transactionTimeoutMs: 10_000, compression: 'none' });
  }

  /** The values of all committed records of the partition, in order, once no transaction is open on it. */
  async committed(topic: string, partition = 0): Promise<string[]> {
    const tp: TopicPartition = { topic, partition };
    for (;;) {
      const offsets = (await this.transport.topics.offsets([tp])).get(partitionName(tp))!;
      if (offsets.lastStable < offsets.end) {
        await this.clock.sleep(5);
        continue;
      }
      return this.visible(topic, partition);
    }
  }

  /** The values of the records of the partition that can be read now. */
  async visible(topic: string, partition = 0): Promise<string[]> {
    const tp: TopicPartition = { topic, partition };
    const { lastStable } = (await this.transport.topics.offsets([tp])).get(partitionName(tp))!;
    const values: string[] = [];
    for await (const chunk of this.transport.readRange(tp, 0, lastStable)) {
      for (let i = 0; i < chunk.count; i++) {
        values.push(chunk.bytes.toString('utf8', chunk.valueStart[i], chunk.valueEnd[i]));
      }
    }
    return values;
  }

  /** Puts a fault on the first `times` requests of the API (that pass the filter). */
  fault<A extends ApiName>(
    api: A,
    fault: (call: {
      node: NodeId;
      request: ApiRequest<A>;
      proceed: () => Promise<ApiReply<A>>;
    }) => Promise<ApiReply<A>>,
    times = 1,
  ): () => void {
    let left = times;
    return this.fake.intercept(async (node, called, request, proceed) => {
      if ((called as ApiName) !== api || left === 0) return proceed();
      left--;
      const call = {
        node,
        request: request as unknown as ApiRequest<A>,
        proceed: proceed as unknown as () => Promise<ApiReply<A>>,
      };
      return (await fault(call)) as unknown as Awaited<ReturnType<typeof proceed>>;
    });
  }

  /** Everything of the API that was sent from now on. */
  record<A extends ApiName>(api: A): ApiRequest<A>[] {
    const requests: ApiRequest<A>[] = [];
    this.fake.intercept((_node, called, request, proceed) => {
      if ((called as ApiName) === api) requests.push(request as unknown as ApiRequest<A>);
      return proceed();
    });
    return requests;
  }

  async close(): Promise<void> {
    await Promise.all([this.transport, ...this.#others].map((transport) => transport.close()));
    await this.fake.close();
  }
}

/** The same answer for every partition of a Produce request. */
export const produceReply = (request: ApiRequest<'Produce'>, errorCode: number): ApiReply<'Produce'> => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, errorCode, baseOffset: -1, logAppendTimeMs: -1 })),
  })),
});

export const addPartitionsReply = (
  request: ApiRequest<'AddPartitionsToTxn'>,
  errorCode: number,
): ApiReply<'AddPartitionsToTxn'> => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((partition) => ({ partition, errorCode })),
  })),
});
