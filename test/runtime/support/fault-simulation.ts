import { planOf } from '../../support/engine-harness.ts';
import { faultScenario, topologyOf, type FaultScenario } from './fault-scenario.ts';
import { seededRandom } from './seeded-random.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { FAR_MS, SimulatedSource } from './simulated-source.ts';
import { VirtualKafka } from './virtual-kafka.ts';

const MOST_PROCESSES = 3;
/** Longer than a session and a transaction take to expire, one after the other. */
const SETTLING_MS = 40_000;
const PATIENCE_MS = 120_000;

/** What came out of a simulation, and what should have. */
export interface FaultOutcome {
  readonly scenario: FaultScenario;
  readonly setbacks: number;
  readonly failure: string | null;
  readonly lateRows: number;
  readonly minutes: readonly string[];
  readonly tens: readonly string[];
  readonly expected: { readonly minutes: readonly string[]; readonly tens: readonly string[] };
}

/**
 * Two stages of windows, run by processes that come and go in every way: they are stopped, crash, freeze and thaw again as zombies, their
 * requests and answers are delayed and lost, their clocks are wrong. All of it follows from the seed.
 */
export class FaultSimulation {
  readonly #random: () => number;
  readonly #scenario: FaultScenario;
  readonly #kafka: VirtualKafka;
  readonly #source: SimulatedSource;
  readonly #processes: SimulatedProcess[] = [];
  /** Those that run, and those that only seem to be dead. */
  readonly #active: SimulatedProcess[] = [];
  readonly #frozen: SimulatedProcess[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#scenario = faultScenario(this.#random);
    this.#kafka = new VirtualKafka(this.#scenario.markerDelayMs);
    this.#source = new SimulatedSource(this.#kafka, this.#random, this.#scenario);
  }

  async run(): Promise<FaultOutcome> {
    const { partitions, idle, steps } = this.#scenario;
    await this.#kafka.createTopic('words', partitions);
    for (const topic of ['minutes', 'tens']) await this.#kafka.createTopic(topic, 1);
    if (!idle) await this.#source.begin();
    await this.#begin();
    for (let step = 0; step < steps && this.#failure === null; step++) await this.#step();
    await this.#calmDown();
    for (const ms of [0, 100_000_000]) {
      await this.#source.end(ms);
      await this.#run(2_000);
    }
    const expected = { minutes: this.#source.model.minutes, tens: this.#source.model.tens };
    const deadline = this.#kafka.clock.now() + PATIENCE_MS;
    let found = await this.#found();
    while (this.#failure === null && this.#kafka.clock.now() < deadline) {
      if (found.minutes.length >= expected.minutes.length && found.tens.length >= expected.tens.length) break;
      await this.#run(1_000);
      found = await this.#found();
    }
    for (const process of this.#processes) process.kill();
    await this.#kafka.close();
    return {
      scenario: this.#scenario,
      setbacks: this.#sum(({ setbacks }) => setbacks),
      failure: this.#failure,
      lateRows: this.#sum(({ lateRows }) => lateRows),
      ...found,
      expected,
    };
  }

  async #step(): Promise<void> {
    const { idle } = this.#scenario;
    const dice = this.#random();
    if (dice < 0.45) await this.#source.feed(1 + Math.floor(this.#random() * 30), this.#random() < 0.1);
    else if (dice < 0.55) await this.#begin();
    else if (dice < 0.65) await this.#kafka.passing(this.#anyone()?.stop() ?? Promise.resolve());
    else if (dice < 0.75) this.#anyone()?.kill();
    else if (dice < 0.85) this.#freeze();
    else this.#thaw();
    const isLong = this.#random() < 0.2;
    await this.#run(isLong ? 15_000 : this.#random() * (idle ? 8_000 : 1_500));
  }

  /** Faults end, and everybody finds out what is going on. */
  async #calmDown(): Promise<void> {
    while (this.#frozen.length > 0) this.#thaw();
    Object.assign(this.#scenario.faults, { drop: 0, lose: 0, delay: 0 });
    for (let ms = 0; ms < SETTLING_MS; ms += 1_000) await this.#run(1_000);
  }

  /** Time goes by, with at least one process at work. */
  async #run(ms: number): Promise<void> {
    for (const process of this.#active.filter(({ isOver }) => isOver))
      this.#active.splice(this.#active.indexOf(process), 1);
    if (this.#active.length === 0) await this.#begin();
    await this.#kafka.pass(ms);
  }

  async #begin(): Promise<void> {
    if (this.#active.length === MOST_PROCESSES) return;
    const { clock, cluster } = this.#kafka;
    const random = this.#random;
    const process = new SimulatedProcess({
      cluster,
      clock,
      random,
      faults: this.#scenario.faults,
      plan: planOf(topologyOf(this.#scenario)),
      skewMs: random() < 0.3 ? Math.floor((random() - 0.5) * 8_000) : 0,
      maxRowsPerTrigger: 1 + Math.floor(random() * 12),
    });
    this.#processes.push(process);
    this.#active.push(process);
    await this.#kafka.passing(process.start());
  }

  /** One of those that run, which does so no longer. */
  #anyone(): SimulatedProcess | undefined {
    return this.#active.splice(Math.floor(this.#random() * this.#active.length), 1)[0];
  }

  #freeze(): void {
    const process = this.#anyone();
    if (process === undefined) return;
    process.freeze();
    this.#frozen.push(process);
  }

  #thaw(): void {
    const process = this.#frozen.shift();
    if (process === undefined) return;
    process.thaw();
    this.#active.push(process);
  }

  get #failure(): string | null {
    return this.#processes.map(({ failure }) => failure).find((failure) => failure !== null)?.stack ?? null;
  }

  #sum(count: (process: SimulatedProcess) => number): number {
    return this.#processes.reduce((sum, process) => sum + count(process), 0);
  }

  async #found(): Promise<{ minutes: string[]; tens: string[] }> {
    return { minutes: await this.#windows('minutes'), tens: await this.#windows('tens') };
  }

  /** The windows that came out, but for those of the rows that closed the others: start and fields, sorted. */
  async #windows(topic: string): Promise<string[]> {
    const values = (await this.#kafka.read(topic)).map(({ value }) => JSON.parse(value ?? '{}') as { start: string });
    return values
      .map(({ start, ...fields }) => ({ startMs: Date.parse(start), fields }))
      .filter(({ startMs }) => startMs < FAR_MS - 100_000_000)
      .map(({ startMs, fields }) => [startMs, ...Object.values(fields)].join(' '))
      .sort();
  }
}
