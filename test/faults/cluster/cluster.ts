import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/service/local-services/free-port.ts';
import { KafkaProxy } from '../proxy/kafka-proxy.ts';
import { RedisProxy } from '../proxy/redis-proxy.ts';
import type { Deployment } from './deployment.ts';
import { KafkaCluster } from './kafka-cluster.ts';
import type { Namespaces } from './namespaces.ts';
import { HOST, type NodePlace } from './node-settings.ts';
import type { RedisNode } from './redis-node.ts';
import { RedisPair } from './redis-pair.ts';
import type { WorkerProxies } from '../proxy/failpoint.ts';
import { WorkerSlot, type UnexpectedEnd } from './worker-slot.ts';

/** Ids of the brokers. */
export const NODES: readonly number[] = [1, 2, 3];
const SLOTS = [0, 1, 2];

/** How long the group waits for a worker that says nothing, ms; and brokers for the end of a transaction. */
export const SESSION_MS = 6_000;
export const TRANSACTION_MS = 6_000;

/** Short time limits, so that a campaign is not mostly waiting; little memory, since there are many processes. */
const WORKER_SETTINGS: Readonly<Record<string, string>> = {
  sessionTimeout: `${SESSION_MS} ms`,
  transactionTimeout: `${TRANSACTION_MS} ms`,
  'kafka.requestTimeout': '4 s',
  'redis.commandTimeout': '2 s',
  'state.cacheSize': '32 MB',
  fetchBufferSize: '16 MB',
};

export interface ClusterOptions {
  /** For data and logs; created when it is missing, the caller's to remove. */
  readonly dir: string;
  /** Settings of the workers that are added to ours or replace them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** One for each broker, which they then can be kept from each other in; the cluster closes them. Left out = all are on 127.0.0.1. */
  readonly namespaces?: Namespaces | null;
  /** The bug that is planted in all workers; left out = none. */
  readonly mutation?: string | null;
}

/**
 * Three brokers, a Redis with a replica, and three places for workers, each behind proxies of its own:
 *
 *     worker 0 ── proxies 0 ──┐
 *     worker 1 ── proxies 1 ──┼── brokers 1, 2, 3 ── whoever feeds, watches and judges
 *     worker 2 ── proxies 2 ──┴── Redis: primary ── replica
 */
export class Cluster {
  readonly dir: string;
  readonly kafka: KafkaCluster;
  readonly redis: RedisPair;
  readonly slots: readonly WorkerSlot[];
  #deployment: Deployment | null = null;

  private constructor(dir: string, kafka: KafkaCluster, redis: RedisPair, slots: readonly WorkerSlot[]) {
    this.dir = dir;
    this.kafka = kafka;
    this.redis = redis;
    this.slots = slots;
  }

  /** Starts the servers and the proxies; workers start when there is something to run. */
  static async open({ dir, settings = {}, namespaces = null, mutation = null }: ClusterOptions): Promise<Cluster> {
    mkdirSync(dir, { recursive: true });
    const redis = await RedisPair.open(dir);
    const hosts = NODES.map((id) => namespaces?.host(id) ?? HOST);
    const slotPorts = await Promise.all(NODES.map(() => freePorts(SLOTS.length)));
    const proxies = await Promise.all(
      SLOTS.map(async (slot): Promise<WorkerProxies> => ({
        kafka: await Promise.all(
          slotPorts.map((ports, i) => KafkaProxy.open({ target: { host: hosts[i], port: ports[slot] } })),
        ),
        redis: await RedisProxy.open({ target: target(redis.primary.port) }),
      })),
    );
    const nodes: NodePlace[] = [];
    for (const [i, id] of NODES.entries()) {
      const [broker, controller] = await freePorts(2);
      const advertised = proxies.map(({ kafka }) => kafka[i].port);
      nodes.push({ id, host: hosts[i], broker, controller, slots: slotPorts[i], advertised });
    }
    const kafka = await KafkaCluster.open(dir, nodes, namespaces);
    const slots = proxies.map(
      (own, index) =>
        new WorkerSlot({ index, dir, proxies: own, settings: { ...WORKER_SETTINGS, ...settings }, mutation }),
    );
    return new Cluster(dir, kafka, redis, slots);
  }

  /** What the workers run. */
  get deployment(): Deployment {
    if (this.#deployment === null) throw new Error('nothing is deployed yet');
    return this.#deployment;
  }

  /** Ends of workers that nobody asked for, oldest first. */
  get unexpectedEnds(): UnexpectedEnd[] {
    return this.slots.flatMap((slot) => slot.unexpectedEnds).toSorted((a, b) => a.atMs - b.atMs);
  }

  /** Every slot runs this from its next start on. */
  deploy(deployment: Deployment): void {
    this.#deployment = deployment;
    const file = this.write('topology.yaml', deployment.yaml);
    for (const slot of this.slots) slot.topologyFile = file;
  }

  /** Writes a file into the cluster's folder; returns its path. */
  write(name: string, content: string): string {
    const file = join(this.dir, name);
    writeFileSync(file, content);
    return file;
  }

  /** Starts the workers that do not run; resolves when all of them say that they and their tasks do. */
  async startWorkers(signal: AbortSignal): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.start()));
    await Promise.all(this.slots.map((slot) => slot.untilRunning(signal)));
  }

  /** Stops the workers in order; says how each ended. */
  stopWorkers(): Promise<string[]> {
    return Promise.all(this.slots.map((slot) => slot.stop()));
  }

  /** The workers of these slots find this server when they ask for Redis: connections that they have are cut. */
  routeRedis(node: RedisNode, slots: readonly WorkerSlot[] = this.slots): void {
    for (const { proxies } of slots) {
      proxies.redis.target = target(node.port);
      proxies.redis.cutAll();
    }
  }

  /**
   * Brings everything back to what it was at first, whatever a fault has left behind: free lines, running servers in sync, a worker in each
   * slot that runs the deployment.
   */
  async heal(signal: AbortSignal): Promise<void> {
    for (const { proxies } of this.slots) for (const proxy of [...proxies.kafka, proxies.redis]) proxy.clear();
    for (const slot of this.slots) slot.resume();
    await this.redis.heal();
    this.routeRedis(this.redis.primary);
    await this.kafka.heal(signal);
    this.deploy(this.deployment);
    await this.startWorkers(signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.kill()));
    await this.kafka.close();
    await this.redis.close();
    const proxies = this.slots.flatMap((slot) => [...slot.proxies.kafka, slot.proxies.redis]);
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
}

const target = (port: number) => ({ host: HOST, port });

/** Different from each other. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
