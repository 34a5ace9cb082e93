import type { Scenario } from '../../simulator/scenario.ts';
import type { Meal, Step } from '../../simulator/step.ts';
import type { Part } from '../../workload/topology.ts';
import type { History } from '../mutation.ts';
import { CALM } from './calm.ts';
import { freeze, pass, start, stop, thaw, trap } from './steps.ts';

/** Rows for some partitions, which go on in their own time; `abreast` where they begin anew where the furthest is. */
const rows = (count: number, on: readonly number[], more: Partial<Meal> = {}): Step => ({
  do: 'feed',
  rows: count,
  jump: false,
  aborted: 0,
  on,
  ...more,
});

/** One partition keeps going, while the others are silent until they are taken for idle. */
const goOnAlone = (partition: number): Step[] =>
  Array.from({ length: 4 }, () => [rows(2, [partition]), pass(4_000)]).flat();

const history = (parts: readonly Part[], schedule: readonly Step[], fixed: Partial<Scenario> = {}): History => ({
  seed: 1,
  parts,
  faults: [],
  fixed: { ...CALM, times: 'silent', partitions: 2, ...fixed },
  schedule,
});

/** All is stopped while a partition is idle; what comes then is read by the others first. */
export const STOPPED_WHILE_IDLE = history(
  ['tens'],
  [
    start(0),
    rows(10, [0, 1]),
    pass(1_000),
    ...goOnAlone(1),
    stop(0),
    pass(2_000),
    rows(10, [0], { abreast: true }),
    rows(10, [1], { jump: true }),
    start(0),
    trap(0, 'InitProducerId', 'delay', { ms: 3_000, of: '.events.0' }),
    pass(8_000),
  ],
);

/** A partition whose windows are open is silent, while another one goes far ahead; then it closes them. */
export const SILENT_WITH_OPEN_WINDOWS = history(
  ['crowds'],
  [
    start(0),
    rows(10, [0, 1]),
    pass(1_000),
    ...goOnAlone(1),
    rows(5, [1], { jump: true }),
    pass(2_000),
    rows(5, [0], { abreast: true }),
    pass(2_000),
  ],
);

/** Everything is idle; then a task of the second stage is held up, with rows that others have put out theirs of. */
export const HELD_UP_BEHIND_A_REPARTITION = history(
  ['tens'],
  [
    start(0),
    start(1),
    pass(3_000),
    rows(10, [0, 1]),
    pass(1_000),
    rows(1, [0], { jump: true }),
    pass(15_000),
    freeze(1),
    rows(20, [0]),
    pass(500),
    rows(20, [0], { jump: true }),
    pass(12_000),
    thaw,
    pass(3_000),
  ],
);

/** One task has gone far when another one, which begins where it began, is heard of for the first time. */
export const HEARD_OF_LATE = history(
  ['tens'],
  [start(0), trap(0, 'InitProducerId', 'delay', { ms: 4_000, of: '.events.1' }), pass(8_000)],
  { backlog: 20 },
);

/** The batch that ends a silence is done twice; then its partition is slow, and the others are not. */
export const SILENCE_ENDS_WITH_AN_ABORT = history(
  ['tens'],
  [
    start(0),
    rows(10, [0, 1]),
    pass(1_000),
    ...goOnAlone(1),
    pass(1_000),
    trap(0, 'Produce', 'refuse', { of: '.events.0' }),
    rows(3, [0], { abreast: true }),
    pass(2_000),
    rows(10, [1], { jump: true }),
    pass(2_000),
    rows(3, [0]),
    pass(2_000),
  ],
);

/** The leader of an idle partition is out of its owner's reach, when rows come for it. */
export const OUT_OF_REACH_WHILE_IDLE = history(
  ['tens'],
  [
    start(0),
    start(1),
    pass(3_000),
    rows(10, [0, 1]),
    pass(1_000),
    ...goOnAlone(1),
    trap(0, 'Fetch', 'cut', { ms: 12_000 }),
    pass(3_000),
    rows(10, [0], { abreast: true }),
    rows(10, [1], { jump: true }),
    pass(12_000),
  ],
);

/** Rows come for a partition while its owner waits for an answer: it has heard of none for long, and they were not. */
export const UNANSWERED_WHILE_ROWS_COME = history(
  ['tens'],
  [
    start(0),
    start(1),
    pass(3_000),
    rows(10, [0, 1]),
    pass(7_000),
    trap(0, 'Fetch', 'stall'),
    pass(1_000),
    rows(10, [0]),
    rows(10, [1], { jump: true }),
    pass(9_000),
  ],
);
