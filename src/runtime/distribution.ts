import { taskName, type TaskId } from '../core/task.ts';

/**
 * Deals the tasks of this process out to its workers. Any two workers differ by one task at most, of each sub-topology and in total; a task
 * stays where it was before as far as that allows, so the same tasks dealt out again stay where they are.
 * @param before the worker of each task when it was dealt out last, by `taskName`
 * @returns the worker (0 to `workers` - 1) of each task, by `taskName`
 */
export function distribute(
  tasks: readonly TaskId[],
  workers: number,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const dealt = new Map<string, number>();
  const loads = Array.from({ length: workers }, () => 0);
  const families = Map.groupBy(tasks, (task) => task.subTopology);
  for (const name of [...families.keys()].toSorted()) {
    const family = families.get(name) ?? [];
    const held = loads.map((_, worker) => family.filter((task) => before.get(taskName(task)) === worker).length);
    const room = shares(family.length, loads, held);
    room.forEach((share, worker) => (loads[worker] += share));
    const homeless: TaskId[] = [];
    for (const task of family) {
      const home = before.get(taskName(task));
      if (home === undefined || !(room[home] > 0)) {
        homeless.push(task);
        continue;
      }
      room[home]--;
      dealt.set(taskName(task), home);
    }
    for (const task of homeless) {
      const worker = room.findIndex((left) => left > 0);
      room[worker]--;
      dealt.set(taskName(task), worker);
    }
  }
  return dealt;
}

/** How many of `count` tasks each worker takes: equally many, and what is left over by one each to those with the least to do. */
function shares(count: number, loads: readonly number[], held: readonly number[]): number[] {
  const order = loads.map((_, worker) => worker).sort((a, b) => loads[a] - loads[b] || held[b] - held[a] || a - b);
  const left = count % loads.length;
  const all = loads.map(() => Math.floor(count / loads.length));
  for (const worker of order.slice(0, left)) all[worker]++;
  return all;
}
