import type { EngineEvent } from '../../../src/core/progress.ts';
import type { StateBackend } from '../../../src/core/state.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { taskName } from '../../../src/core/task.ts';
import { formats } from '../../../src/formats/formats.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { runsToAnEnd, type PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { Engine } from '../../../src/runtime/engine.ts';
import type { EngineSettings } from '../../../src/runtime/settings.ts';
import { FaultyLink } from './faulty-link.ts';
import { Life } from './life.ts';
import { Line, type Trap } from './line.ts';
import type { Random } from './random.ts';
import type { Rates } from './scenario.ts';
import type { Mishap, RequestName } from './step.ts';
import type { World } from './world.ts';

export interface ProcessOptions {
  readonly name: string;
  readonly world: World;
  readonly plan: PhysicalPlan;
  readonly random: Random;
  readonly rates: Readonly<Rates>;
  readonly settings: EngineSettings;
  /** By how much its clock is wrong. */
  readonly skewMs: number;
  /** Its state, reached over its line and on its clock. */
  readonly openState: (line: Line, life: Life, clock: Clock, random: Random) => StateBackend;
  readonly onMishap: (then: Mishap, at: RequestName) => void;
  readonly trace: (line: string) => void;
}

/** What a process did, as it says itself. */
export interface ProcessCounts {
  commits: number;
  /** Batches that did not commit, and tasks that had to begin again. */
  setbacks: number;
  /** Copies of state that were made anew from a changelog that had something in it. */
  rebuilds: number;
  lateRows: number;
}

/** A process that runs the topology, with its own line to the servers and its own view of the time. */
export class SimulatedProcess {
  readonly name: string;
  readonly counts: ProcessCounts = { commits: 0, setbacks: 0, rebuilds: 0, lateRows: 0 };
  readonly #life = new Life();
  readonly #line: Line;
  readonly #engine: Engine;
  readonly #transport: KafkaTransport;
  readonly #state: StateBackend;
  readonly #endsByItself: boolean;
  readonly #trace: (line: string) => void;
  #failure: string | null = null;
  #stopping = false;
  #over = false;
  #lastError = 'it failed and did not say why';

  constructor(options: ProcessOptions) {
    const { name, world, plan, random, rates, settings, skewMs, openState, onMishap, trace } = options;
    const clock = this.#life.clock(world.clock, skewMs);
    this.name = name;
    this.#trace = trace;
    this.#line = new Line({ clock: world.clock, life: this.#life, random, rates, traffic: world.traffic, onMishap });
    this.#transport = new KafkaTransport(new FaultyLink(world.cluster.link(), this.#line), clock);
    this.#state = openState(this.#line, this.#life, clock, random);
    this.#engine = new Engine({
      plan,
      settings,
      transport: this.#transport,
      state: this.#state,
      formats,
      clock,
      listener: {
        onBatch: ({ task, batchId, views, position }) => {
          this.counts.commits++;
          for (const { lateRows } of views) this.counts.lateRows += lateRows;
          this.#trace(`commits batch ${batchId} of ${taskName(task)} at ${position}`);
        },
        onEvent: (event) => this.#onEvent(event),
      },
      externalSinks: new Map(),
      random,
      newLogId: () => `log ${random()}`,
    });
    this.#endsByItself = runsToAnEnd(plan.trigger);
  }

  /** Starts it; where the trigger is one of runs to an end, it stops when it has got there. */
  start(): void {
    void this.#run();
  }

  /** Asks it to stop in peace. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    void this.#stop();
  }

  set(trap: Trap): void {
    this.#line.set(trap);
  }

  clearTraps(): void {
    this.#line.clear();
  }

  freeze(): void {
    this.#life.freeze();
  }

  thaw(): void {
    this.#life.thaw();
  }

  kill(): void {
    this.#life.kill();
  }

  get isFrozen(): boolean {
    return this.#life.isFrozen;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** It has ended, in whatever way. */
  get isOver(): boolean {
    return this.#over || this.#life.isDead;
  }

  /** Whether it and all its tasks run. */
  get isRunning(): boolean {
    return this.#engine.state === 'running';
  }

  /** The tasks that it runs, by name. */
  get running(): string[] {
    return this.#engine.tasks.filter(({ phase }) => phase === 'running').map(({ id }) => taskName(id));
  }

  /** What its tasks are at, for people. */
  get status(): string {
    const tasks = this.#engine.tasks.map(({ id, phase }) => `${taskName(id)} ${phase}`);
    return `${this.name} is ${this.#engine.state} (${tasks.join(', ')})`;
  }

  /** Why the topology failed; null while it has not. */
  get failure(): string | null {
    return this.#failure;
  }

  async #run(): Promise<void> {
    try {
      await this.#engine.start();
      if (!this.#endsByItself) return;
      await this.#engine.finished();
      this.stop();
    } catch (error) {
      // The engine has said so.
      this.#trace(`ends: ${String(error)}`);
    }
  }

  async #stop(): Promise<void> {
    try {
      await this.#engine.stop();
      await this.#transport.close();
      await this.#state.close();
      this.#over = true;
      this.#trace('is over');
    } catch (error) {
      this.#failure ??= `it could not be stopped: ${String(error)}`;
    }
  }

  #onEvent(event: EngineEvent): void {
    if (event.kind === 'error' || event.kind === 'aborted') this.counts.setbacks++;
    if (event.kind === 'restored' && event.rebuild && event.records > 0) this.counts.rebuilds++;
    if (event.kind === 'topology' && event.state === 'failed') this.#failure ??= this.#lastError;
    if (event.kind === 'error') this.#lastError = event.error.stack ?? event.error.message;
    this.#trace(describe(event));
  }
}

function describe(event: EngineEvent): string {
  switch (event.kind) {
    case 'topology':
      return `topology ${event.state}`;
    case 'assigned':
      return `generation ${event.generation}: ${event.tasks.map(taskName).join(' ')}`;
    case 'lost':
      return `lost: ${event.reason}`;
    case 'task':
      return `${taskName(event.task)} ${event.state} ${event.reason}`;
    case 'restoring':
      return `${taskName(event.task)} has ${event.remaining} to restore`;
    case 'restored':
      return `${taskName(event.task)} ${event.rebuild ? 'rebuilt' : 'caught up'}: ${event.records} records`;
    case 'aborted':
      return `${taskName(event.task)} aborts batch ${event.batchId}: ${event.error.message}`;
    case 'error':
      return `${event.task === null ? '' : taskName(event.task)} ${event.error.code}: ${event.error.message}`;
  }
}
