import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/core/system-clock.ts';
import { ANY_NODE, type MetadataReply } from '../../../src/kafka/api.ts';
import { KafkajsLink } from '../../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { newClusterId } from '../../../src/service/local-services/kafka.ts';
import { KafkaNode } from './kafka-node.ts';
import type { Namespaces } from './namespaces.ts';
import type { NodePlace } from './node-settings.ts';
import { TopicChanges } from './topic-changes.ts';

const POLL_MS = 200;

type Topic = MetadataReply['topics'][number];

/** Three nodes, reached past the proxies of the workers: by whoever feeds, watches and judges. */
export class KafkaCluster {
  readonly nodes: readonly KafkaNode[];
  /** `host:port` of every node. */
  readonly brokers: readonly string[];
  readonly transport: KafkaTransport;
  readonly changes: TopicChanges;
  readonly #namespaces: Namespaces | null;
  readonly #link: KafkajsLink;

  private constructor(nodes: readonly KafkaNode[], namespaces: Namespaces | null) {
    this.nodes = nodes;
    this.#namespaces = namespaces;
    this.brokers = nodes.map(({ place }) => `${place.host}:${place.broker}`);
    this.#link = new KafkajsLink({ brokers: this.brokers, clientId: 'faults' });
    this.transport = new KafkaTransport(this.#link, systemClock);
    this.changes = new TopicChanges(this.brokers);
  }

  /** Starts the nodes; resolves when all of them take requests. */
  static async open(dir: string, places: readonly NodePlace[], namespaces: Namespaces | null): Promise<KafkaCluster> {
    const clusterId = newClusterId();
    const nodes = places.map((place) => {
      const launcher = namespaces?.launcher(place.id) ?? [];
      return new KafkaNode({ place, nodes: places, launcher, clusterId, dir: join(dir, `kafka-${place.id}`) });
    });
    // None of them answers before there is a majority.
    await Promise.all(nodes.map((node) => node.start()));
    return new KafkaCluster(nodes, namespaces);
  }

  node(id: number): KafkaNode {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  /**
   * The networks of the nodes, which keep them from each other and from nobody else.
   * @throws when nodes have none of their own
   */
  get namespaces(): Namespaces {
    if (this.#namespaces === null) throw new Error('nodes can be kept from each other in namespaces only');
    return this.#namespaces;
  }

  /** The node that leads the partition now. */
  async leaderOf(topic: string, partition: number): Promise<KafkaNode> {
    const [described] = await this.describe([topic]);
    const found = described?.partitions.find((candidate) => candidate.partition === partition);
    if (found === undefined) throw new Error(`there is no partition ${topic}-${partition}`);
    return this.node(found.leader);
  }

  /** The node that coordinates the group, or the transactional id, now. */
  async coordinatorOf(keyType: 'group' | 'transaction', key: string): Promise<KafkaNode> {
    const { errorCode, nodeId } = await this.#link.send(ANY_NODE, 'FindCoordinator', { key, keyType });
    if (errorCode !== 0) throw new Error(`the ${keyType} coordinator of ${key} is not known: error ${errorCode}`);
    return this.node(nodeId);
  }

  /** The topics as Metadata has them now; null = all there are. */
  async describe(topics: readonly string[] | null): Promise<Topic[]> {
    return (await this.#link.send(ANY_NODE, 'Metadata', { topics })).topics;
  }

  /** Resolves when every partition of every topic has a leader and all of its copies are in sync. */
  async untilInSync(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const behind = await this.#behind();
      if (behind === 0) return;
      await sleep(POLL_MS);
    }
  }

  /** Starts and resumes whatever does not run, and waits until all copies are in sync again. */
  async heal(signal: AbortSignal): Promise<void> {
    await this.#namespaces?.joinAll();
    await Promise.all(this.nodes.map((node) => node.start()));
    for (const node of this.nodes) node.resume();
    await this.untilInSync(signal);
  }

  async close(): Promise<void> {
    await this.changes.close().catch(() => undefined);
    await this.transport.close();
    // Three that shut down in order would wait for each other; nobody needs their data.
    await Promise.all(this.nodes.map((node) => node.kill()));
    this.#namespaces?.close();
  }

  /** Partitions that are not in sync; at least 1 while nobody can say. */
  async #behind(): Promise<number> {
    try {
      const partitions = (await this.describe(null)).flatMap((topic) => topic.partitions);
      return partitions.filter(({ leader, replicas, inSyncReplicas }) => {
        return leader < 0 || inSyncReplicas.length < replicas.length;
      }).length;
    } catch {
      return 1;
    }
  }
}
