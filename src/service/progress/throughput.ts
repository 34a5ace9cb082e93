import type { Clock } from '../../core/clock.ts';

/** Seconds shown, and seconds that a rate is the mean of. */
const WINDOW = 60;
const RATE_WINDOW = 5;

/** Rows per second that came from sources and went to sinks, the last second last. */
export interface Throughput {
  readonly inputRowsPerSecond: number;
  readonly outputRowsPerSecond: number;
  /** Input rows of each of the last 60 whole seconds. */
  readonly history: readonly number[];
}

interface Second {
  second: number;
  input: number;
  output: number;
}

/** Counts rows by the second they were committed in; rates are means over the last five whole seconds, or over its life if that is shorter. */
export class ThroughputMeter {
  readonly #clock: Clock;
  readonly #started: number;
  /** One second more than is shown: the one that is under way. */
  readonly #seconds: Second[] = Array.from({ length: WINDOW + 1 }, () => ({ second: -1, input: 0, output: 0 }));

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#started = this.#now();
  }

  add(input: number, output: number): void {
    const second = this.#now();
    const slot = this.#seconds[second % this.#seconds.length];
    if (slot.second !== second) {
      slot.second = second;
      slot.input = 0;
      slot.output = 0;
    }
    slot.input += input;
    slot.output += output;
  }

  read(): Throughput {
    const now = this.#now();
    const whole = Array.from({ length: WINDOW }, (_, i) => this.#at(now - WINDOW + i));
    const length = Math.max(1, Math.min(RATE_WINDOW, now - this.#started));
    const recent = whole.slice(-length);
    return {
      inputRowsPerSecond: recent.reduce((sum, second) => sum + second.input, 0) / length,
      outputRowsPerSecond: recent.reduce((sum, second) => sum + second.output, 0) / length,
      history: whole.map((second) => second.input),
    };
  }

  #at(second: number): { readonly input: number; readonly output: number } {
    const slot = second >= 0 ? this.#seconds[second % this.#seconds.length] : undefined;
    return slot?.second === second ? slot : { input: 0, output: 0 };
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
