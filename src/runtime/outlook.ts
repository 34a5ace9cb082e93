import type { Clock } from '../core/clock.ts';
import { runsToAnEnd, type SubTopology } from '../plan/physical-plan.ts';
import type { InputRest } from './batch-runner.ts';
import type { TaskProgress } from './changelog.ts';
import { allEnded, allIdle } from './event-time.ts';
import type { Ownership } from './take-over.ts';
import type { TaskContext } from './task-context.ts';

/** What becomes of a task if no input comes. */
export interface Prospect {
  /** When, in ms, a batch has to run. */
  readonly dueAt: number;
  /** The progress until then. */
  readonly progress: TaskProgress;
  readonly rest: InputRest;
}

/** Markers that neither close nor tell anything are committed after this time, so that a restart does not read them again. */
const UNCOMMITTED_MARKERS_MS = 1_000;
/** How often an input is looked at that may become idle, or be so no longer: neither its end nor a leader that fails calls for anybody. */
const IDLE_CHECK_MS = 1_000;

/** What a task makes of the silence of its input, as long as it owns it. */
export class Outlook {
  readonly #ownership: Ownership;
  readonly #clock: Clock;
  readonly #isSource: boolean;
  readonly #mayBecomeIdle: boolean;
  readonly #markerPatienceMs: number;

  constructor(ownership: Ownership, { input }: SubTopology, { plan, clock }: TaskContext) {
    this.#ownership = ownership;
    this.#clock = clock;
    this.#isSource = input.kind === 'source';
    this.#mayBecomeIdle = input.kind === 'source' && input.eventTime !== null;
    this.#markerPatienceMs = runsToAnEnd(plan.trigger) ? 0 : UNCOMMITTED_MARKERS_MS;
  }

  /** For want of input the task may become idle, and late is now what is behind today's watermark. */
  prospect(): Prospect {
    const { queue, runner, progress, uncommittedSinceMs } = this.#ownership;
    const now = this.#clock.now();
    const rest = this.rest();
    const dueAlready = runner.dueAt(progress, rest);
    if (dueAlready <= now) return { dueAt: dueAlready, progress, rest };
    const caughtUp = runner.caughtUp(progress, rest);
    const commitAt = uncommittedSinceMs === null ? Infinity : uncommittedSinceMs + this.#markerPatienceMs;
    const lookAt = queue.isEmpty && this.#mayBecomeIdle ? now + IDLE_CHECK_MS : Infinity;
    // To have caught up may itself be news for those downstream.
    return { dueAt: Math.min(runner.dueAt(caughtUp, rest), commitAt, lookAt), progress: caughtUp, rest };
  }

  /** Whether the input is idle by now, and whether it has ended. */
  rest(): InputRest {
    const { queue, progress } = this.#ownership;
    const ended =
      progress.time.frozen !== null && queue.isEmpty && (this.#isSource ? queue.isAtTarget : allEnded(progress.time));
    return { idle: this.#isIdle(), ended };
  }

  /** Nothing is left to read or to do by now, if the prospect is this one. */
  isSettled({ dueAt }: Prospect): boolean {
    const { queue, idleness } = this.#ownership;
    const now = this.#clock.now();
    return queue.isEmpty && this.#knowsItsEnd && !idleness.isInDoubt(now) && dueAt > now;
  }

  /** An input that may become idle is nothing to rely on before its leader has answered. */
  get #knowsItsEnd(): boolean {
    return !this.#mayBecomeIdle || this.#ownership.queue.highWatermark >= 0;
  }

  #isIdle(): boolean {
    const { queue, idleness, progress } = this.#ownership;
    if (!this.#mayBecomeIdle) return queue.isEmpty && allIdle(progress.time);
    idleness.observe(queue.quietAsOfMs, this.#clock.now());
    return idleness.isIdle(progress.time.watermark === -Infinity);
  }
}
