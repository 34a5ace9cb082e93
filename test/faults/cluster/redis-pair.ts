import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/service/local-services/free-port.ts';
import { RedisNode } from './redis-node.ts';

const HOST = '127.0.0.1';
const POLL_MS = 50;

/** A primary and its replica. Who is primary changes with `promote`; whoever routes clients is told by the caller. */
export class RedisPair {
  primary: RedisNode;
  replica: RedisNode;

  private constructor(primary: RedisNode, replica: RedisNode) {
    this.primary = primary;
    this.replica = replica;
  }

  /** Resolves when the replica has a copy of the (empty) primary. */
  static async open(dir: string): Promise<RedisPair> {
    const [first, second] = [await freePort(), await freePort()];
    const pair = new RedisPair(new RedisNode(first, join(dir, 'redis-1')), new RedisNode(second, join(dir, 'redis-2')));
    await Promise.all([pair.primary.start(), pair.replica.start()]);
    await pair.follow();
    return pair;
  }

  /** The replica stops following: from now on it is a primary that lacks what the other one still takes. */
  async detach(): Promise<void> {
    await this.replica.use((redis) => redis.replicaof('NO', 'ONE'));
  }

  /** The replica is the primary from now on, with whatever it has; the other one is to follow it, once it is told to. */
  async promote(): Promise<void> {
    await this.detach();
    [this.primary, this.replica] = [this.replica, this.primary];
  }

  /** Starts what does not run, and has the replica follow the primary; resolves when it has caught up. */
  async follow(): Promise<void> {
    await Promise.all([this.primary.start(), this.replica.start()]);
    await this.replica.use(async (redis) => {
      await redis.replicaof(HOST, this.primary.port);
      while (!(await redis.info('replication')).includes('master_link_status:up')) await sleep(POLL_MS);
    });
  }

  /** Both run, take writes, evict nothing, and the replica follows. */
  async heal(): Promise<void> {
    for (const node of [this.primary, this.replica]) {
      await node.start();
      node.resume();
      await node.use(async (redis) => {
        await redis.config('SET', 'maxmemory', '0');
        await redis.config('SET', 'maxmemory-policy', 'noeviction');
      });
    }
    await this.follow();
  }

  async close(): Promise<void> {
    await Promise.all([this.primary.kill(), this.replica.kill()]);
  }
}
