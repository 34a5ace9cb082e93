import type { TaskState, TopologyState } from '../core/progress.ts';

/** What health needs to know of a topology. */
export interface TopologyHealth {
  readonly name: string;
  state(): TopologyState;
  tasks(): readonly { readonly task: string; readonly state: TaskState }[];
}

/** The answer to a probe; `reasons` says what is missing, one sentence each, empty when all is well. */
export interface HealthReport {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

const report = (reasons: readonly string[]): HealthReport => ({ ok: reasons.length === 0, reasons });

const NOT_READY: ReadonlySet<TaskState> = new Set(['created', 'claiming', 'restoring', 'failed']);

/**
 * Live: nothing has failed for good. That the event loop turns is proven by the answer itself. A broker or Redis that is away does not
 * count: a restart would not bring it back.
 */
export function liveness(topologies: readonly TopologyHealth[]): HealthReport {
  return report(topologies.filter((t) => t.state() === 'failed').map((t) => `topology ${t.name} has failed`));
}

/** Ready: every topology is a member of its group and none of its tasks here is still to be restored. */
export function readiness(topologies: readonly TopologyHealth[]): HealthReport {
  if (topologies.length === 0) return report(['no topology is running']);
  return report(
    topologies.flatMap((topology) => {
      const state = topology.state();
      if (state !== 'running') return [`topology ${topology.name} is ${state}`];
      return topology
        .tasks()
        .filter((task) => NOT_READY.has(task.state))
        .map((task) => `task ${task.task} of topology ${topology.name} is ${task.state}`);
    }),
  );
}

/** Started: every topology has joined its group; restoring may take longer than a start-up probe has patience. */
export function startup(topologies: readonly TopologyHealth[]): HealthReport {
  if (topologies.length === 0) return report(['no topology is running']);
  return report(
    topologies.filter((t) => t.state() === 'starting').map((t) => `topology ${t.name} has not joined its group yet`),
  );
}
