import { createHash } from 'node:crypto';
import { partitionName, type TopicPartition } from '../../../src/core/task.ts';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { transactionalId } from '../../../src/plan/topics.ts';
import type { Evidence, Violation } from '../workload/evidence.ts';
import { judge } from '../workload/judge.ts';
import { Load, type LoadRecord } from '../workload/load.ts';
import { outputTopics, sourceTopics, topologyYaml, type TopologyOptions } from '../workload/topology.ts';
import { Fleet } from './fleet.ts';
import { History } from './history.ts';
import { OffsetCommits } from './offset-commits.ts';
import type { Outcome } from './outcome.ts';
import { knownPlanOf } from './plan.ts';
import { stream } from './random.ts';
import { timesOf, type Scenario } from './scenario.ts';
import { LATEST_MS } from './schedule.ts';
import { memoryState, type SharedState } from './shared-state.ts';
import { nameOf, type Meal, type Mishap, type Step } from './step.ts';
import { TwinState } from './twin-state.ts';
import { Watch } from './watch.ts';
import { World } from './world.ts';

const NAME = 'sim';
/** Longer than anything that is still under way, and than a session and a transaction take to expire one after the other. */
const SETTLING_MS = LATEST_MS + 15_000;
/** I6: twice the time of a transaction, and some for what follows from one another. */
const PATIENCE_MS = 60_000;
/** As long as nothing new comes for so long, nothing will. */
const QUIET_MS = 3_000;
/** Runs to an end without news after which no more is expected. */
const QUIET_RUNS = 2;
const MOST_RUNS = 12;
/** Further than anything is open. */
const LEAP_MS = 3_600_000;
/** After these a request may be acted upon when later ones have been. */
const LATE: readonly Mishap[] = ['late', 'repeat', 'killMeanwhile'];

/** One run: a topology, what is fed to it, and everything that goes wrong, all of which follows from the scenario and the schedule. */
export class Simulation {
  readonly #scenario: Scenario;
  readonly #schedule: readonly Step[];
  readonly #trace: (line: string) => void;
  readonly #world: World;
  readonly #topology: TopologyOptions;
  readonly #plan: PhysicalPlan;
  readonly #state: SharedState;
  readonly #fleet: Fleet;
  readonly #history: History;
  readonly #watch: Watch;
  readonly #offsetCommits: OffsetCommits;
  readonly #load: Load;
  readonly #sources: ReadonlySet<string>;
  readonly #faults = new Map<string, number>();
  readonly #violations: Violation[] = [];
  #records = 0;

