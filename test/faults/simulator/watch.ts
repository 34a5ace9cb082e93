import { partitionName, type TopicPartition } from '../../../src/core/task.ts';
import type { Violation } from '../workload/evidence.ts';
import type { History } from './history.ts';
import type { RedisContents } from './shared-state.ts';
import type { World } from './world.ts';

/** What has to hold at every moment, not only in the end: positions in Redis and offsets of the group do not go back (I5, I7). */
export class Watch {
  readonly violations: Violation[] = [];
  readonly #world: World;
  readonly #history: History;
  readonly #group: string;
  readonly #offsets = new Map<string, number>();
  #offsetsLate = false;
  /** By meta hash and incarnation. */
  readonly #positions = new Map<string, number>();

  constructor(world: World, history: History, group: string) {
    this.#world = world;
    this.#history = history;
    this.#group = group;
  }

  /** Redis went back by itself, to what it had written down. */
  redisWentBack(): void {
    this.#positions.clear();
  }

  /** An older commit of offsets is still under way: the broker takes it when it comes, and the next one puts that right. */
  offsetsAreLate(): void {
    this.#offsetsLate = true;
  }

  async look(inputs: readonly TopicPartition[], contents: RedisContents | null): Promise<void> {
    const offsets = await this.#world.passing(this.#world.client.groupOffsets(this.#group, inputs));
    for (const tp of offsets) await this.#lookAtOffset(tp, tp.offset);
    for (const [key, fields] of contents ?? []) {
      const position = fields.get('position');
      if (!key.endsWith(':meta') || position === undefined) continue;
      const name = `${key} ${String(fields.get('incarnation'))}`;
      const found = Number(String(position));
      const before = this.#positions.get(name) ?? -1;
      if (found < before) this.#report('I7', name, `the position in Redis went back from ${before} to ${found}`);
      this.#positions.set(name, found);
    }
  }

  /** A new owner does not know yet that what comes next are records of no interest: the group's offset may go back over those. */
  async #lookAtOffset(tp: TopicPartition, found: number): Promise<void> {
    const name = partitionName(tp);
    const before = this.#offsets.get(name) ?? -1;
    this.#offsets.set(name, found);
    if (found >= before || this.#offsetsLate) return;
    await this.#world.passing(this.#history.read());
    const rows = this.#history.rows(tp, found, before);
    if (rows > 0)
      this.#report('I5', name, `the offset of the group went back from ${before} to ${found}, ${rows} rows`);
  }

  #report(invariant: 'I5' | 'I7', where: string, what: string): void {
    this.violations.push({ invariant, where, what });
  }
}
