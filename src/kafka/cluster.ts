import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';
import { partitionName } from '../core/task.ts';
import { ANY_NODE, type ApiName, type ApiReply, type BrokerLink, type MetadataReply, type NodeId } from './api.ts';
import { backoffMs, brokerError, isLinkError } from './broker-error.ts';
import { ErrorCode, isRetriable } from './error-codes.ts';
import { SIGNS_OF_3_7, SPOKEN_APIS } from './protocol/api-versions.ts';

export type CoordinatorType = 'group' | 'transaction';

/** How long a missing topic, leader or coordinator is waited for before the caller hears of it. */
const PATIENCE_MS = 10_000;

const NO_LEADER: NodeId = -1;

/**
 * Who leads and who coordinates what: a cache over Metadata and FindCoordinator, valid until told to forget. Callers that get a stale
 * answer (`isStaleLeader`, `isStaleCoordinator`, a broken connection) forget it, back off and ask again.
 */
export class Cluster {
  readonly link: BrokerLink;
  readonly clock: Clock;
  readonly #topics = new Map<string, KnownTopic>();
  readonly #coordinators = new Map<string, Promise<NodeId>>();
  #wanted = new Set<string>();
  #nextLoad: Promise<void> | null = null;
  #lastLoad: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(link: BrokerLink, clock: Clock) {
    this.link = link;
    this.clock = clock;
  }

  /** Closes the link. Whoever is waiting to ask again hears of it, so that nobody asks a closed link for ever. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.link.close();
  }

  /**
   * Waits before try number `attempt + 1` (from 0).
   * @throws BROKER_UNAVAILABLE when the link is closed, or meanwhile is
   */
  async backOff(attempt: number): Promise<void> {
    await this.clock.sleep(backoffMs(attempt), this.#closing.signal);
    if (this.#closing.signal.aborted) {
      throw new MillraceError('BROKER_UNAVAILABLE', 'the link to the brokers was closed');
    }
  }

  /**
   * Checks that every broker speaks what we speak and is at least Kafka 3.7; brokers that are away just now are passed over.
   * @throws BROKER_TOO_OLD, BROKER_UNAVAILABLE when none answers
   */
  async start(): Promise<void> {
    for (const { nodeId, host, port } of await this.brokers()) {
      let reply: ApiReply<'ApiVersions'>;
      try {
        reply = await this.link.send(nodeId, 'ApiVersions', {});
      } catch (error) {
        if (isLinkError(error)) continue;
        throw error;
      }
      if (reply.errorCode !== ErrorCode.NONE)
        throw brokerError(reply.errorCode, `ask ${host}:${port} for its versions`);
      checkVersions(reply, `${host}:${port}`);
    }
  }

  /** The brokers as Metadata lists them now. */
  async brokers(): Promise<MetadataReply['brokers']> {
    return (await this.link.send(ANY_NODE, 'Metadata', { topics: [] })).brokers;
  }

  /**
   * The leader of the partition; waits a bounded while for one to be elected.
   * @throws TOPIC_MISSING when there is no such topic or partition after that while, BROKER_UNAVAILABLE when there is no leader or no
   * broker to ask, NOT_AUTHORIZED
   */
  async leaderOf(topic: string, partition: number): Promise<NodeId> {
    const deadline = this.clock.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const leader = this.#topics.get(topic)?.leaders[partition];
      if (leader !== undefined && leader !== NO_LEADER) return leader;
      await this.#load(topic);
      const known = this.#topics.get(topic);
      const found = known?.leaders[partition];
      if (found !== undefined && found !== NO_LEADER) return found;
      const hopeless = known !== undefined && known.errorCode !== ErrorCode.NONE && !isRetriable(known.errorCode);
      if (hopeless || this.clock.now() >= deadline) throw absent(topic, partition, known);
      await this.backOff(attempt);
    }
  }

  /** Number of partitions of those of the topics that exist, as of now. */
  async partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { topic, partitions } of await this.describe(topics)) counts.set(topic, partitions.length);
    return counts;
  }

  /** Those of the topics that exist, as of now; partitions in order. Waits a bounded while for topics that are just being made. */
  async describe(topics: readonly string[]): Promise<MetadataReply['topics']> {
    if (topics.length === 0) return [];
    const deadline = this.clock.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const reply = await this.link.send(ANY_NODE, 'Metadata', { topics });
      const existing = reply.topics.filter((topic) => topic.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      const failed = existing.find((topic) => topic.errorCode !== ErrorCode.NONE);
      if (failed === undefined) {
        for (const { partitions } of existing) partitions.sort((a, b) => a.partition - b.partition);
        return existing;
      }
      if (!isRetriable(failed.errorCode) || this.clock.now() >= deadline) {
        throw brokerError(failed.errorCode, `describe topic ${failed.topic}`);
      }
      await this.backOff(attempt);
    }
  }

  /**
   * The node that coordinates the group or the transactional id.
   * @throws BROKER_UNAVAILABLE when none is found within a bounded while, NOT_AUTHORIZED
   */
  coordinatorOf(type: CoordinatorType, key: string): Promise<NodeId> {
    const id = `${type}:${key}`;
    const known = this.#coordinators.get(id);
    if (known !== undefined) return known;
    const found = this.#findCoordinator(type, key);
    this.#coordinators.set(id, found);
    found.catch(() => {
      if (this.#coordinators.get(id) === found) this.#coordinators.delete(id);
    });
    return found;
  }

  forgetLeader(topic: string, partition: number): void {
    const known = this.#topics.get(topic);
    if (known !== undefined && partition in known.leaders) known.leaders[partition] = NO_LEADER;
  }

  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.delete(`${type}:${key}`);
  }

  async #findCoordinator(keyType: CoordinatorType, key: string): Promise<NodeId> {
    const deadline = this.clock.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const { errorCode, nodeId } = await this.link.send(ANY_NODE, 'FindCoordinator', { key, keyType });
      if (errorCode === ErrorCode.NONE) return nodeId;
      if (!isRetriable(errorCode) || this.clock.now() >= deadline) {
        throw brokerError(errorCode, `find the ${keyType} coordinator of ${key}`);
      }
      await this.backOff(attempt);
    }
  }

  /** Resolves after a Metadata reply that was asked for after this call. Calls meanwhile share the next request. */
  #load(topic: string): Promise<void> {
    this.#wanted.add(topic);
    if (this.#nextLoad === null) {
      const load = this.#lastLoad.then(async () => {
        const topics = [...this.#wanted];
        this.#wanted = new Set();
        this.#nextLoad = null;
        this.#learn(await this.link.send(ANY_NODE, 'Metadata', { topics }));
      });
      this.#lastLoad = load.catch(() => undefined);
      this.#nextLoad = load;
    }
    return this.#nextLoad;
  }

  #learn(reply: MetadataReply): void {
    for (const { topic, errorCode, partitions } of reply.topics) {
      const leaders: NodeId[] = new Array<NodeId>(partitions.length).fill(NO_LEADER);
      for (const { partition, leader } of partitions) leaders[partition] = leader;
      this.#topics.set(topic, { errorCode, leaders });
    }
  }
}

