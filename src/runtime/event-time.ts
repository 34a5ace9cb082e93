import type { Marker } from './marker.ts';

/**
 * How far event time has come in a task. Part of its progress: it is committed with each batch and handed to the next owner. All times
 * are microseconds, -Infinity before the first.
 */
export interface EventTime {
  /** Watermark of the input: what the next batch runs with. It never goes back. */
  readonly watermark: number;
  /** What the tasks before a repartition said last; null for the task of a source. */
  readonly heard: HeardMarkers | null;
  /** The watermark that the last batch of each view that keeps event time ran with. */
  readonly ran: Readonly<Record<string, number>>;
  /**
   * Trigger `once`: the watermark with which the run began. As if it were one batch, rows are judged by what ran before the run, and what that
   * watermark closes goes when all rows are in. Null between runs and with other triggers.
   */
  readonly frozen: Pick<EventTime, 'watermark'> | null;
}

/** How far event time has come for the input, and for the views. */
export type ReachedTime = Pick<EventTime, 'watermark' | 'ran'>;

/** The last marker of each task before the repartition, all of one plan. */
export interface HeardMarkers {
  readonly planEpoch: number;
  readonly plan: string;
  /** By task number. Those that said nothing yet hold everything back. */
  readonly tasks: readonly Pick<Marker, 'watermark' | 'idle' | 'ended'>[];
}

const UNHEARD = { watermark: -Infinity, idle: false, ended: false };

export const EVENT_TIME_BEGINS: EventTime = { watermark: -Infinity, heard: null, ran: {}, frozen: null };

/** After the rows of a source partition of which `latest` is the largest event time. */
export const afterRows = (time: EventTime, latest: number, delayUs: number): EventTime =>
  latest - delayUs > time.watermark ? { ...time, watermark: latest - delayUs } : time;

/**
 * After a marker: the watermark is the smallest of all tasks that are not idle; the largest of all, when all are. Only tasks of a source
 * hold nobody back while idle: those behind a repartition may be about to get rows that others have got already. A later plan's markers
 * replace those of the plan before, whose tasks may be other ones; those of an earlier plan are of no interest any more.
 */
export function afterMarker(time: EventTime, marker: Marker): EventTime {
  const { task, taskCount, planEpoch, plan, ofSource, watermark, idle, ended } = marker;
  const { heard } = time;
  // A plan may be recorded twice, when an update was undone in between: it is the same plan.
  const samePlan = heard?.plan === plan;
  if (heard !== null && !samePlan && planEpoch < heard.planEpoch) return time;
  const known = samePlan ? heard.tasks : [];
  const tasks = Array.from({ length: Math.max(taskCount, known.length) }, (_, i) => known[i] ?? UNHEARD);
  tasks[task] = { watermark, idle, ended };
  const active = tasks.filter((each) => !ofSource || !each.idle).map((each) => each.watermark);
  // When the last one becomes idle it must not matter which one that was.
  const reached = active.length > 0 ? Math.min(...active) : Math.max(...tasks.map((each) => each.watermark));
  const latest = { planEpoch: Math.max(planEpoch, samePlan ? heard.planEpoch : 0), plan, tasks };
  return { ...time, heard: latest, watermark: Math.max(time.watermark, reached) };
}

/** Whether every task before the repartition has said that it is idle. */
export const allIdle = ({ heard }: EventTime): boolean => heard !== null && heard.tasks.every((task) => task.idle);

/** Whether every task before the repartition has ended its run. */
export const allEnded = ({ heard }: EventTime): boolean => heard !== null && heard.tasks.every((task) => task.ended);

/** A run of trigger `once` begins; or goes on, if one was interrupted. */
export function beginRun(time: EventTime): EventTime {
  if (time.frozen !== null) return time;
  const { heard, watermark } = time;
  const begun = heard === null ? null : { ...heard, tasks: heard.tasks.map((task) => ({ ...task, ended: false })) };
  return { ...time, heard: begun, frozen: { watermark } };
}

/** The run has ended: the next one sees event time as this one left it. */
export const endRun = (time: EventTime): EventTime => ({ ...time, frozen: null });

/** For `JSON.stringify`: leaves out -Infinity, which JSON cannot carry. */
export const withoutInfinity = (_: string, value: unknown): unknown => (value === -Infinity ? undefined : value);

/** From what `JSON.stringify` made of it with `withoutInfinity`. */
export function decodeEventTime({ watermark, heard, ran, frozen }: Encoded<EventTime>): EventTime {
  return {
    watermark: watermark ?? -Infinity,
    heard: heard === null ? null : { ...heard, tasks: heard.tasks.map((task) => ({ ...UNHEARD, ...task })) },
    ran,
    frozen: frozen === null ? null : { watermark: frozen.watermark ?? -Infinity },
  };
}

type Encoded<T> = Omit<T, 'watermark'> & { readonly watermark?: number };
