import { expect, test } from 'vitest';
import type { Row } from '../../../src/core/types.ts';
import { task, twinFixture, type TwinFixture, type TwinProcess } from '../../faults/redis-twin/twin-fixture.ts';
import { commit, openFresh, put, read, SPECS } from '../conformance.ts';

const { fresh } = twinFixture();

const CHANGES_PER_CHUNK = 10;
/** Three chunks of a write. */
const NAMES = Array.from({ length: 3 * CHANGES_PER_CHUNK }, (_, i) => `k${i}`);
const rowsOf = (value: number): Record<string, Row> => Object.fromEntries(NAMES.map((name) => [name, [name, value]]));

/** A process that stands still whenever it has written so many chunks. */
function standingStillAfter(twin: TwinFixture, stops: readonly number[]): TwinProcess {
  let written = 0;
  const process: TwinProcess = twin.process(
    { changesPerChunk: CHANGES_PER_CHUNK },
    {
      observer(name, moment) {
        if (name === 'apply' && moment === 'executed' && stops.includes(++written)) process.connection.freeze();
      },
    },
  );
  return process;
}

test('an owner that goes on with a write, while the next one is catching the copy up, spoils nothing', async () => {
  const twin = fresh();
  // Three chunks bring the entries; it stands still after the first two of those that change them.
  const former = standingStillAfter(twin, [4, 5]);
  const state = await openFresh(former.backend, task, 0);
  await commit(state, 1, rowsOf(1));
  await state.flush();
  const second = await commit(state, 2, rowsOf(2));
  await twin.clock.sleep(1_000);

  const next = standingStillAfter(twin, [2]);
  const taken = await next.backend.open(task, SPECS);
  expect(taken.meta).toMatchObject({ position: 1 });
  const third = NAMES.map((name) => put('counts', name, [name, 3]));
  await taken.fence(3);
  const caughtUp = taken.catchUp([...second, ...third], 3, 3).then(() => taken.claim(4));
  await twin.clock.sleep(1_000);
  former.connection.thaw();
  await twin.clock.sleep(1_000);
  next.connection.thaw();
  await caughtUp;

  const rows = await read(taken.store('counts'), ...NAMES);
  expect(rows.filter((row) => row?.[1] !== 3)).toEqual([]);
});
