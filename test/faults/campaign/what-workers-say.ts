import { setTimeout as sleep } from 'node:timers/promises';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Violation } from '../workload/evidence.ts';

/** What a status shows may be this old. */
const REFRESH_MS = 5_000;
const POLL_MS = 500;

/** What the workers say of themselves when everything is at rest, where it is not true: each task runs once, nothing lags. */
export async function whatWorkersSay(cluster: Cluster, plan: PhysicalPlan, partitions: number): Promise<Violation[]> {
  const deadline = Date.now() + REFRESH_MS;
  for (;;) {
    const found = await lies(cluster, plan, partitions);
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(POLL_MS);
  }
}

async function lies(cluster: Cluster, plan: PhysicalPlan, partitions: number): Promise<Violation[]> {
  const found: Violation[] = [];
  const complain = (where: string, what: string): void => void found.push({ invariant: 'I9', where, what });
  const runs = new Map<string, number>();
  for (const slot of cluster.slots) {
    const where = `worker ${slot.index}`;
    const status = await slot.status();
    if (status === null) {
      complain(where, 'does not say how it is');
      continue;
    }
    const { state, lag, tasks } = status;
    if (state !== 'running') complain(where, `says it is ${state}`);
    if (lag !== null && lag !== 0) complain(where, `says it lags by ${lag}`);
    for (const { task, state: taskState } of tasks.filter(({ state: each }) => each !== 'closed')) {
      runs.set(task, (runs.get(task) ?? 0) + 1);
      if (taskState !== 'running') complain(where, `says that ${task} is ${taskState}`);
    }
    for (const [name, value] of nonZero(
      await slot.metrics(),
      /^millrace_(view_late_rows_dropped_total|source_lag_records)/,
    ))
      complain(where, `${name} is ${value}`);
  }
  const expected = plan.subTopologies.length * partitions;
  if (runs.size !== expected) complain('workers', `run ${runs.size} tasks of ${expected}`);
  for (const [task, count] of runs) if (count > 1) complain(task, `is said to run ${count} times`);
  return found;
}

/** Samples of these metrics that are not 0. */
function nonZero(metrics: string, pattern: RegExp): [name: string, value: number][] {
  return metrics
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line): [string, number] => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ])
    .filter(([, value]) => value !== 0);
}
