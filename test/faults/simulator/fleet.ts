import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import type { EngineSettings } from '../../../src/runtime/settings.ts';
import type { Violation } from '../workload/evidence.ts';
import { below, stream } from './random.ts';
import type { Rates, Scenario } from './scenario.ts';
import type { SharedState } from './shared-state.ts';
import { SimulatedProcess, type ProcessCounts } from './simulated-process.ts';
import { nameOf, type Mishap, type RequestName, type Step } from './step.ts';
import type { World } from './world.ts';

const SETTINGS: EngineSettings = {
  maxRowsPerTrigger: 10,
  sessionTimeoutMs: 6_000,
  transactionTimeoutMs: 8_000,
  compression: 'none',
  replicationFactor: 3,
  transactionsPerSecond: 1_000,
  fetchBufferBytes: 16 << 20,
  address: '',
};
/** By how much the clocks of two processes differ at most. Who is more than an hour ahead of the brokers is refused, and says so. */
const MOST_SKEW_MS = 100 * 60_000;
const MOST_ROWS = 12;

export type ProcessStep = Extract<Step, { do: 'start' | 'stop' | 'kill' | 'freeze' | 'thaw' | 'trap' }>;

export interface FleetOptions {
  readonly scenario: Scenario;
  readonly world: World;
  readonly plan: PhysicalPlan;
  readonly state: SharedState;
  readonly onFault: (name: string) => void;
  readonly onMishap: (then: Mishap, at: RequestName) => void;
  readonly trace: (line: string) => void;
}

/** The processes of a simulation: those in their slots, and those that froze and were replaced. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #rates: Rates;
  readonly #slots = new Map<number, SimulatedProcess>();
  readonly #zombies: SimulatedProcess[] = [];
  readonly #all: SimulatedProcess[] = [];
  /** How many there were in each slot. */
  readonly #numbers = new Map<number, number>();

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#rates = { ...options.scenario.rates };
  }

  take(step: ProcessStep): void {
    if (step.do === 'start') return this.#start(step.slot);
    if (step.do === 'thaw') return this.#zombies.shift()?.thaw();
    const process = this.#occupant(step.slot);
    if (process === undefined) return;
    if (step.do === 'trap') {
      const { at, nth, then, ms, until, of } = step;
      return process.set({ at, then, ms, until, of, left: nth });
    }
    this.#options.onFault(nameOf(step));
    if (step.do === 'stop') return process.stop();
    this.#slots.delete(step.slot);
    if (step.do === 'kill') return process.kill();
    process.freeze();
    this.#zombies.push(process);
  }

  /** Somebody always comes to do the work. */
  ensureOne(): void {
    for (const [slot] of this.#slots) this.#occupant(slot);
    const working = [...this.#slots.values()].some((process) => !process.isFrozen);
    if (!working) this.#start([0, 1, 2, 3].find((slot) => !this.#slots.has(slot)) ?? 4);
  }

  /** Nothing goes wrong any more, and whoever is frozen goes on. */
  heal(): void {
    Object.assign(this.#rates, { drop: 0, lose: 0, late: 0, delay: 0 } satisfies Rates);
    for (const process of this.#all) process.clearTraps();
    for (const process of this.#living) process.thaw();
    this.#zombies.length = 0;
  }

  killAll(): void {
    for (const process of this.#all) process.kill();
  }

  get isEmpty(): boolean {
    return this.#living.length === 0;
  }

  /** Whether all that are there run, with all their tasks. */
  get allRun(): boolean {
    return this.#living.every((process) => process.isRunning);
  }

  get status(): string[] {
    return this.#living.map(({ status }) => status);
  }

  get failure(): string | null {
    return this.#all.find(({ failure }) => failure !== null)?.failure ?? null;
  }

  /** What the processes themselves say is wrong when everything has come to rest: one failed, two run the same task (I6), rows were late (I8). */
  violations(): Violation[] {
    const failures = this.#all.flatMap(({ name, failure, counts }) => {
      const found: Violation[] = [];
      if (failure !== null) found.push({ invariant: 'I6', where: name, what: `it failed: ${failure}` });
      const { lateRows } = counts;
      // Where they are kept, it is seen which of them should.
      if (lateRows > 0 && !this.#options.scenario.lateRows)
        found.push({ invariant: 'I8', where: name, what: `${lateRows} rows were late, and none should` });
      return found;
    });
    return [...failures, ...this.#contested()];
  }

  /** Tasks that more than one process runs. */
  #contested(): Violation[] {
    const owners = new Map<string, string[]>();
    for (const { name, running } of this.#living) {
      for (const task of running) owners.set(task, [...(owners.get(task) ?? []), name]);
    }
    return [...owners].flatMap(([where, names]): Violation[] =>
      names.length === 1 ? [] : [{ invariant: 'I6', where, what: `${names.join(' and ')} both run it` }],
    );
  }

  /** Late rows that the processes know of: those of a batch of which its process did not hear that it was committed are missing. */
  get lateRows(): number {
    return this.#all.reduce((sum, { counts }) => sum + counts.lateRows, 0);
  }

  counts(): Omit<ProcessCounts, 'lateRows'> {
    const sum = { commits: 0, setbacks: 0, rebuilds: 0 };
    for (const { counts } of this.#all) {
      sum.commits += counts.commits;
      sum.setbacks += counts.setbacks;
      sum.rebuilds += counts.rebuilds;
    }
    return sum;
  }

  get #living(): SimulatedProcess[] {
    return this.#all.filter((process) => !process.isOver);
  }

  #occupant(slot: number): SimulatedProcess | undefined {
    const process = this.#slots.get(slot);
    if (process?.isOver === true) this.#slots.delete(slot);
    return this.#slots.get(slot);
  }

  #start(slot: number): void {
    if (this.#occupant(slot) !== undefined) return;
    const { scenario, world, plan, state, onMishap, trace } = this.#options;
    const number = (this.#numbers.get(slot) ?? 0) + 1;
    this.#numbers.set(slot, number);
    const name = `${slot}.${number}`;
    const random = stream(scenario.seed, `process ${name}`);
    const skewMs = random() < 0.3 ? Math.floor((random() - 0.5) * MOST_SKEW_MS) : 0;
    const process = new SimulatedProcess({
      name,
      world,
      plan,
      random,
      rates: this.#rates,
      settings: { ...SETTINGS, maxRowsPerTrigger: 1 + below(random, MOST_ROWS) },
      skewMs,
      openState: (line, life, clock, drawn) => state.open(line, life, clock, drawn),
      onMishap: (then, at) => {
        trace(`${name} !!! ${then} ${at}`);
        onMishap(then, at);
      },
      trace: (line) => trace(`${name} ${line}`),
    });
    this.#slots.set(slot, process);
    this.#all.push(process);
    trace(`${name} begins${skewMs === 0 ? '' : `, its clock wrong by ${skewMs} ms`}`);
    process.start();
  }
}
