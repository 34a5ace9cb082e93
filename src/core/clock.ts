/** Time and timers, so that tests and the simulator can hold them still. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; resolves early, without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
