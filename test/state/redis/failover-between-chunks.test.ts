import { expect, test } from 'vitest';
import { twinFixture, task, type TwinProcess } from '../../faults/redis-twin/twin-fixture.ts';
import type { Snapshot } from '../../faults/redis-twin/twin-redis.ts';
import { commit, openFresh } from '../conformance.ts';

const { fresh } = twinFixture();

const NAMES = Array.from({ length: 30 }, (_, i) => `k${i}`);
const rowsOf = (value: number) => Object.fromEntries(NAMES.map((name) => [name, [name, value]]));

test('a write of several chunks does not go on in a copy that a failover took back to before it began', async () => {
  const twin = fresh();
  let before: Snapshot | null = null;
  let chunks = -Infinity;
  const process: TwinProcess = twin.process(
    { changesPerChunk: 10, watchIntervalMs: 3_600_000 },
    {
      observer(name, moment) {
        if (name === 'apply' && moment === 'executed' && ++chunks === 2 && before !== null) {
          twin.server.rollBack(before);
        }
      },
    },
  );
  const state = await openFresh(process.backend, task, 0);
  await commit(state, 1, rowsOf(1));
  await state.flush();

  before = twin.server.snapshot();
  chunks = 0;
  await commit(state, 2, rowsOf(2));
  await expect(state.flush()).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
  // Whoever opens it next finds it where it was, and catches up.
  expect((await twin.process().backend.open(task, [])).meta).toMatchObject({ position: 1 });
});
