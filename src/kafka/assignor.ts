import { type TaskId, taskName } from '../core/task.ts';

/** A sub-topology and how many tasks it has. */
export interface FamilySize {
  readonly subTopology: string;
  readonly tasks: number;
}

/** A member as it presented itself when it joined. */
export interface Candidate {
  readonly memberId: string;
  /** Sub-topologies of the plan it runs: it can be given tasks of these only. */
  readonly subTopologies: readonly string[];
  /** What it runs now, as of the generation in which it was given them. */
  readonly owned: readonly TaskId[];
  readonly generation: number;
}

/**
 * Hands every task to exactly one member that can run it. Pure and deterministic: the same input gives the same answer on any leader.
 *
 * Sticky: a task stays where it is unless its owner is gone or has too much. Balanced: where all members run the same plan their task
 * counts differ by one at most. Spread: of two members with equally much, a task goes to the one with fewer of its sub-topology; and of
 * an overloaded member the sub-topology it has most of, compared with the receiver, gives. Where two claim a task, the one with the newer
 * generation has it. A task that no member can run is left out.
 */
export function assign(families: readonly FamilySize[], candidates: readonly Candidate[]): Map<string, TaskId[]> {
  const members = candidates.map((candidate) => new Member(candidate)).sort((a, b) => compare(a.id, b.id));
  const owners = currentOwners(members);
  const unowned: TaskId[] = [];
  for (const { subTopology, tasks } of families) {
    for (let partition = 0; partition < tasks; partition++) {
      const task = { subTopology, partition };
      const owner = owners.get(taskName(task));
      if (owner === undefined) unowned.push(task);
      else owner.take(task);
    }
  }
  for (const task of unowned) leastLoaded(members, task.subTopology)?.take(task);
  level(members);
  return new Map(members.map((member) => [member.id, member.tasks(families)]));
}

class Member {
  readonly id: string;
  readonly candidate: Candidate;
  /** Partitions by sub-topology, for each that it can run. */
  readonly held: Map<string, number[]>;
  load = 0;

  constructor(candidate: Candidate) {
    this.id = candidate.memberId;
    this.candidate = candidate;
    this.held = new Map(candidate.subTopologies.map((name) => [name, []]));
  }

  canRun(subTopology: string): boolean {
    return this.held.has(subTopology);
  }

  holds(subTopology: string): number {
    return this.held.get(subTopology)?.length ?? 0;
  }

  take({ subTopology, partition }: TaskId): void {
    this.held.get(subTopology)?.push(partition);
    this.load++;
  }

  /** Passes on the task of the sub-topology that it got last. */
  give(subTopology: string, receiver: Member): void {
    const partition = this.held.get(subTopology)?.pop();
    if (partition === undefined) return;
    this.load--;
    receiver.take({ subTopology, partition });
  }

  tasks(families: readonly FamilySize[]): TaskId[] {
    return families.flatMap(({ subTopology }) =>
      (this.held.get(subTopology) ?? []).sort((a, b) => a - b).map((partition) => ({ subTopology, partition })),
    );
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function currentOwners(members: readonly Member[]): Map<string, Member> {
  const owners = new Map<string, Member>();
  for (const member of members) {
    for (const task of member.candidate.owned) {
      const rival = owners.get(taskName(task));
      const newer = rival === undefined || rival.candidate.generation < member.candidate.generation;
      if (newer && member.canRun(task.subTopology)) owners.set(taskName(task), member);
    }
  }
  return owners;
}

function leastLoaded(members: readonly Member[], subTopology: string): Member | null {
  let best: Member | null = null;
  for (const member of members) {
    if (!member.canRun(subTopology)) continue;
    const better =
      best === null ||
      member.load < best.load ||
      (member.load === best.load && member.holds(subTopology) < best.holds(subTopology));
    if (better) best = member;
  }
  return best;
}

/** Moves single tasks from members with more to members with less, until no move makes the counts more even. */
function level(members: readonly Member[]): void {
  for (;;) {
    const byLoad = [...members].sort((a, b) => b.load - a.load);
    const moved = byLoad.some((giver) =>
      byLoad.toReversed().some((receiver) => giver.load - receiver.load >= 2 && move(giver, receiver)),
    );
    if (!moved) return;
  }
}

function move(giver: Member, receiver: Member): boolean {
  let best: string | null = null;
  let bestSurplus = -Infinity;
  for (const [subTopology, partitions] of giver.held) {
    if (partitions.length === 0 || !receiver.canRun(subTopology)) continue;
    const surplus = partitions.length - receiver.holds(subTopology);
    if (surplus > bestSurplus) {
      best = subTopology;
      bestSurplus = surplus;
    }
  }
  if (best === null) return false;
  giver.give(best, receiver);
  return true;
}
