import { MillraceError } from '../core/errors.ts';
import { ANY_NODE, type ApiName, type ApiReply, type ApiRequest, type BrokerLink, type NodeId } from './api.ts';
import { KafkajsConnection, type Address, type ConnectionSettings } from './kafkajs-connection.ts';
import { CODECS } from './protocol/codecs.ts';
import { WireReader } from './protocol/wire-reader.ts';

export interface KafkajsLinkOptions extends Partial<Omit<ConnectionSettings, 'clientId'>> {
  /** `host:port` of some of the brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
}

/**
 * A broker answers the requests of a connection one after the other, and some it holds back on purpose. So requests that may be held have
 * lanes of their own; within a lane an idle connection is taken, else another is opened up to the lane's limit.
 */
type Lane = 'control' | 'group' | 'produce' | 'fetch';

const LANE_LIMITS: Readonly<Record<Lane, number>> = { control: 2, group: 4, produce: 3, fetch: 6 };

const LANES: Readonly<Record<ApiName, Lane>> = {
  ApiVersions: 'control',
  Metadata: 'control',
  FindCoordinator: 'control',
  ListOffsets: 'control',
  CreateTopics: 'control',
  DeleteTopics: 'control',
  DeleteRecords: 'control',
  DescribeConfigs: 'control',
  JoinGroup: 'group',
  SyncGroup: 'group',
  Heartbeat: 'group',
  LeaveGroup: 'group',
  DescribeGroups: 'control',
  DeleteGroups: 'control',
  DescribeTransactions: 'control',
  OffsetCommit: 'group',
  OffsetFetch: 'group',
  InitProducerId: 'produce',
  AddPartitionsToTxn: 'produce',
  EndTxn: 'produce',
  Produce: 'produce',
  Fetch: 'fetch',
};

/**
 * The broker link over sockets. Connections are opened when first needed, shared by all users of the link, and dropped for good on any
 * timeout or disconnect.
 */
export class KafkajsLink implements BrokerLink {
  readonly #settings: ConnectionSettings;
  readonly #bootstrap: readonly Address[];
  readonly #nodes = new Map<NodeId, Address>();
  /** By `host:port/lane`. */
  readonly #lanes = new Map<string, KafkajsConnection[]>();
  #learning: Promise<unknown> | null = null;
  #nextAny = 0;
  #closed = false;

  constructor({ brokers, ...settings }: KafkajsLinkOptions) {
    if (brokers.length === 0) throw new MillraceError('CONFIG_INVALID', 'kafka.brokers is empty');
    this.#bootstrap = brokers.map(parseAddress);
    this.#settings = { connectionTimeoutMs: 5_000, requestTimeoutMs: 8_000, ...settings };
  }

  async send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    const connection = await this.#connectionTo(node, LANES[api]);
    const codec = CODECS[api];
    const exchange = {
      request: codec.request(request),
      timeoutMs: this.#settings.requestTimeoutMs + (codec.holdMs?.(request) ?? 0),
      decode: (payload: Buffer) => codec.reply(new WireReader(payload), request),
    };
    const reply = await connection.send(exchange).catch((error: unknown) => {
      // A broker that takes connections but does not answer must not be the one that is asked for ever.
      if (node === ANY_NODE) this.#nextAny++;
      throw error;
    });
    if (api === 'Metadata') this.#learn((reply as ApiReply<'Metadata'>).brokers);
    return reply;
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) for (const connection of lane) connection.break();
    this.#lanes.clear();
    return Promise.resolve();
  }

  async #connectionTo(node: NodeId, lane: Lane): Promise<KafkajsConnection> {
    if (node === ANY_NODE) return this.#anyConnection(lane);
    if (!this.#nodes.has(node)) await this.#learnNodes();
    const address = this.#nodes.get(node);
    if (address === undefined) {
      throw new MillraceError('BROKER_UNAVAILABLE', `the cluster has no broker ${node} at present`, {
        details: { node },
      });
    }
    const connection = this.#pick(address, lane);
    try {
      await connection.opened();
    } catch (error) {
      // It may have another address by now; the next request asks.
      this.#nodes.delete(node);
      throw error;
    }
    return connection;
  }

  /** A connection to the broker that served last, else to the next that can be reached; the known ones first, then the configured ones. */
  async #anyConnection(lane: Lane): Promise<KafkajsConnection> {
    const candidates = [...this.#nodes.values(), ...this.#bootstrap];
    let failure: unknown;
    for (let tries = 0; tries < candidates.length; tries++) {
      const connection = this.#pick(candidates[this.#nextAny % candidates.length], lane);
      try {
        await connection.opened();
        return connection;
      } catch (error) {
        this.#nextAny++;
        failure = error;
      }
    }
    throw failure;
  }

  /** Claims a connection of the lane. */
  #pick({ host, port }: Address, lane: Lane): KafkajsConnection {
    if (this.#closed) throw new MillraceError('BROKER_UNAVAILABLE', 'the link to the brokers is closed');
    const key = `${host}:${port}/${lane}`;
    const connections = (this.#lanes.get(key) ?? []).filter((connection) => connection.usable);
    this.#lanes.set(key, connections);
    let best: KafkajsConnection | null = null;
    for (const connection of connections) {
      if (best === null || connection.claims < best.claims) best = connection;
    }
    if (best === null || (best.claims > 0 && connections.length < LANE_LIMITS[lane])) {
      best = new KafkajsConnection({ host, port }, this.#settings);
      connections.push(best);
    }
    best.claim();
    return best;
  }

  #learnNodes(): Promise<unknown> {
    this.#learning ??= this.send(ANY_NODE, 'Metadata', { topics: [] }).finally(() => (this.#learning = null));
    return this.#learning;
  }

  #learn(brokers: ApiReply<'Metadata'>['brokers']): void {
    this.#nodes.clear();
    for (const { nodeId, host, port } of brokers) this.#nodes.set(nodeId, { host, port });
  }
}

function parseAddress(broker: string): Address {
  const match = /^\[?([^\]]+?)\]?:(\d+)$/.exec(broker.trim());
  if (match === null) {
    throw new MillraceError('CONFIG_INVALID', `kafka.brokers: ${JSON.stringify(broker)} is not of the form host:port`);
  }
  return { host: match[1], port: Number(match[2]) };
}
