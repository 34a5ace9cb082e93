import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { MillraceError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import type { LocalService } from '../../src/service/local-services/local-service.ts';
import { startRedis } from '../../src/service/local-services/redis.ts';
import { RedisBackend, type RedisBackendOptions } from '../../src/state/redis/backend.ts';
import { RedisClient } from '../../src/state/redis/client.ts';
import { IoredisConnection } from '../../src/state/redis/ioredis-connection.ts';
import { RedisProxy } from '../faults/proxy/redis-proxy.ts';
import { commit, contents, COUNTS, key, openFresh, read, SPECS } from '../state/conformance.ts';
import { eventually } from '../support/eventually.ts';
import { suiteTempDir } from '../support/temp-dir.ts';
import { describeWithServices } from '../support/with-services.ts';

const task = { subTopology: 'counts', partition: 0 };

/** What may befall a whole server; each test has one of its own. */
describeWithServices('redis backend on a failing server', ['redis'], () => {
  const cleanups: (() => Promise<void> | void)[] = [];
  let server: LocalService;
  const dataDir = suiteTempDir();

  beforeEach(async (context) => {
    try {
      server = await startRedis({ dataDir, port: 0 });
    } catch (error) {
      if (process.env['CI'] !== 'true' && error instanceof MillraceError && error.code === 'SERVICE_MISSING') {
        context.skip(error.message);
      }
      throw error;
    }
    cleanups.push(() => server.stop());
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  function backend(options: Partial<RedisBackendOptions> = {}, clock: Clock = systemClock): RedisBackend {
    const connection = new IoredisConnection({ url: server.address });
    const made = new RedisBackend(connection, { application: 'app', writeDelayMs: 1, ...options }, clock);
    cleanups.push(() => made.close());
    return made;
  }

  async function command(name: string, ...args: string[]): Promise<string> {
    const client = new RedisClient(new IoredisConnection({ url: server.address }), systemClock);
    try {
      return String(await client.call(name, args));
    } finally {
      client.close();
    }
  }

  test('a server that may evict is refused, with the setting that has to change', async () => {
    await command('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    await backend().check();
    await command('config', 'set', 'maxmemory', '100mb');
    await expect(backend().check()).rejects.toMatchObject({
      code: 'STATE_MISCONFIGURED',
      message: expect.stringContaining('noeviction') as string,
    });
    await command('config', 'set', 'maxmemory-policy', 'noeviction');
    await backend().check();
  });

  test('a server without memory delays what was committed, and loses none of it', async () => {
    const sleeps: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep(ms, signal) {
        sleeps.push(ms);
        return systemClock.sleep(ms, signal);
      },
    };
    const owner = await openFresh(backend({}, clock), task);
    await read(owner.store('counts'), 'a');
    await command('config', 'set', 'maxmemory', '1');
    await commit(owner, 1, { a: ['a', 1] });
    await commit(owner, 2, { a: ['a', 2] });
    const flushed = owner.flush();
    // Waited twice as long after the second refusal as after the first.
    await eventually(() => expect(sleeps).toEqual(expect.arrayContaining([50, 100])));
    expect(await read(owner.store('counts'), 'a')).toEqual([['a', 2]]);
    await command('config', 'set', 'maxmemory', '0');
    await flushed;
    expect(await backend().read(task, COUNTS, key('a'))).toEqual({ row: ['a', 2], position: 2 });
  });

  test('broken connections and forgotten scripts change nothing', async () => {
    const owner = await openFresh(backend({ cacheBytes: 0 }), task);
    for (let n = 1; n <= 5; n++) {
      await command('script', 'flush');
      await command('client', 'kill', 'type', 'normal');
      await commit(owner, n, { [`a${n}`]: ['a', n], shared: ['s', n] });
      await owner.flush();
    }
    expect(owner.store('counts').size).toBe(6);
    expect((await contents(owner.store('counts'))).get(key('shared'))).toEqual(['s', 5]);
  });

  test('an owner goes on while the server is away, and notices that it came back empty', async () => {
    const owner = await openFresh(backend(), task);
    await commit(owner, 1, { a: ['a', 1] });
    await owner.flush();
    await server.stop();
    await commit(owner, 2, { a: ['a', 2] });
    expect(await read(owner.store('counts'), 'a')).toEqual([['a', 2]]);
    server = await startRedis({ dataDir, port: server.port });
    await expect(owner.flush()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    await owner.release();
    expect((await backend().open(task, SPECS)).meta).toBeNull();
  });

  test('a restart is noticed even by a task that neither reads nor writes', async () => {
    const owner = await openFresh(backend({ watchIntervalMs: 20 }), task);
    await commit(owner, 1, { a: ['a', 1] });
    await owner.flush();
    const watched = (): Promise<string> => command('info', 'commandstats');
    await eventually(async () => expect(await watched()).toMatch(/cmdstat_info:calls=\d\d/));
    await server.stop();
    server = await startRedis({ dataDir, port: server.port });
    await eventually(async () => {
      await expect(read(owner.store('counts'), 'a')).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    });
  });

  test('a server that cannot be reached is reported as such, once it was tried for a while', async () => {
    const owner = await openFresh(backend({ cacheBytes: 0 }), task);
    await commit(owner, 1, { a: ['a', 1] });
    await owner.flush();
    await server.stop();
    await expect(read(owner.store('counts'), 'a', 'b')).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    await expect(backend().check()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });

  test('a connection on which the server fell silent is given up for a new one', async () => {
    const proxy = await RedisProxy.open({ target: { host: '127.0.0.1', port: server.port } });
    cleanups.push(() => proxy.close());
    const connection = new IoredisConnection({ url: proxy.url, commandTimeoutMs: 300 });
    cleanups.push(async () => connection.close());
    await connection.call('ping', []);
    // Neither this reply nor any behind it on the same connection.
    proxy.add({ direction: 'reply', nth: 1, action: { kind: 'hold' } });
    await expect(connection.call('ping', [])).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    await eventually(async () => expect(String(await connection.call('ping', []))).toBe('PONG'));
  });

  test('a handover without a server ends in time and leaves the rest to the changelog', async () => {
    const owner = await openFresh(backend({ handoverMs: 50 }), task);
    await read(owner.store('counts'), 'a');
    await server.stop();
    await commit(owner, 1, { a: ['a', 1] });
    await owner.release();
    server = await startRedis({ dataDir, port: server.port });
    expect((await backend().open(task, SPECS)).meta).toBeNull();
  });
});