interface KnownTopic {
  readonly errorCode: number;
  /** By partition; NO_LEADER where there is none or it was forgotten. */
  readonly leaders: NodeId[];
}

function absent(topic: string, partition: number, known: KnownTopic | undefined): MillraceError {
  const errorCode = known?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const details = { topic, partition };
  if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    return new MillraceError('TOPIC_MISSING', `the topic ${topic} does not exist`, { details });
  }
  if (errorCode !== ErrorCode.NONE) return brokerError(errorCode, `find the leader of ${partitionName(details)}`);
  if (known !== undefined && !(partition in known.leaders)) {
    const message = `the topic ${topic} has ${known.leaders.length} partitions, there is no partition ${partition}`;
    return new MillraceError('TOPIC_MISSING', message, { details });
  }
  return new MillraceError('BROKER_UNAVAILABLE', `${partitionName(details)} has no leader`, { details });
}

function checkVersions(reply: ApiReply<'ApiVersions'>, broker: string): void {
  const offered = new Map(reply.apis.map((range) => [range.apiKey, range]));
  for (const api of Object.keys(SPOKEN_APIS) as ApiName[]) {
    const { key, version } = SPOKEN_APIS[api];
    const range = offered.get(key);
    if (range === undefined || version > range.maxVersion) throw tooOld(broker, `it does not offer ${api} v${version}`);
    if (version < range.minVersion) {
      const message = `the broker ${broker} no longer offers ${api} v${version}, only v${range.minVersion} and later`;
      throw new MillraceError('BROKER_ERROR', message, { details: { broker, api, version } });
    }
  }
  for (const { api, version } of SIGNS_OF_3_7) {
    const range = offered.get(SPOKEN_APIS[api].key);
    if (range === undefined || range.maxVersion < version) throw tooOld(broker, `it does not offer ${api} v${version}`);
  }
}

const tooOld = (broker: string, why: string): MillraceError =>
  new MillraceError('BROKER_TOO_OLD', `the broker ${broker} is older than Kafka 3.7: ${why}`, { details: { broker } });
