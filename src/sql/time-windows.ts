import { offsetAt, localToUtc, type TimeZone } from '../core/time-zone.ts';

/** How windows are cut, in microseconds; each is [start, end). */
export interface WindowParameters {
  readonly size: number;
  /** From the start of one window to that of the next; the size, where windows do not overlap. */
  readonly slide: number;
  /** Where windows start, counted from 1970-01-01T00:00 on the clock of the zone. */
  readonly offset: number;
  /** Whose clock the starts follow; null = UTC. */
  readonly zone: TimeZone | null;
}

/**
 * The windows that times fall into. A window is named by what the clock of its zone shows at its start, as if that were UTC; the next one's
 * name is `slide` larger.
 *
 * The windows of a time, the last first: `for (let w = last(time); end(w) > time; w -= slide)`.
 */
export interface TimeWindows {
  readonly slide: number;
  /** The last window that has started at the time. */
  last(time: number): number;
  start(window: number): number;
  /** The first microsecond behind the window. Does not fall as windows go on. */
  end(window: number): number;
}

export const timeWindows = (parameters: WindowParameters): TimeWindows =>
  parameters.zone === null ? new PlainWindows(parameters) : new ZonedWindows(parameters, parameters.zone);

/** The last start at or before the time; also for times before 1970, where the remainder is negative. */
function lastStart(time: number, { slide, offset }: WindowParameters): number {
  const remainder = (time - offset) % slide;
  return time - (remainder < 0 ? remainder + slide : remainder);
}

class PlainWindows implements TimeWindows {
  readonly slide: number;
  readonly #parameters: WindowParameters;
  readonly #size: number;

  constructor(parameters: WindowParameters) {
    this.#parameters = parameters;
    this.#size = parameters.size;
    this.slide = parameters.slide;
  }

  last(time: number): number {
    return lastStart(time, this.#parameters);
  }

  start(window: number): number {
    return window;
  }

  end(window: number): number {
    return window + this.#size;
  }
}

/**
 * Windows on local clocks: a window lasts until the clock has moved on by its size, so that a day may have 23 or 25 hours. Their bounds, seen
 * from UTC, never fall, and so every time lies between two of them, even in an hour that the clock shows twice.
 */
class ZonedWindows implements TimeWindows {
  readonly slide: number;
  readonly #parameters: WindowParameters;
  readonly #zone: TimeZone;

  constructor(parameters: WindowParameters, zone: TimeZone) {
    this.#parameters = parameters;
    this.#zone = zone;
    this.slide = parameters.slide;
  }

  last(time: number): number {
    let window = lastStart(time + offsetAt(this.#zone, time), this.#parameters);
    while (this.start(window + this.slide) <= time) window += this.slide;
    while (this.start(window) > time) window -= this.slide;
    return window;
  }

  start(window: number): number {
    return localToUtc(this.#zone, window);
  }

  end(window: number): number {
    return localToUtc(this.#zone, window + this.#parameters.size);
  }
}
