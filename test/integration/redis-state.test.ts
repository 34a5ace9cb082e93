import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StateBackend } from '../../src/core/state.ts';
import type { Row } from '../../src/core/types.ts';
import type { RedisBackendOptions } from '../../src/state/redis/backend.ts';
import {
  commit,
  contents,
  COUNTS,
  describeConformance,
  key,
  openFresh,
  put,
  read,
  SPECS,
} from '../state/conformance.ts';
import { PLAIN, runAgainstModel, SEGMENTED, steps } from '../state/model.ts';
import { CuttingProxy } from '../state/redis/cutting-proxy.ts';
import { NEVER_MS, redisFixture, task } from '../state/redis/fixture.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithServices } from '../support/with-services.ts';

const rowsOf = (count: number, value: number): Record<string, Row> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, [`k${i}`, value]]));

describeWithServices('redis backend', ['redis'], ({ redis: url }) => {
  const { onCleanUp, backend, application, tampering } = redisFixture(url);

  describeConformance(async () => {
    const app = application();
    return { backend: backend(app), task };
  });

  test('a server that answers and never evicts passes the check; one that is not there is unavailable', async () => {
    await backend(application()).check();
    const nowhere = backend(application(), { url: 'redis://127.0.0.1:1' });
    await expect(nowhere.check()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
  });

  test('what an owner had not written when it died is not in Redis, and is caught up by the next', async () => {
    const app = application();
    const first = backend(app, { writeDelayMs: NEVER_MS });
    const dead = await openFresh(first, task, 0);
    await commit(dead, 1, { a: ['a', 1] });
    await dead.flush();
    const lost = await commit(dead, 3, { a: ['a', 3], b: ['b', 3] });
    await first.close();

    const next = await backend(app).open(task, SPECS);
    expect(next.meta).toMatchObject({ position: 1 });
    await next.catchUp(lost, 3, 3);
    await next.claim(4);
    expect(await read(next.store('counts'), 'a', 'b')).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });

  test('a late write of an owner that was replaced is refused, whether its copy moved on or only its generation', async () => {
    for (const movedOn of [true, false]) {
      const app = application();
      const zombie = await openFresh(backend(app, { writeDelayMs: NEVER_MS }), task, 0);
      const unwritten = await commit(zombie, 1, { a: ['a', 1] });
      const owner = await backend(app).open(task, SPECS);
      if (movedOn) await owner.catchUp([...unwritten, put('counts', 'a', ['a', 2])], 2, 2);
      await owner.claim(3);
      await expect(zombie.flush()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
      expect(await read(owner.store('counts'), 'a')).toEqual([movedOn ? ['a', 2] : null]);
      await expect(zombie.store('counts').prefetch([key('a')])).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
    }
  });

  test('a write that starts from another position than the copy is at is refused as a mismatch', async () => {
    const app = application();
    const one = await openFresh(backend(app, { writeDelayMs: NEVER_MS }), task, 0);
    const other = await backend(app).open(task, SPECS);
    await other.catchUp([put('counts', 'a', ['a', 5])], 5, 5);
    await commit(one, 1, { b: ['b', 1] }).catch(() => {});
    await expect(one.flush()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    expect(await read(other.store('counts'), 'a', 'b')).toEqual([['a', 5], null]);
  });

  test('a write that somebody else already made is taken as written', async () => {
    const app = application();
    const one = await openFresh(backend(app, { writeDelayMs: NEVER_MS }), task, 0);
    await read(one.store('counts'), 'a');
    const other = await backend(app).open(task, SPECS);
    await other.catchUp([put('counts', 'a', ['a', 1])], 1, 1);
    await commit(one, 1, { a: ['a', 1] });
    await one.flush();
    expect(one.meta).toMatchObject({ position: 1 });
  });

  test('an evicted bucket is noticed when it is loaded, and the copy is as good as none from then on', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commit(owner, 1, rowsOf(1_000, 1));
    await owner.release();
    const redis = tampering(app);
    const buckets = (await redis.keys()).filter((name) => name.includes(':counts:'));
    expect(buckets.length).toBeGreaterThanOrEqual(10);
    await redis.remove([buckets[3]]);

    const reader = backend(app);
    const next = await backend(app).open(task, SPECS);
    await expect(read(next.store('counts'), ...Object.keys(rowsOf(1_000, 1)))).rejects.toMatchObject({
      code: 'STATE_MISMATCH',
    });
    expect(await reader.read(task, COUNTS, key('k1'))).toBeNull();
    await next.release();

    const rebuilt = await backend(app).open(task, SPECS);
    expect(rebuilt.meta).toBeNull();
    await rebuilt.reset('log');
    await rebuilt.catchUp([put('counts', 'k1', ['k1', 1])], 1, 1);
    await rebuilt.claim(2);
    expect(await read(rebuilt.store('counts'), 'k1', 'k2')).toEqual([['k1', 1], null]);
  });

  test('an evicted bucket is noticed when it is written', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commit(owner, 1, { a: ['a', 1], b: ['b', 1] });
    await owner.flush();
    const redis = tampering(app);
    await redis.remove((await redis.keys()).filter((name) => name.includes(':counts:')));
    await commit(owner, 2, { a: ['a', 2] });
    await expect(owner.flush()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    expect((await backend(app).open(task, SPECS)).meta).toBeNull();
  });

  test('a Redis that lost everything is noticed at the next load and at the next write', async () => {
    const app = application();
    const [loading, writing] = [backend(app, { cacheBytes: 0 }), backend(app)];
    const redis = tampering(app);
    const owner = await openFresh(loading, task);
    await commit(owner, 1, rowsOf(300, 1));
    await owner.flush();
    await redis.remove(await redis.keys());
    // With no room for a cache, everything not in use is dropped by the next load.
    await expect(
      (async () => {
        for (let i = 0; i < 300; i++) {
          await read(owner.store('counts'), `k${i}`);
          owner.seal();
        }
      })(),
    ).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    await owner.release();

    const writer = await openFresh(writing, task);
    await read(writer.store('counts'), 'a');
    await redis.remove(await redis.keys());
    await commit(writer, 1, { a: ['a', 1] });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    expect((await backend(app).open(task, SPECS)).meta).toBeNull();
  });

  test('a copy that went back in time is noticed at the next load and at the next write', async () => {
    for (const cacheBytes of [0, 1 << 20]) {
      const app = application();
      const owner = await openFresh(backend(app, { cacheBytes }), task);
      await commit(owner, 1, rowsOf(300, 1));
      await commit(owner, 2, { k0: ['k0', 2] });
      await owner.flush();
      const redis = tampering(app);
      const meta = (await redis.keys()).find((name) => name.endsWith(':meta'))!;
      await redis.client.call('hset', [meta, 'position', '1']);
      const goOn = async (): Promise<void> => {
        await commit(owner, 3, { k0: ['k0', 3] });
        await owner.flush();
      };
      await expect(goOn()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    }
  });

  test('two owners that begin anew at once: one of them is told that the copy is not what it saw', async () => {
    const app = application();
    const one = await backend(app).open(task, SPECS);
    const other = await backend(app).open(task, SPECS);
    await one.reset('log');
    await expect(other.reset('log')).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
  });

  test('the buckets of former incarnations are removed', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commit(owner, 1, rowsOf(2_000, 1));
    await owner.release();
    const next = await openFresh(backend(app), task);
    await commit(next, 1, { a: ['a', 1] });
    await next.flush();
    const redis = tampering(app);
    await eventually(async () => {
      const left = await redis.keys();
      expect(left.filter((name) => !name.includes(next.meta!.incarnation))).toEqual([
        expect.stringMatching(/:meta$/) as string,
      ]);
      const [garbage] = (await redis.client.call('hmget', [
        left.find((name) => name.endsWith(':meta'))!,
        'garbage',
      ])) as [Buffer | null];
      expect(garbage).toBeNull();
    });
  });

  test('the buckets of a copy whose meta hash was evicted are removed, too', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commit(owner, 1, rowsOf(2_000, 1));
    await owner.flush();
    const redis = tampering(app);
    const lost = await redis.keys();
    await redis.client.call('unlink', [lost.find((name) => name.endsWith(':meta'))!]);
    await owner.release();
    const next = await openFresh(backend(app), task);
    await commit(next, 1, { a: ['a', 1] });
    await next.flush();
    await eventually(async () => {
      const left = await redis.keys();
      expect(left.filter((name) => !name.includes(next.meta!.incarnation))).toEqual([
        expect.stringMatching(/:meta$/) as string,
      ]);
    });
    expect(await read(next.store('counts'), 'a')).toEqual([['a', 1]]);
  });

  test('a store that fits the cache is read once and never again', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commit(owner, 1, rowsOf(500, 1));
    await owner.flush();
    expect(owner.store('counts').prefetch(Object.keys(rowsOf(500, 1)).map(key))).toBeUndefined();
    expect(owner.store('counts').prefetch([key('unknown')])).toBeUndefined();
  });

  test('a store larger than the cache keeps to the budget and loses nothing', async () => {
    const app = application();
    const owner = await openFresh(backend(app, { cacheBytes: 200_000 }), task);
    for (let round = 1; round <= 20; round++) {
      const rows: Record<string, Row> = {};
      for (let i = 0; i < 500; i++) rows[`k${(round * 499 + i) % 5_000}`] = ['x', round];
      await commit(owner, round, rows);
      await owner.flush();
    }
    await read(owner.store('counts'), 'k1');
    owner.seal();
    expect(owner.cachedBytes).toBeLessThan(600_000);
    const found = await contents(owner.store('counts'));
    for (let i = 0; i < 500; i++) expect(found.get(key(`k${(20 * 499 + i) % 5_000}`))).toEqual(['x', 20]);
    expect(found.size).toBe(owner.store('counts').size);
  });

  test('a hundred thousand entries survive the way to Redis and back, by batches and by catching up', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commit(owner, 1, rowsOf(50_000, 1));
    await owner.release();
    const next = await backend(app).open(task, SPECS);
    const changes = Array.from({ length: 75_000 }, (_, i) => put('counts', `k${i + 25_000}`, [`k${i + 25_000}`, 2]));
    await next.catchUp(changes, 2, 2);
    await next.claim(3);
    const store = next.store('counts');
    expect(store.size).toBe(100_000);
    const names = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
    expect(await read(store, ...names)).toEqual(names.map((name, i) => [name, i < 25_000 ? 1 : 2]));
    const other = backend(app);
    for (const i of [0, 24_999, 25_000, 99_999, 100_000]) {
      const row = i === 100_000 ? null : [`k${i}`, i < 25_000 ? 1 : 2];
      expect(await other.read(task, COUNTS, key(`k${i}`))).toEqual({ row, position: 2 });
    }
  });

  test('loads, scans and outside readings during the growth of a store see every entry', async () => {
    const app = application();
    const owner = await openFresh(backend(app, { cacheBytes: 0, writeDelayMs: 0 }), task);
    const outside = backend(app);
    const store = owner.store('counts');
    for (let round = 0; round < 30; round++) {
      const rows: Record<string, Row> = {};
      for (let i = 0; i < 300; i++) rows[`${round}-${i}`] = ['x', round];
      await commit(owner, round, rows);
      const earlier = Array.from({ length: 200 }, (_, i) => `${Math.floor(round / 2)}-${i}`);
      const [rowsRead, found] = await Promise.all([
        read(store, ...earlier),
        round % 5 === 0 ? contents(store) : null,
        ...(round < 2 ? [] : earlier.slice(0, 5).map((name) => outside.read(task, COUNTS, key(name)))),
      ]);
      expect(rowsRead).toEqual(earlier.map(() => ['x', Math.floor(round / 2)]));
      if (found !== null) expect(found.size).toBe((round + 1) * 300);
      owner.seal();
      owner.discard();
    }
    await owner.flush();
    expect((await contents(store)).size).toBe(9_000);
  });

  test('with too much unwritten the next commit waits, and only then', async () => {
    const app = application();
    const owner = await openFresh(backend(app, { writeDelayMs: NEVER_MS, maxUnwrittenBytes: 10_000 }), task);
    const store = owner.store('counts');
    await store.prefetch([key('small'), key('large')]);
    store.put(key('small'), ['small', 1]);
    expect(owner.accept(owner.seal(), 1, 1)).toBeUndefined();
    await store.prefetch([key('large')]);
    store.put(key('large'), ['x'.repeat(20_000), 1]);
    const waiting = owner.accept(owner.seal(), 2, 2);
    expect(waiting).toBeInstanceOf(Promise);
    await waiting;
    expect(await backend(app).read(task, COUNTS, key('small'))).toEqual({ row: ['small', 1], position: 2 });
  });

  test('lost replies are neither lost nor doubled writes', async () => {
    const proxy = await CuttingProxy.to(url);
    onCleanUp(() => proxy.close());
    const app = application();
    const owner = await openFresh(backend(app, { url: proxy.url, writeDelayMs: NEVER_MS }), task);
    const rows: Record<string, Row> = {};
    for (let n = 1; n <= 12; n++) {
      for (let i = 0; i < 400; i++) rows[`${n}-${i}`] = ['x', n];
      await commit(owner, n, rows);
      // Each flush asks for chunks and growth in turn: now the one, now the other goes without an answer.
      proxy.cutAfter(n <= 8 ? 1 + (n % 2) : n - 6);
      await owner.flush();
    }
    expect(proxy.cuts).toBe(12);
    proxy.cutAfter(Infinity);
    await owner.release();
    const next = await backend(app).open(task, SPECS);
    expect(next.meta).toMatchObject({ position: 12 });
    expect(next.store('counts').size).toBe(4_800);
    expect((await contents(next.store('counts'))).size).toBe(4_800);
  });

  describe('against plain maps', () => {
    const variants: { title: string; options: Partial<RedisBackendOptions>; lossy: boolean }[] = [
      { title: 'with everything cached', options: { writeDelayMs: NEVER_MS }, lossy: false },
      { title: 'with hardly any cache', options: { writeDelayMs: 1, cacheBytes: 5_000 }, lossy: false },
      { title: 'with lost replies', options: { writeDelayMs: 0, cacheBytes: 20_000 }, lossy: true },
    ];
    for (const subject of [PLAIN, SEGMENTED]) {
      for (const { title, options, lossy } of variants) {
        test(`any sequence of batches, commits, discards, handovers and crashes gives the same, ${subject.title} ${title}`, async () => {
          const proxy = await CuttingProxy.to(url);
          onCleanUp(() => proxy.close());
          await fc.assert(
            fc.asyncProperty(steps, async (script) => {
              const app = application();
              const start = (): StateBackend => backend(app, { ...options, url: lossy ? proxy.url : url });
              let process = start();
              const processes = {
                current: () => process,
                async crash() {
                  await process.close();
                  process = start();
                },
                cutAfter: (replies: number) => proxy.cutAfter(replies),
              };
              await runAgainstModel(processes, task, script, subject);
            }),
            { numRuns: 60 },
          );
          // How many replies are cut depends on the scripts drawn; none at all would prove nothing.
          if (lossy) expect(proxy.cuts).toBeGreaterThan(0);
        });
      }
    }
  });
});
