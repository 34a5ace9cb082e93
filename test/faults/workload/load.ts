import { encodeKey } from '../../../src/core/key-codec.ts';
import { partitionOf } from '../../../src/core/murmur2.ts';
import { tenMs, topicOf, type TopologyOptions } from './topology.ts';

/** A record of a source, placed as Kafka's own producer would. */
export interface LoadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
}

export interface LoadEvent {
  readonly id: number;
  readonly user: string;
  readonly amount: number;
  /** Event time, ms. */
  readonly timeMs: number;
  /** It belongs to a time that is long past when it is written: it may be late, as no other event may. */
  readonly straggles: boolean;
}

export interface LoadLine {
  readonly id: number;
  readonly words: readonly string[];
}

/**
 * Where event times come from. No row but a straggler is late, if the watermark's delay is larger than `disorderMs`.
 *
 *     own       each partition has a time of its own, which its rows move on; for sources whose partitions are never taken for idle
 *     present   `haste` times as fast as the clock, so that whoever was taken for idle goes on where the others are: rows are not late as
 *               long as they are read within (delay - disorder) / haste of their making, and before time leaps
 */
export type EventTimes =
  | { readonly kind: 'own'; readonly disorderMs: number }
  | { readonly kind: 'present'; readonly disorderMs: number; readonly nowMs: () => number; readonly haste: number };

/** What the load has to know of the topology, and what it is to be like. */
export interface LoadOptions extends Pick<TopologyOptions, 'name' | 'secondMs'> {
  /** Of each source. */
  readonly partitions: number;
  readonly times: EventTimes;
  /** Share of users and words that come only once, so that state grows; default 0.15. */
  readonly newShare?: number;
}

/** What events are to be like. */
export interface EventOptions {
  /** Where partitions have their own time, it makes a leap before each of them. */
  readonly jump?: boolean;
  /** So many stragglers come behind them. */
  readonly stragglers?: number;
  /** The partitions that they are for; left out = all. */
  readonly on?: readonly number[];
  /** Where partitions have their own time: these go on where the furthest of all is, as one has to that others did not wait for. */
  readonly abreast?: boolean;
}

const BEGIN_MS = Date.UTC(2026, 0, 1, 12);
/** How far the records that close everything are behind the beginning, and behind each other. */
const CLOSING_MS = 1_000_000_000;
const CLOSING_STEP_MS = 100_000_000;

/** A straggler is of the time of one of so many events before it. */
const STRAGGLING = 200;

const HOT_USERS = 3;
const USERS = 200;
const WORDS = 400;

/**
 * Makes the records of both sources, the same ones for the same numbers, and keeps what it made: whoever asks for records has to write each
 * of them once, those of a partition in order; those of a source that the topology does not read may be left out.
 */
export class Load {
  readonly options: LoadOptions;
  readonly events: LoadEvent[] = [];
  readonly lines: LoadLine[] = [];
  readonly #random: () => number;
  readonly #beginMs: number;
  /** By partition: how far its time has come since the beginning, where each has its own. */
  readonly #reached: number[];
  /** How far time leapt, all in all, where it is that of the clock. */
  #leapMs = 0;
  #closings = 0;

  constructor(random: () => number, options: LoadOptions) {
    this.options = options;
    this.#random = random;
    this.#beginMs = options.times.kind === 'own' ? BEGIN_MS : Math.floor(options.times.nowMs());
    this.#reached = new Array<number>(options.partitions).fill(0);
  }

  /** An event in each partition, so that none is without a time; where partitions have their own, to be written before the topology starts. */
  begin(): LoadRecord[] {
    return this.pulse();
  }

  /** An event in each partition, so that none of them is taken for idle. */
  pulse(): LoadRecord[] {
    return this.#everywhere((partition) => this.#event(this.#userOn(partition), this.#amount(), partition, false));
  }

