import type { Clock } from '../../src/core/clock.ts';
import type {
  ApiName,
  ApiReply,
  ApiRequest,
  BrokerLink,
  FetchedPartition,
  MetadataReply,
  NodeId,
} from '../../src/kafka/api.ts';

type Script = { [A in ApiName]?: (request: ApiRequest<A>, node: NodeId) => ApiReply<A> | Promise<ApiReply<A>> };

export interface Sent<A extends ApiName> {
  readonly node: NodeId;
  readonly request: ApiRequest<A>;
}

/** A broker link that answers as the test says and remembers what was sent. */
export class ScriptedLink implements BrokerLink {
  readonly script: Script;
  readonly #sent: { api: ApiName; node: NodeId; request: unknown }[] = [];

  constructor(script: Script) {
    this.script = script;
  }

  async send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    this.#sent.push({ api, node, request });
    const answer = this.script[api];
    if (answer === undefined) throw new Error(`the test has no answer to ${api}`);
    return answer(request, node);
  }

  sent<A extends ApiName>(api: A): Sent<A>[] {
    return this.#sent.filter((sent) => sent.api === api) as unknown as Sent<A>[];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A clock on which every sleep is over in the next turn of events, with its time gone by. */
export class LeapingClock implements Clock {
  #now = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#now += ms;
        resolve();
      });
    });
  }
}

/** Resolves after everything that is ready to run has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A Metadata reply in which the topic's partitions have these leaders; -1 for none. */
export function metadata(topics: Record<string, readonly NodeId[] | number>): MetadataReply {
  return {
    brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
    controllerId: 1,
    topics: Object.entries(topics).map(([topic, leaders]) => ({
      topic,
      errorCode: typeof leaders === 'number' ? leaders : 0,
      partitions: (typeof leaders === 'number' ? [] : leaders).map((leader, partition) => ({
        errorCode: leader < 0 ? 5 : 0,
        partition,
        leader,
        replicas: [1, 2],
        inSyncReplicas: [1, 2],
      })),
    })),
  };
}

/** A partition's part of a fetch answer. */
export const fetched = (partition: number, part: Partial<FetchedPartition> = {}): FetchedPartition => ({
  partition,
  errorCode: 0,
  highWatermark: 100,
  lastStableOffset: 100,
  logStartOffset: 0,
  abortedTransactions: [],
  records: Buffer.alloc(0),
  ...part,
});
