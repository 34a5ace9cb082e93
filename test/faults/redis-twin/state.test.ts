import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commit, COUNTS, describeConformance, key, openFresh, read, SPECS } from '../../state/conformance.ts';
import { PLAIN, runAgainstModel, SEGMENTED, steps } from '../../state/model.ts';
import { describeSegments } from '../../state/segments.ts';
import { task, twinFixture, type TwinFixture, type TwinProcess } from './twin-fixture.ts';

const { fresh } = twinFixture();
const WATCHED_MS = 6_000;

describe('the backend for Redis, on the twin', () => {
  describeConformance(async () => ({ backend: fresh().process().backend, task }));

  describeSegments(async () => ({ backend: fresh().process().backend, task }));

  for (const subject of [PLAIN, SEGMENTED]) {
    test(`state is that of plain maps ${subject.title}, with connections that break at any reply`, async () => {
      let cuts = 0;
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(), async (script, seed) => {
          const twin = fresh(seed);
          let untilCut = Infinity;
          const start = (): TwinProcess => {
            const process: TwinProcess = twin.process(
              { cacheBytes: 20_000 },
              {
                observer(_name, moment) {
                  if (moment === 'sent' || --untilCut > 0) return;
                  untilCut = Infinity;
                  cuts++;
                  process.connection.cut();
                },
              },
            );
            return process;
          };
          let process = start();
          const processes = {
            current: () => process.backend,
            async crash() {
              process.connection.kill();
              await process.backend.close();
              process = start();
            },
            cutAfter: (replies: number) => void (untilCut = replies),
          };
          await runAgainstModel(processes, task, script, subject);
          await process.backend.close();
        }),
        { numRuns: 40 },
      );
      // How many replies are cut depends on the scripts drawn; none at all would prove nothing.
      expect(cuts).toBeGreaterThan(0);
    });
  }

  /** What the owner of a task with one entry finds the next time it looks. */
  async function afterwards(befalls: (twin: TwinFixture) => void): Promise<unknown> {
    const twin = fresh();
    const owner = await openFresh(twin.process().backend, task);
    await commit(owner, 1, { a: ['a', 1] });
    await owner.flush();
    befalls(twin);
    await twin.clock.sleep(WATCHED_MS);
    return read(owner.store('counts'), 'a').catch((error: unknown) => error);
  }

  test('its owner notices that the server is another, with or without its data, and that it evicts; nothing else disturbs it', async () => {
    const noticed = { code: 'STATE_MISMATCH' };
    expect(await afterwards(({ server }) => server.restart({ keepData: true }))).toMatchObject(noticed);
    expect(await afterwards(({ server }) => server.restart({ keepData: false }))).toMatchObject(noticed);
    expect(await afterwards(({ server }) => server.rollBack(server.snapshot()))).toMatchObject(noticed);
    expect(await afterwards(({ server }) => server.evict(server.keys()[0]))).toMatchObject(noticed);
    expect(await afterwards(({ server }) => server.breakConnections())).toEqual([['a', 1]]);
    expect(await afterwards(({ server }) => server.flushScripts())).toEqual([['a', 1]]);
  });

  test('what is refused for a while is written afterwards', async () => {
    for (const refusal of ['OOM', 'READONLY', 'MISCONF', 'LOADING'] as const) {
      const twin = fresh();
      const owner = await openFresh(twin.process().backend, task);
      await read(owner.store('counts'), 'a');
      twin.server.refuse(refusal);
      await commit(owner, 1, { a: ['a', 1] });
      const flushed = owner.flush();
      await twin.clock.sleep(3_000);
      expect(
        (
          await twin
            .process()
            .backend.open(task, SPECS)
            .catch(() => null)
        )?.meta?.position ?? -1,
      ).toBe(-1);
      twin.server.refuse(null);
      await flushed;
      expect(await twin.process().backend.read(task, COUNTS, key('a'))).toEqual({ row: ['a', 1], position: 1 });
    }
  });
});