  nextEvents(count: number, { jump = false, stragglers = 0, on, abreast = false }: EventOptions = {}): LoadRecord[] {
    if (abreast) for (const partition of on ?? []) this.#reached[partition] = Math.max(...this.#reached);
    const events = Array.from({ length: count }, () => {
      const user = this.#user(on);
      return this.#event(user, this.#amount(), this.#placeOf(user), jump);
    });
    return [...events, ...Array.from({ length: stragglers }, () => this.#straggler())];
  }

  /** Where time is that of the clock, it leaps ahead for all: what was written before has to be read by now. */
  leap(ms: number): void {
    this.#leapMs += ms;
  }

  nextLines(count: number): LoadRecord[] {
    return Array.from({ length: count }, () => {
      const words = Array.from({ length: 1 + Math.floor(this.#random() * 5) }, () => this.#word());
      return this.#line(words, Math.floor(this.#random() * this.options.partitions));
    });
  }

  /**
   * What closes every window before it, and reaches every task that keeps totals or words: an event and a line in each partition. A second
   * call closes the windows of the first; where windows close by the watermark of the run before (trigger `once`), two are needed. No other
   * events may follow.
   */
  closing(): LoadRecord[] {
    const timeMs = this.#beginMs + CLOSING_MS + this.#closings++ * CLOSING_STEP_MS;
    const words = this.#everywhere((partition) => this.#wordOn(partition));
    return [
      ...this.#everywhere((partition) => this.#record(this.#userOn(partition), 1, partition, timeMs, false)),
      ...this.#everywhere((partition) => this.#line(words, partition)),
    ];
  }

  /** Before this event time, ms, all windows have to be closed when everything has come to rest. */
  get closedBeforeMs(): number {
    return this.#closings === 0 ? -Infinity : this.#beginMs + CLOSING_MS / 2;
  }

  #event(user: string, amount: number, partition: number, jump: boolean): LoadRecord {
    return this.#record(user, amount, partition, this.#nextTime(partition, jump), false);
  }

  /** Of the same groups as one that was there before. */
  #straggler(): LoadRecord {
    const before = this.events.slice(-STRAGGLING);
    const of = before[Math.floor(this.#random() * before.length)];
    const { user, amount, timeMs } = of ?? { user: this.#user(), amount: 0, timeMs: this.#beginMs };
    return this.#record(user, amount, this.#placeOf(user), timeMs, true);
  }

  #record(user: string, amount: number, partition: number, timeMs: number, straggles: boolean): LoadRecord {
    const event = { id: this.events.length, user, amount, timeMs, straggles };
    this.events.push(event);
    const value = JSON.stringify({ id: event.id, user, amount, ts: new Date(timeMs).toISOString() });
    return { topic: topicOf(this.options.name, 'events'), partition, key: user, value };
  }

  #line(words: readonly string[], partition: number): LoadRecord {
    const line = { id: this.lines.length, words };
    this.lines.push(line);
    return { topic: topicOf(this.options.name, 'lines'), partition, key: null, value: lineText(line) };
  }

  #nextTime(partition: number, jump: boolean): number {
    const { times, secondMs } = this.options;
    const back = this.#random() * times.disorderMs;
    if (times.kind === 'present') {
      const passedMs = times.haste * (times.nowMs() - this.#beginMs) + this.#leapMs;
      return Math.floor(this.#beginMs + passedMs + times.disorderMs - back);
    }
    this.#reached[partition] += (this.#random() * secondMs) / 3 + (jump ? tenMs(secondMs) : 0);
    return this.#beginMs + Math.max(0, Math.floor(this.#reached[partition] - back));
  }

  #user(on?: readonly number[]): string {
    let user = this.#anyUser();
    while (on !== undefined && !on.includes(this.#placeOf(user))) user = this.#anyUser();
    return user;
  }

  /** Some users have most of the events, others one. */
  #anyUser(): string {
    const dice = this.#random();
    if (dice < 0.4) return `hot${Math.floor(this.#random() * HOT_USERS)}`;
    return dice > 1 - this.#newShare ? `new${this.events.length}` : `u${Math.floor(this.#random() ** 2 * USERS)}`;
  }

  #word(): string {
    if (this.#random() < this.#newShare) return `new${this.lines.length}`;
    return `w${Math.floor(this.#random() ** 2 * WORDS)}`;
  }

  #amount(): number {
    return Math.floor(this.#random() * 100);
  }

  get #newShare(): number {
    return this.options.newShare ?? 0.15;
  }

  #everywhere<T>(make: (partition: number) => T): T[] {
    return Array.from({ length: this.options.partitions }, (_, partition) => make(partition));
  }

  #placeOf(key: string): number {
    return partitionOf(this.options.partitions, Buffer.from(key));
  }

  /** Some user whose events lie in the partition. */
  #userOn(partition: number): string {
    for (let i = 0; ; i++) if (this.#placeOf(`x${i}`) === partition) return `x${i}`;
  }

  /** Some word that is counted by the task of the partition. */
  #wordOn(partition: number): string {
    for (let i = 0; ; i++) if (this.#placeOf(encodeKey([`z${i}`])) === partition) return `z${i}`;
  }
}

/** A line as it is written. */
export const lineText = ({ id, words }: LoadLine): string => `#${id} ${words.join(' ')}`;