  constructor(scenario: Scenario, schedule: readonly Step[], trace: (line: string) => void = () => undefined) {
    const { seed, parts, trigger, lateRows, compression, markerDelayMs, partitions } = scenario;
    const world = new World(markerDelayMs);
    const times = timesOf(scenario, () => world.clock.now());
    this.#scenario = scenario;
    this.#schedule = schedule;
    this.#world = world;
    this.#trace = (line) => trace(`${String(world.clock.now() - world.beganMs).padStart(9)} ${line}`);
    this.#history = new History(world);
    this.#watch = new Watch(world, this.#history, NAME);
    this.#state =
      scenario.state.kind === 'memory'
        ? memoryState
        : new TwinState({
            application: NAME,
            limits: scenario.state,
            clock: world.clock,
            onWentBack: () => this.#watch.redisWentBack(),
            trace: this.#trace,
          });
    const { watermarkDelay, idleTimeout, secondMs } = times;
    this.#topology = { name: NAME, parts, trigger, watermarkDelay, idleTimeout, secondMs, compression, lateRows };
    this.#plan = knownPlanOf(topologyYaml(this.#topology));
    this.#offsetCommits = new OffsetCommits(world, this.#history, this.#plan, partitions);
    this.#load = new Load(stream(seed, 'load'), { name: NAME, partitions, secondMs, times: times.eventTimes });
    this.#sources = new Set(sourceTopics(NAME, parts));
    this.#fleet = new Fleet({
      scenario,
      world,
      plan: this.#plan,
      state: this.#state,
      onFault: (name) => this.#count(name),
      onMishap: (then, at) => {
        this.#count(then);
        if (at === 'OffsetCommit' && LATE.includes(then)) this.#watch.offsetsAreLate();
      },
      trace: this.#trace,
    });
  }

  async run(): Promise<Outcome> {
    const { partitions, parts, lateRows, times, backlog, seed } = this.#scenario;
    const world = this.#world;
    await world.createTopics([...this.#sources], partitions);
    await world.createTopics(outputTopics(NAME, parts, lateRows), partitions);
    if (times !== 'present') await this.#write(this.#load.begin());
    if (backlog > 0) await this.#feed({ do: 'feed', rows: backlog, jump: backlog % 2 === 0, aborted: 0 });
    // Who is there from the beginning meets what waits for it there.
    const isBeginning = ({ do: what }: Step): boolean => what === 'start' || what === 'trap';
    const begun = [...this.#schedule, null].findIndex((step) => step === null || !isBeginning(step));
    for (const step of this.#schedule.slice(0, begun)) await this.#take(step);
    this.#fleet.ensureOne();
    await world.pass(1_000);
    const inputs = await this.#inputs();
    const watch = this.#watch;
    for (const step of this.#schedule.slice(begun)) {
      if (this.#hasFailed) break;
      this.#trace(`--- ${JSON.stringify(step)}`);
      if (step.do === 'redis' && step.then !== 'refuse') watch.redisWentBack();
      await this.#take(step);
      await watch.look(inputs, this.#state.contents());
    }
    if (!this.#hasFailed) await this.#comeToRest(await this.#inputs());
    this.#violations.push(...watch.violations, ...this.#fleet.violations());
    await world.passing(this.#history.read());
    this.#violations.push(...this.#offsetCommits.violations());
    const evidence = await this.#evidence(inputs);
    // Of a run that was cut short nothing is complete.
    if (this.#violations.length === 0) {
      const { keysDeleted } = this.#state;
      this.#violations.push(...judge(evidence, this.#load, this.#topology, { keysDeleted }));
    }
    const keptRows = evidence.topics.get(`${NAME}-late`)?.length ?? 0;
    if (lateRows && this.#fleet.lateRows > keptRows) {
      const what = `processes say that ${this.#fleet.lateRows} rows were late, ${keptRows} were kept`;
      this.#violations.push({ invariant: 'I9', where: `${NAME}-late`, what });
    }
    const virtualMs = world.clock.now() - world.beganMs;
    this.#fleet.killAll();
    await world.close();
    return {
      seed,
      scenario: this.#scenario,
      schedule: this.#schedule,
      violations: this.#violations,
      records: this.#records,
      ...this.#fleet.counts(),
      faults: this.#faults,
      virtualMs,
      digest: digestOf(evidence),
    };
  }

  get #hasFailed(): boolean {
    return this.#fleet.failure !== null;
  }

  async #take(step: Step): Promise<void> {
    const world = this.#world;
    switch (step.do) {
      case 'feed':
        return this.#feed(step);
      case 'pass':
        if (this.#scenario.times === 'awake') await this.#write(this.#load.pulse());
        this.#fleet.ensureOne();
        return world.pass(step.ms);
      case 'start':
      case 'stop':
      case 'kill':
      case 'freeze':
      case 'thaw':
      case 'trap':
        return this.#fleet.take(step);
      case 'stopNode':
      case 'startNode':
      case 'moveLeader':
      case 'moveCoordinator':
      case 'expireTransactionalId':
      case 'compact':
        return this.#befallBrokers(step);
      case 'redis':
        if (this.#state.befall(step)) this.#count(nameOf(step));
    }
  }

  async #befallBrokers(step: BrokerStep): Promise<void> {
    const world = this.#world;
    const { cluster } = world;
    const partitions = await world.passing(world.partitions());
    const chosen = (pick: number): TopicPartition => partitions[Math.floor(pick * partitions.length)];
    this.#count(nameOf(step));
    switch (step.do) {
      case 'stopNode':
        return world.stopNode(step.node);
      case 'startNode':
        return world.startNode(step.node);
      case 'moveLeader': {
        const { topic, partition } = chosen(step.pick);
        return world.moveLeader(topic, partition, step.node);
      }
      case 'moveCoordinator':
        return cluster.moveCoordinator(step.of, step.of === 'group' ? NAME : this.#chosenId(step.pick), step.node);
      case 'expireTransactionalId':
        return cluster.expireTransactionalId(this.#chosenId(step.pick));
      case 'compact':
        await world.passing(this.#history.readToNow());
        for (const topic of new Set(partitions.map((tp) => tp.topic))) cluster.compact(topic, { roll: true });
    }
  }

  #chosenId(pick: number): string {
    const { subTopologies } = this.#plan;
    const ids = subTopologies.flatMap(({ id }) =>
      Array.from({ length: this.#scenario.partitions }, (_, partition) => transactionalId(NAME, id, partition)),
    );
    return ids[Math.floor(pick * ids.length)];
  }

  async #feed({ rows, aborted, ...options }: Meal): Promise<void> {
    const records: LoadRecord[] = [];
    if (options.jump && this.#scenario.times === 'present') await this.#leap();
    if (this.#sources.has(`${NAME}-events`)) records.push(...this.#load.nextEvents(rows, options));
    if (this.#sources.has(`${NAME}-lines`)) records.push(...this.#load.nextLines(Math.ceil(rows / 3)));
    await this.#write(records, aborted);
  }

  /** Time leaps for all, unless there is something that would be late then. */
  async #leap(): Promise<void> {
    const inputs = await this.#inputs();
    if ((await this.#lag(inputs.filter(({ topic }) => this.#sources.has(topic)))) === '') this.#load.leap(LEAP_MS);
  }

  async #write(records: readonly LoadRecord[], aborted = 0): Promise<void> {
    const known = records.filter(({ topic }) => this.#sources.has(topic));
    this.#records += known.length;
    await this.#world.write(known, aborted);
  }

  /** Faults end, everybody finds out what is going on, and what is still open is closed. */
  async #comeToRest(inputs: readonly TopicPartition[]): Promise<void> {
    this.#trace('--- faults end');
    this.#fleet.heal();
    this.#state.heal();
    this.#world.startNodes();
    const runsToAnEnd = this.#scenario.trigger !== 'default';
    for (let ms = 0; ms < SETTLING_MS && !this.#hasFailed; ms += 1_000) {
      if (!runsToAnEnd) this.#fleet.ensureOne();
      await this.#world.pass(1_000);
    }
    for (let i = 0; i < 2 && !this.#hasFailed; i++) {
      await this.#write(this.#load.closing());
      if (runsToAnEnd) await this.#runToTheEnd();
      else await this.#world.pass(2_000);
    }
    if (runsToAnEnd) await this.#untilRunsBringNothing();
    else await this.#untilQuiet(inputs);
  }

  async #untilQuiet(inputs: readonly TopicPartition[]): Promise<void> {
    const { clock } = this.#world;
    const deadline = clock.now() + PATIENCE_MS;
    let quietSince = clock.now();
    let seen = '';
    while (!this.#hasFailed) {
      const lag = await this.#lag(inputs);
      const ends = await this.#endsText();
      if (lag !== '' || ends !== seen || !this.#fleet.allRun) quietSince = clock.now();
      if (clock.now() - quietSince >= QUIET_MS) return;
      seen = ends;
      if (clock.now() > deadline) {
        const what = [lag, ...this.#fleet.status].join('; ');
        this.#violations.push({ invariant: 'I6', where: NAME, what: `does not come to rest: ${what}` });
        return;
      }
      this.#fleet.ensureOne();
      await this.#world.pass(500);
    }
  }

  /** Runs to an end follow on one another until some of them brought nothing new to anybody. */
  async #untilRunsBringNothing(): Promise<void> {
    let quiet = 0;
    for (let run = 0; run < MOST_RUNS && quiet < QUIET_RUNS && !this.#hasFailed; run++) {
      const before = await this.#outputs();
      await this.#runToTheEnd();
      quiet = (await this.#outputs()) === before ? quiet + 1 : 0;
    }
  }

  async #runToTheEnd(): Promise<void> {
    const { clock } = this.#world;
    this.#fleet.ensureOne();
    const deadline = clock.now() + PATIENCE_MS;
    while (!this.#fleet.isEmpty && clock.now() < deadline && !this.#hasFailed) await this.#world.pass(250);
    // What the last of them committed becomes readable.
    if (this.#fleet.isEmpty) return this.#world.pass(1_000);
    const what = `a run does not end: ${this.#fleet.status.join('; ')}`;
    this.#violations.push({ invariant: 'I6', where: NAME, what });
  }

  /** The partitions that the tasks read, as far as they exist. */
  async #inputs(): Promise<TopicPartition[]> {
    const topics = new Set(this.#plan.subTopologies.map(({ input }) => input.topic));
    return (await this.#world.passing(this.#world.partitions())).filter(({ topic }) => topics.has(topic));
  }

  /** What is not yet read, committed and told the group; empty when there is nothing. */
  async #lag(inputs: readonly TopicPartition[]): Promise<string> {
    const { client } = this.#world;
    const ends = await this.#world.passing(client.topics.offsets(inputs));
    const offsets = await this.#world.passing(client.groupOffsets(NAME, inputs));
    const reached = new Map(offsets.map((tp) => [partitionName(tp), tp.offset]));
    return inputs
      .map(partitionName)
      .filter((name) => reached.get(name) !== ends.get(name)?.end)
      .map((name) => `${name} is read to ${reached.get(name)} of ${ends.get(name)?.end}`)
      .join(', ');
  }

  async #endsText(): Promise<string> {
    const offsets = await this.#world.passing(this.#ends());
    return JSON.stringify([...offsets]);
  }

  /** How much there is in all topics but changelogs, to which every run adds. */
  async #outputs(): Promise<string> {
    await this.#world.passing(this.#history.read());
    const sizes = [...this.#history.records].filter(([topic]) => !topic.endsWith('.changelog'));
    return JSON.stringify(sizes.map(([topic, records]) => [topic, records.length]));
  }

  async #ends(): Promise<Map<string, { lastStable: number; highWatermark: number }>> {
    const partitions = await this.#world.partitions();
    const offsets = await this.#world.client.topics.offsets(partitions);
    return new Map([...offsets].map(([name, { lastStable, end }]) => [name, { lastStable, highWatermark: end }]));
  }

  async #evidence(inputs: readonly TopicPartition[]): Promise<Evidence> {
    const world = this.#world;
    const offsets = await world.passing(world.client.groupOffsets(NAME, inputs));
    return {
      topology: NAME,
      topics: this.#history.records,
      ends: await world.passing(this.#ends()),
      groupOffsets: new Map(offsets.map((tp) => [partitionName(tp), tp.offset])),
      redis: this.#state.contents(),
    };
  }

  #count(fault: string): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
  }
}

type BrokerStep = Extract<
  Step,
  { do: 'stopNode' | 'startNode' | 'moveLeader' | 'moveCoordinator' | 'expireTransactionalId' | 'compact' }
>;

function digestOf({ topics, groupOffsets }: Evidence): string {
  const hash = createHash('sha256');
  for (const [topic, records] of [...topics].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(topic);
    for (const { partition, offset, timestamp, key, value } of records) {
      hash.update(`${partition} ${offset} ${timestamp} `);
      hash.update(key ?? 'null').update(value ?? 'null');
    }
  }
  return hash.update(JSON.stringify([...groupOffsets])).digest('hex');
}
