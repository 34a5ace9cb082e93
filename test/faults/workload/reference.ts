import type { LoadEvent, LoadLine } from './load.ts';
import { LARGE, outputTopics, tenMs, topicOf, windowMs, type TopologyOptions } from './topology.ts';
import type { Load } from './load.ts';

export interface Sum {
  readonly n: number;
  readonly total: number;
}

/** What is kept of a user. */
export interface UserTotal extends Sum {
  /** Largest id. */
  readonly newest: number;
}

export interface Window extends Sum {
  readonly startMs: number;
}

export interface UserWindow extends Window {
  readonly user: string;
}

export interface Second extends Window {
  readonly class: number;
}

export interface Ten extends Window {
  /** How many groups went into it. */
  readonly parts: number;
}

const startOf = (timeMs: number, sizeMs: number): number => timeMs - (timeMs % sizeMs);

/** The total of the user's events, after one more. */
export const withEvent = (before: UserTotal | undefined, { id, amount }: LoadEvent): UserTotal => ({
  n: (before?.n ?? 0) + 1,
  total: (before?.total ?? 0) + amount,
  newest: Math.max(before?.newest ?? -1, id),
});

export const isLarge = ({ amount }: LoadEvent): boolean => amount >= LARGE;

export const windowName = ({ user, startMs }: Pick<UserWindow, 'user' | 'startMs'>): string =>
  `${user} ${new Date(startMs).toISOString()}`;

export const secondName = (second: Pick<Second, 'class' | 'startMs'>): string =>
  `${new Date(second.startMs).toISOString()} class ${second.class}`;

/** The user's window that the event belongs to. */
export const windowOf = (event: LoadEvent, secondMs: number): Pick<UserWindow, 'user' | 'startMs'> => ({
  user: event.user,
  startMs: startOf(event.timeMs, windowMs(secondMs)),
});

/** The start of the ten seconds that a second or a window belongs to. */
export const tenOf = ({ startMs }: Pick<Window, 'startMs'>, secondMs: number): number =>
  startOf(startMs, tenMs(secondMs));

/** All windows of users, by `windowName`. */
export function userWindows(events: Iterable<LoadEvent>, secondMs: number): Map<string, UserWindow> {
  const windows = new Map<string, UserWindow>();
  for (const event of events) addToWindow(windows, event, secondMs);
  return windows;
}

/** Adds the event to its window. @returns the name of the window */
export function addToWindow(windows: Map<string, UserWindow>, event: LoadEvent, secondMs: number): string {
  const window = windowOf(event, secondMs);
  const name = windowName(window);
  const { n, total } = windows.get(name) ?? { n: 0, total: 0 };
  windows.set(name, { ...window, n: n + 1, total: total + event.amount });
  return name;
}

/** All seconds by last digit of the amount, by `secondName`. */
export function secondsOf(events: Iterable<LoadEvent>, secondMs: number): Map<string, Second> {
  const seconds = new Map<string, Second>();
  for (const { amount, timeMs } of events) {
    const second = { class: amount % 10, startMs: startOf(timeMs, secondMs) };
    const { n, total } = seconds.get(secondName(second)) ?? { n: 0, total: 0 };
    seconds.set(secondName(second), { ...second, n: n + 1, total: total + amount });
  }
  return seconds;
}

/** Tens of these seconds, or other windows that go into them whole, by their start. */
export function tensOf(windows: Iterable<Window>, secondMs: number): Map<number, Ten> {
  const tens = new Map<number, Ten>();
  for (const window of windows) {
    const startMs = tenOf(window, secondMs);
    const { n, total, parts } = tens.get(startMs) ?? { n: 0, total: 0, parts: 0 };
    tens.set(startMs, { startMs, n: n + window.n, total: total + window.total, parts: parts + 1 });
  }
  return tens;
}

/** How often each word was said. */
export function wordCounts(lines: Iterable<LoadLine>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { words } of lines) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** How many records each output has at least when everything has come to rest: to know when there is nothing to wait for any more. */
export function leastOutputs(load: Load, { name, parts, secondMs }: TopologyOptions): Map<string, number> {
  const { events, lines, closedBeforeMs } = load;
  const isDue = ({ startMs }: Window): boolean => startMs < closedBeforeMs;
  const onTime = events.filter(({ straggles }) => !straggles);
  const tensDue = (windows: ReadonlyMap<string, Window>): number =>
    [...tensOf(windows.values(), secondMs).values()].filter(isDue).length;
  const counts: Readonly<Record<string, () => number>> = {
    copies: () => events.length,
    large: () => events.filter(isLarge).length,
    'line-copies': () => lines.length,
    totals: () => new Set(events.map(({ user }) => user)).size,
    windows: () => [...userWindows(onTime, secondMs).values()].filter(isDue).length,
    words: () => wordCounts(lines).size,
    tens: () => tensDue(secondsOf(onTime, secondMs)),
    crowds: () => tensDue(userWindows(onTime, secondMs)),
  };
  const wanted = outputTopics(name, parts);
  const least = Object.entries(counts).map(([output, count]) => [topicOf(name, output), count] as const);
  return new Map(least.flatMap(([topic, count]) => (wanted.includes(topic) ? [[topic, count()] as const] : [])));
}
