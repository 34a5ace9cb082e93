import type { Redis } from 'ioredis';
import { applicationPattern } from '../../../src/state/redis/layout.ts';
import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';

/** Redis that dies, forgets, goes back, fills up and stalls. All of it is past the proxies, at the server. */
export const REDIS_FAULTS: readonly Fault[] = [
  fault('redis', 'redis-kill', 'SIGKILL of Redis, which comes back empty at once', async (injection) => {
    await killFor(injection, 0);
  }),
  fault('redis', 'redis-away', 'SIGKILL of Redis, which comes back empty after 10 to 20 s', async (injection) => {
    await killFor(injection, injection.between(10_000, 20_000));
  }),
  fault('redis', 'redis-flushall', 'FLUSHALL, once and again while state is being rebuilt', async (injection) => {
    const { primary } = injection.cluster.redis;
    for (let i = 0; i < 3; i++) {
      injection.note('Redis loses everything');
      await primary.use((redis) => redis.flushall());
      await injection.wait(injection.between(100, 3_000));
    }
  }),
  fault(
    'redis',
    'redis-failover',
    'the primary is killed and a replica takes its place that lacks the last 0.2 to 4 s',
    async (injection) => {
      const { cluster } = injection;
      const { redis } = cluster;
      injection.note('the replica follows no more');
      await redis.detach();
      await injection.wait(injection.between(200, 4_000));
      injection.note('the primary is killed, the replica takes its place');
      await redis.primary.kill();
      await injection.wait(injection.between(0, 3_000));
      await redis.promote();
      cluster.routeRedis(redis.primary);
      await injection.wait(2_000);
      injection.note('the former primary follows, empty');
      await redis.follow();
    },
  ),
  fault(
    'redis',
    'redis-split',
    'a failover that one worker does not hear of: for a while there are two primaries',
    async (injection) => {
      const { cluster } = injection;
      const { redis } = cluster;
      const [unaware, ...others] = injection.shuffled(cluster.slots);
      injection.note(`the replica is a primary too, for all but worker ${unaware.index}`);
      await redis.promote();
      cluster.routeRedis(redis.primary, others);
      await injection.wait(injection.between(2_000, 6_000));
      injection.note(`worker ${unaware.index} stops, others take over its tasks`);
      await unaware.kill();
      await injection.wait(injection.between(0, 3_000));
      cluster.routeRedis(redis.primary, [unaware]);
      await unaware.start();
      injection.note('the former primary follows');
      await redis.follow();
    },
  ),
  fault(
    'redis',
    'redis-goes-back',
    'Redis is as it was 3 to 8 s ago, and then it is again as it should have been',
    async (injection) => {
      const { cluster } = injection;
      const { redis } = cluster;
      injection.note('the replica follows no more');
      await redis.detach();
      await injection.wait(injection.between(3_000, 8_000));
      injection.note('all workers have the stale replica');
      cluster.routeRedis(redis.replica);
      await injection.wait(injection.between(500, 5_000));
      injection.note('all workers have the former primary, which knows nothing of that');
      cluster.routeRedis(redis.primary);
      await injection.wait(2_000);
      await redis.follow();
    },
  ),
  fault('redis', 'redis-evicts', 'Redis is full, is allowed to evict, and does', async (injection) => {
    await injection.cluster.redis.primary.use(async (redis) => {
      const used = await usedBytes(redis);
      injection.note('Redis may evict and is filled');
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await redis.config('SET', 'maxmemory', String(used + 4_000_000));
      try {
        await fill(redis, 8_000_000);
        await injection.wait(6_000);
        const evicted = /evicted_keys:(\d+)/.exec(await redis.info('stats'))?.[1];
        if (evicted === '0') throw new Error('nothing was evicted');
        injection.note(`${evicted} keys were evicted so far; Redis may no longer evict`);
      } finally {
        await redis.config('SET', 'maxmemory-policy', 'noeviction');
        await redis.config('SET', 'maxmemory', '0');
        await unlinkAll(redis, `${FILLER}:*`);
      }
    });
  }),
  fault('redis', 'redis-full', 'Redis takes no more writes for 5 to 15 s', async (injection) => {
    await injection.cluster.redis.primary.use(async (redis) => {
      injection.note('maxmemory is what is used');
      await redis.config('SET', 'maxmemory', String(Math.floor((await usedBytes(redis)) / 2)));
      try {
        await injection.wait(injection.between(5_000, 15_000));
      } finally {
        await redis.config('SET', 'maxmemory', '0');
        injection.note('maxmemory is raised');
      }
    });
  }),
  ...[
    lostKeys('redis-bucket-lost', 'a bucket is deleted', (keys) => keys.filter((key) => !key.endsWith(':meta')), 1),
    lostKeys(
      'redis-buckets-lost',
      'some buckets are deleted',
      (keys) => keys.filter((key) => !key.endsWith(':meta')),
      8,
    ),
    lostKeys(
      'redis-meta-lost',
      'what says how far a copy is gets deleted',
      (keys) => keys.filter((key) => key.endsWith(':meta')),
      1,
    ),
  ],
  fault('redis', 'redis-entry-lost', 'an entry of a bucket is deleted', async (injection) => {
    const { cluster } = injection;
    await cluster.redis.primary.use(async (redis) => {
      const buckets = (await keysOf(redis, injection)).filter((key) => !key.endsWith(':meta'));
      const bucket = injection.oneOf(buckets);
      const field = injection.oneOf(await redis.hkeys(bucket));
      injection.note(`${JSON.stringify(field)} of ${bucket} is deleted`);
      await redis.hdel(bucket, field);
    });
  }),
  fault('redis', 'redis-script-flush', 'SCRIPT FLUSH, three times', async (injection) => {
    for (let i = 0; i < 3; i++) {
      injection.note('Redis forgets its scripts');
      await injection.cluster.redis.primary.use((redis) => redis.script('FLUSH'));
      await injection.wait(injection.between(100, 2_000));
    }
  }),
  fault('redis', 'redis-client-kill', 'CLIENT KILL of all connections, ten times', async (injection) => {
    await injection.cluster.redis.primary.use(async (redis) => {
      for (let i = 0; i < 10; i++) {
        injection.note('all connections to Redis are closed');
        await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await injection.wait(injection.between(20, 1_000));
      }
    });
  }),
  fault('redis', 'redis-stall', 'SIGSTOP of Redis for 8 s', async (injection) => {
    await stallFor(injection, 8_000);
  }),
  fault('redis', 'redis-stall-short', 'SIGSTOP of Redis, ten times for 0.1 to 1.5 s', async (injection) => {
    for (let i = 0; i < 10; i++) {
      await stallFor(injection, injection.between(100, 1_500));
      await injection.wait(injection.between(50, 500));
    }
  }),
  fault('redis', 'redis-kill-and-worker', 'Redis and a worker are killed at the same moment', async (injection) => {
    const slot = injection.victim();
    injection.note(`Redis and worker ${slot.index} are killed`);
    await Promise.all([injection.cluster.redis.primary.kill(), slot.kill()]);
    await slot.start();
    await injection.wait(injection.between(0, 4_000));
    await injection.cluster.redis.follow();
    injection.note('Redis is back, empty');
  }),
];

