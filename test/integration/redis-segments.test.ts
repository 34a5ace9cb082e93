import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Row } from '../../src/core/types.ts';
import { contents, openFresh, SPECS, WINDOWS } from '../state/conformance.ts';
import { CuttingProxy } from '../state/redis/cutting-proxy.ts';
import { NEVER_MS, redisFixture, task } from '../state/redis/fixture.ts';
import { commitInto, commitTake, describeSegments, rowsOf, within } from '../state/segments.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithServices } from '../support/with-services.ts';

/** Rows of many segments, one each. */
const oneEach = (segments: number): Record<number, Record<string, Row>> =>
  Object.fromEntries(Array.from({ length: segments }, (_, i) => [i, { a: ['a', i] }]));

describeWithServices('segmented stores in Redis', ['redis'], ({ redis: url }) => {
  const { onCleanUp, backend, application, tampering } = redisFixture(url);

  describeSegments(async () => ({ backend: backend(application()), task }));

  test('a closed segment leaves no bucket, and nothing in the directory', async () => {
    const app = application();
    const redis = tampering(app);
    const owner = await openFresh(backend(app), task);
    await commitInto(owner, 1, { 10: rowsOf(1_000, 1), 20: rowsOf(1_000, 1) });
    await owner.flush();
    expect((await redis.keys()).filter((name) => name.includes(':windows@10:')).length).toBeGreaterThan(10);
    await commitTake(owner, 2, 10, 400);
    await owner.flush();
    await commitTake(owner, 3, 10);
    await owner.flush();
    const left = await redis.keys();
    expect(left.filter((name) => name.includes(':windows@10:'))).toEqual([]);
    expect(left.filter((name) => name.includes(':windows@20:')).length).toBeGreaterThan(10);
    expect([...(await redis.meta()).keys()].filter((field) => field.includes('windows@10'))).toEqual([]);
    await commitTake(owner, 4, 20);
    await owner.flush();
    expect(await redis.keys()).toEqual([expect.stringMatching(/:meta$/) as string]);
    expect([...(await redis.meta()).keys()].filter((field) => field.includes('@'))).toEqual([]);
  });

  test('a segment that came and went between two writes never reaches Redis', async () => {
    const app = application();
    const redis = tampering(app);
    const owner = await openFresh(backend(app, { writeDelayMs: NEVER_MS }), task);
    await commitInto(owner, 1, { 10: rowsOf(1_000, 1), 20: { kept: ['kept', 1] } });
    await commitTake(owner, 2, 10);
    await redis.client.call('config', ['resetstat']);
    await owner.flush();
    const meta = await redis.meta();
    expect(meta.get('position')).toBe('2');
    expect([...meta.keys()].filter((field) => field.includes('@')).toSorted()).toEqual([
      'count:windows@20:0',
      'entries:windows@20',
    ]);
    // A thousand deletions, or the growth for a thousand entries, would show here.
    const stats = String(await redis.client.call('info', ['commandstats']));
    expect(stats).toMatch(/cmdstat_hset:calls=[1-5],/);
    expect(stats).not.toMatch(/cmdstat_(hdel:calls=\d\d|unlink)/);
    expect(owner.cachedBytes).toBeLessThan(500);
  });

  test('a thousand segments cost the directory little, and are known to the next owner', async () => {
    const app = application();
    const redis = tampering(app);
    const owner = await openFresh(backend(app), task);
    await commitInto(owner, 1, oneEach(1_000));
    await owner.release();
    const name = (await redis.keys()).find((key) => key.endsWith(':meta'))!;
    expect((await redis.meta()).size).toBeLessThan(2_020);
    expect(Number(await redis.client.call('memory', ['usage', name, 'samples', '0']))).toBeLessThan(300_000);
    const next = await backend(app).open(task, SPECS);
    await next.claim(2);
    const store = next.store('windows');
    expect([store.size, store.firstSegment]).toEqual([1_000, 0]);
    for (let segment = 0; segment < 1_000; segment++) {
      expect(store.firstSegment).toBe(segment);
      expect(await store.take(segment, 10)).toEqual([[within(segment, 'a'), ['a', segment]]]);
    }
    await next.accept(next.seal(), 3, 3);
    await next.flush();
    expect([store.firstSegment, next.cachedBytes]).toEqual([Infinity, 0]);
    expect((await redis.meta()).size).toBeLessThan(20);
  });

  test('a segment that nobody wrote to needs no reading', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commitInto(owner, 1, oneEach(10));
    await owner.release();
    const next = await backend(app).open(task, SPECS);
    await next.claim(2);
    expect(next.store('windows').prefetch([within(11, 'a'), within(-1, 'b')])).toBeUndefined();
    const asked = next.store('windows').prefetch([within(5, 'a')]);
    expect(asked).toBeInstanceOf(Promise);
    await asked;
  });

  test('closing a large segment in steps holds a step at a time', async () => {
    const app = application();
    const owner = await openFresh(backend(app), task);
    await commitInto(owner, 1, { 10: rowsOf(20_000, 1) });
    const whole = owner.cachedBytes;
    await owner.release();
    const next = await backend(app).open(task, SPECS);
    await next.claim(2);
    let most = 0;
    for (let position = 3; next.store('windows').firstSegment === 10; position++) {
      await commitTake(next, position, 10, 1_000);
      most = Math.max(most, next.cachedBytes);
      await next.flush();
    }
    expect(next.cachedBytes).toBe(0);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(whole / 5);
  });

  test('an evicted bucket of a segment is noticed when it is loaded, taken, written or read from outside', async () => {
    type Owner = Awaited<ReturnType<typeof openFresh>>;
    const uses: ((owner: Owner) => Promise<unknown>)[] = [
      async (owner) => owner.store('windows').prefetch([within(20, 'k0')]),
      (owner) => owner.store('windows').take(20, 1_000),
      async (owner) => {
        await owner.catchUp([{ store: 'windows', key: within(20, 'k0'), value: null }], 2, 2);
      },
    ];
    for (const use of uses) {
      const app = application();
      const redis = tampering(app);
      const first = await openFresh(backend(app), task);
      await commitInto(first, 1, { 10: rowsOf(10, 1), 20: rowsOf(10, 1) });
      await first.release();
      const next = await backend(app).open(task, SPECS);
      await next.claim(2);
      await redis.remove((await redis.keys()).filter((name) => name.includes(':windows@20:')));
      expect(await backend(app).read(task, WINDOWS, within(20, 'k0'))).toBeNull();
      expect((await next.store('windows').take(10, 1_000)).length).toBe(10);
      await expect(use(next)).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
      await next.release();
      expect((await backend(app).open(task, SPECS)).meta).toBeNull();
    }
  });

  test('a bucket that holds more than its owner knows is not taken for closed', async () => {
    const app = application();
    const redis = tampering(app);
    const owner = await openFresh(backend(app), task);
    await commitInto(owner, 1, { 10: rowsOf(10, 1) });
    await owner.flush();
    const bucket = (await redis.keys()).find((name) => name.includes(':windows@10:'))!;
    const meta = (await redis.keys()).find((name) => name.endsWith(':meta'))!;
    await redis.client.call('hset', [bucket, '0000foreign', 'x']);
    await redis.client.call('hincrby', [meta, 'count:windows@10:0', '1']);
    await commitTake(owner, 2, 10);
    await expect(owner.flush()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
    expect((await backend(app).open(task, SPECS)).meta).toBeNull();
  });

  test('the segments of former incarnations are removed', async () => {
    const app = application();
    const redis = tampering(app);
    const owner = await openFresh(backend(app), task);
    await commitInto(owner, 1, { ...oneEach(700), 1_000: rowsOf(500, 1) });
    await owner.release();
    const next = await openFresh(backend(app), task);
    expect(next.store('windows').firstSegment).toBe(Infinity);
    await commitInto(next, 1, { 5: { b: ['b', 1] } });
    await next.flush();
    await eventually(async () => {
      const left = await redis.keys();
      expect(left.filter((name) => !name.includes(next.meta!.incarnation))).toEqual([
        expect.stringMatching(/:meta$/) as string,
      ]);
    });
    expect(await contents(next.store('windows'))).toEqual(new Map([[within(5, 'b'), ['b', 1]]]));
  });

  test('a segment whose end Redis did not confirm ends once, in whichever chunk and whatever else was in it', async () => {
    const proxy = await CuttingProxy.to(url);
    onCleanUp(() => proxy.close());
    for (let after = 1; after <= 8; after++) {
      const app = application();
      const redis = tampering(app);
      const owner = await openFresh(backend(app, { url: proxy.url, writeDelayMs: NEVER_MS }), task);
      await commitInto(owner, 1, { 10: rowsOf(500, 1) });
      await owner.flush();
      await commitTake(owner, 2, 10);
      await commitInto(owner, 3, { 20: rowsOf(2_500, 3), ...(after % 2 === 0 ? {} : { 10: { late: ['late', 3] } }) });
      proxy.cutAfter(after);
      await owner.flush();
      proxy.cutAfter(Infinity);
      const left = (await redis.keys()).filter((name) => name.includes(':windows@10:'));
      expect(left.length).toBe(after % 2);
      expect((await contents(owner.store('windows'))).size).toBe(2_500 + (after % 2));
      await owner.release();
    }
    expect(proxy.cuts).toBeGreaterThanOrEqual(4);
  });

  test('a load that comes while the end of its segment is in doubt waits for the answer', async () => {
    const proxy = await CuttingProxy.to(url);
    onCleanUp(() => proxy.close());
    const app = application();
    const redis = tampering(app);
    const first = await openFresh(backend(app), task);
    await commitInto(first, 1, { 10: rowsOf(500, 1) });
    await first.flush();
    const names = Object.keys(rowsOf(500, 1)).map((name) => within(10, name));
    await first.store('windows').prefetch(names);
    for (const name of names.slice(1)) first.store('windows').delete(name);
    await first.accept(first.seal(), 2, 2);
    await first.release();

    // The first wait before a repetition, which is that of the write, ends when the test says so.
    const repeated = Promise.withResolvers<void>();
    let held = false;
    const clock: Clock = {
      ...systemClock,
      sleep(ms, signal) {
        if (ms !== 50 || held) return systemClock.sleep(ms, signal);
        held = true;
        return repeated.promise;
      },
    };
    const owner = await backend(app, { url: proxy.url, writeDelayMs: NEVER_MS }, clock).open(task, SPECS);
    await owner.claim(3);
    const store = owner.store('windows');
    await store.prefetch([names[0]]);
    store.delete(names[0]);
    await owner.accept(owner.seal(), 4, 4);
    proxy.cutAfter(1);
    const flushed = owner.flush();
    await eventually(() => expect(held).toBe(true));
    await redis.client.call('config', ['resetstat']);
    const loaded = store.prefetch(names);
    const failure = loaded!.then(
      () => null,
      (error: unknown) => error,
    );
    await eventually(async () => {
      expect(String(await redis.client.call('info', ['commandstats']))).toMatch(/cmdstat_evalsha:calls=[1-9]/);
    });
    repeated.resolve();
    await flushed;
    expect(await failure).toBeNull();
    expect(names.map((name) => store.get(name))).toEqual(names.map(() => null));
  });

  test('loads, scans and outside readings while segments end and begin see every entry', async () => {
    const app = application();
    const owner = await openFresh(backend(app, { cacheBytes: 0, writeDelayMs: 0 }), task);
    const outside = backend(app);
    const store = owner.store('windows');
    for (let round = 0; round < 40; round++) {
      // Segments 0 to 2 in turn end with 300 entries and begin anew; segment 9 stays.
      const segment = round % 3;
      await commitTake(owner, 3 * round, segment);
      await commitInto(owner, 3 * round + 1, { [segment]: rowsOf(300, round), 9: { [`k${round}`]: ['x', round] } });
      const earlier = Array.from({ length: round + 1 }, (_, i) => within(9, `k${i}`));
      const live = [0, 1, 2].slice(0, round + 1);
      const current = live.map((at) => round - ((((round - at) % 3) + 3) % 3));
      const [found] = await Promise.all([
        round % 4 === 0 ? contents(store) : null,
        store.prefetch([...earlier, ...live.map((at) => within(at, 'k7'))]),
        ...(round < 2 ? [] : earlier.slice(0, 3).map((at) => outside.read(task, WINDOWS, at))),
      ]);
      expect(earlier.map((at) => store.get(at))).toEqual(earlier.map((_, i) => ['x', i]));
      expect(live.map((at) => store.get(within(at, 'k7')))).toEqual(current.map((value) => ['k7', value]));
      if (found !== null) expect(found.size).toBe(live.length * 300 + round + 1);
      await owner.accept(owner.seal(), 3 * round + 2, 3 * round + 2);
    }
    await owner.flush();
    expect((await contents(store)).size).toBe(940);
  });
});
