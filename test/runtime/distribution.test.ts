import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taskName, type TaskId } from '../../src/core/task.ts';
import { distribute } from '../../src/runtime/distribution.ts';

const tasksOf = (sizes: Readonly<Record<string, number>>): TaskId[] =>
  Object.entries(sizes).flatMap(([subTopology, count]) =>
    Array.from({ length: count }, (_, partition) => ({ subTopology, partition })),
  );

const someTasks = fc.uniqueArray(fc.record({ subTopology: fc.constantFrom('a', 'b', 'c'), partition: fc.nat(20) }), {
  selector: taskName,
  maxLength: 40,
});

/** How many tasks each worker has. */
function loads(tasks: readonly TaskId[], dealt: ReadonlyMap<string, number>, workers: number): number[] {
  const counts = Array.from({ length: workers }, () => 0);
  for (const task of tasks) counts[dealt.get(taskName(task)) ?? NaN]++;
  return counts;
}

describe('tasks are dealt out', () => {
  test('each to one worker, evenly in total and of each sub-topology, wherever they were before', () => {
    fc.assert(
      fc.property(
        someTasks,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(20), fc.nat(6))),
        (tasks, workers, earlier) => {
          const before = new Map(earlier.map(([sub, partition, worker]) => [`${sub}/${partition}`, worker]));
          const dealt = distribute(tasks, workers, before);
          expect(dealt.size).toBe(tasks.length);
          for (const sub of [null, 'a', 'b', 'c']) {
            const counts = loads(
              tasks.filter((task) => sub === null || task.subTopology === sub),
              dealt,
              workers,
            );
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  test('the same ones again to the same workers, in whatever order they come', () => {
    fc.assert(
      fc.property(someTasks, fc.integer({ min: 1, max: 5 }), (tasks, workers) => {
        const first = distribute(tasks, workers, new Map());
        const again = distribute(tasks.toReversed(), workers, first);
        expect(again.size).toBe(first.size);
        for (const [task, worker] of first) expect(again.get(task)).toBe(worker);
      }),
    );
  });

  test('so that few move when some go', () => {
    const before = distribute(tasksOf({ a: 8 }), 2, new Map());
    const kept = tasksOf({ a: 6 });
    const moved = [...distribute(kept, 2, before)].filter(([task, worker]) => before.get(task) !== worker);
    expect(moved.length).toBeLessThanOrEqual(1);
  });
});