const FILLER = 'filler';

async function killFor(injection: Injection, ms: number): Promise<void> {
  const { redis } = injection.cluster;
  injection.note('Redis is killed');
  await redis.primary.kill();
  await injection.wait(ms);
  await redis.follow();
  injection.note('Redis is back, empty');
}

async function stallFor(injection: Injection, ms: number): Promise<void> {
  const { primary } = injection.cluster.redis;
  injection.note(`Redis stalls for ${Math.round(ms)} ms`);
  primary.pause();
  try {
    await injection.wait(ms);
  } finally {
    primary.resume();
    injection.note('Redis goes on');
  }
}

function lostKeys(name: string, about: string, among: (keys: readonly string[]) => string[], count: number): Fault {
  return fault('redis', name, about, async (injection) => {
    await injection.cluster.redis.primary.use(async (redis) => {
      const victims = injection.shuffled(among(await keysOf(redis, injection))).slice(0, count);
      if (victims.length === 0) throw new Error('there is no such key in Redis');
      injection.note(`deleted: ${victims.join(' ')}`);
      await redis.del(...victims);
    });
    // What is lost shows when it is read: what the workers have in memory they have to forget first.
    if (injection.chance(0.5)) {
      const slot = injection.victim();
      injection.note(`worker ${slot.index} is killed and starts again`);
      await slot.kill();
      await slot.start();
    }
  });
}

/** All keys of the topology. */
async function keysOf(redis: Redis, { cluster }: Injection): Promise<string[]> {
  return scan(redis, applicationPattern(cluster.deployment.plan.name));
}

async function scan(redis: Redis, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  return [...new Set(keys)].toSorted();
}

async function unlinkAll(redis: Redis, pattern: string): Promise<void> {
  const keys = await scan(redis, pattern);
  if (keys.length > 0) await redis.unlink(...keys);
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

/** Foreign keys that take at least so much memory. */
async function fill(redis: Redis, bytes: number): Promise<void> {
  const value = 'x'.repeat(10_000);
  for (let i = 0; i * value.length < bytes; i++) await redis.set(`${FILLER}:${i}`, value);
}
