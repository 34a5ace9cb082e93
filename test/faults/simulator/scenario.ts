import type { EventTimes } from '../workload/load.ts';
import { SIMULATED_PARTS, type Part } from '../workload/topology.ts';
import { below, oneOf, stream, weighted } from './random.ts';
import { FAULT_KINDS, type FaultKind } from './step.ts';

/** How often something befalls a request of a process, from 0 to 1, besides the mishaps of the schedule. */
export interface Rates {
  drop: number;
  lose: number;
  late: number;
  delay: number;
}

/**
 * How event time goes on.
 *
 *     apart     in each partition by itself, however far from the others; none is ever taken for idle
 *     awake     the same, though partitions are soon taken for idle: none of them is silent for so long
 *     silent    the same, and whoever writes the schedule sees to it that nobody is late who was silent
 *     present   with the clock, and all are taken for idle every now and then
 */
export type TimesKind = 'apart' | 'awake' | 'silent' | 'present';

/** What a seed's run is about, besides what happens in it. */
export interface Scenario {
  readonly seed: number;
  readonly parts: readonly Part[];
  readonly faults: readonly FaultKind[];
  readonly partitions: number;
  readonly trigger: 'default' | 'availableNow' | 'once';
  readonly times: TimesKind;
  /** Rows that are there before anybody comes. */
  readonly backlog: number;
  /** Late rows are kept; only then there are some, since only then it can be told which. */
  readonly lateRows: boolean;
  readonly compression: 'none' | 'lz4';
  /** ms from the answer to EndTxn until the markers are in the log. */
  readonly markerDelayMs: number;
  readonly state:
    | { readonly kind: 'memory' }
    | {
        readonly kind: 'redis';
        readonly cacheBytes: number;
        readonly writeDelayMs: number;
        readonly maxUnwrittenBytes: number;
        /** So few that most writes take several scripts. */
        readonly changesPerChunk: number;
      };
  readonly rates: Readonly<Rates>;
}

/** What of a scenario is not left to the seed. */
export interface ScenarioChoice {
  readonly parts?: readonly Part[];
  readonly faults?: readonly FaultKind[];
  /** Whatever else is to be so. */
  readonly fixed?: Partial<Omit<Scenario, 'seed' | 'parts' | 'faults'>>;
}

export function drawScenario(seed: number, { parts, faults = FAULT_KINDS, fixed }: ScenarioChoice): Scenario {
  const random = stream(seed, 'scenario');
  const rate = (share: number, most: number): number => {
    const [drawn, amount] = [random(), random()];
    return faults.includes('network') && drawn < share ? most * amount : 0;
  };
  const drawnParts = drawParts(random);
  const chosen = parts ?? drawnParts;
  const trigger = weighted(random, [
    [0.7, 'default'],
    [0.15, 'availableNow'],
    [0.15, 'once'],
  ] as const);
  const drawnTimes = weighted(random, [
    [5, 'apart'],
    [3, 'awake'],
    [2, 'present'],
  ] as const);
  // What runs to an end now and then does not look often enough to know that nobody is silent.
  const times = drawnTimes === 'awake' && trigger !== 'default' ? 'apart' : drawnTimes;
  return {
    seed,
    parts: chosen,
    faults,
    partitions: 1 + below(random, random() < 0.2 ? 4 : 3),
    trigger,
    times,
    backlog: random() < 0.25 ? 1 + below(random, 40) : 0,
    lateRows: random() < 0.4,
    compression: random() < 0.2 ? 'lz4' : 'none',
    markerDelayMs: 1 + below(random, random() < 0.2 ? 60 : 5),
    state:
      random() < 0.2
        ? { kind: 'memory' }
        : {
            kind: 'redis',
            cacheBytes: oneOf(random, [1 << 10, 8 << 10, 1 << 20]),
            writeDelayMs: oneOf(random, [1, 20, 100, 400]),
            maxUnwrittenBytes: oneOf(random, [500, 4_000, 64 << 20, 64 << 20]),
            changesPerChunk: oneOf(random, [1, 2, 5, 1_000]),
          },
    rates: { drop: rate(0.4, 0.02), lose: rate(0.5, 0.02), late: rate(0.3, 0.01), delay: rate(0.5, 0.05) },
    ...fixed,
  };
}

/** Event time in a scenario: none of its rows but the stragglers is late, whatever happens to the processes. */
export function timesOf(
  { times }: Scenario,
  nowMs: () => number,
): {
  readonly eventTimes: EventTimes;
  readonly secondMs: number;
  readonly watermarkDelay: string;
  readonly idleTimeout: string;
} {
  if (times === 'present') {
    // Whoever is thought idle is not late with what comes next: (delay - disorder) / haste is longer than any task stands still.
    const eventTimes = { kind: 'present', disorderMs: 120_000, nowMs, haste: 10 } as const;
    return { eventTimes, secondMs: 60_000, watermarkDelay: '20 minutes', idleTimeout: '3 seconds' };
  }
  const eventTimes = { kind: 'own', disorderMs: 5_000 } as const;
  // Somewhat longer than the longest pause between two rows of a partition that is awake.
  const idleTimeout = times === 'apart' ? '100 hours' : '10 seconds';
  return { eventTimes, secondMs: 1_000, watermarkDelay: '6 seconds', idleTimeout };
}

/** One to three of them: what goes wrong in one rarely needs the others, and the fewer there are the more seeds can be run. */
function drawParts(random: () => number): Part[] {
  const left = [...SIMULATED_PARTS];
  const count = 1 + below(random, 3);
  return Array.from({ length: count }, () => left.splice(below(random, left.length), 1)[0]);
}
