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
  /** Trigger `once`: what all batches of the run see, as if they were one; null between runs and with other triggers. */
  readonly frozen: FrozenTime | null;
}

export type FrozenTime = Pick<EventTime, 'watermark' | 'ran'>;

/** The last marker of each task before the repartition, all of one plan. */
export interface HeardMarkers {
  readonly planEpoch: number;
  /** By task number. Those that said nothing yet hold everything back. */
  readonly tasks: readonly { readonly watermark: number; readonly idle: boolean }[];
}

const UNHEARD = { watermark: -Infinity, idle: false };

export const EVENT_TIME_BEGINS: EventTime = { watermark: -Infinity, heard: null, ran: {}, frozen: null };

/** After the rows of a source partition of which `latest` is the largest event time. */
export const afterRows = (time: EventTime, latest: number, delayUs: number): EventTime =>
  latest - delayUs > time.watermark ? { ...time, watermark: latest - delayUs } : time;

/**
 * After a marker: the watermark is the smallest of all tasks that are not idle; the largest of all, when all are. A later plan's markers replace those of the plan before,
 * whose tasks may be other ones; those of an earlier plan are of no interest any more.
 */
export function afterMarker(time: EventTime, marker: Marker): EventTime {
  const { task, taskCount, planEpoch, watermark, idle } = marker;
  const known = time.heard?.planEpoch === planEpoch ? time.heard.tasks : [];
  if (time.heard !== null && planEpoch < time.heard.planEpoch) return time;
  const tasks = Array.from({ length: Math.max(taskCount, known.length) }, (_, i) => known[i] ?? UNHEARD);
  tasks[task] = { watermark, idle };
  const active = tasks.filter((each) => !each.idle).map((each) => each.watermark);
  // When the last one becomes idle it must not matter which one that was.
  const reached = active.length > 0 ? Math.min(...active) : Math.max(...tasks.map((each) => each.watermark));
  return { ...time, heard: { planEpoch, tasks }, watermark: Math.max(time.watermark, reached) };
}

/** Whether every task before the repartition has said that it is idle. */
export const allIdle = ({ heard }: EventTime): boolean => heard !== null && heard.tasks.every((task) => task.idle);

/** For `JSON.stringify`: leaves out -Infinity, which JSON cannot carry. */
export const withoutInfinity = (_: string, value: unknown): unknown => (value === -Infinity ? undefined : value);

/** From what `JSON.stringify` made of it with `withoutInfinity`. */
export function decodeEventTime({ watermark, heard, ran, frozen }: Encoded<EventTime>): EventTime {
  return {
    watermark: watermark ?? -Infinity,
    heard: heard === null ? null : { ...heard, tasks: heard.tasks.map((task) => ({ ...UNHEARD, ...task })) },
    ran,
    frozen: frozen === null ? null : { watermark: frozen.watermark ?? -Infinity, ran: frozen.ran },
  };
}

type Encoded<T> = Omit<T, 'watermark'> & { readonly watermark?: number };
