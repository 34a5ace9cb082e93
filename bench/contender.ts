import type { ContenderName } from './measurement.ts';
import type { Run } from './stage.ts';

/** What a program's own process used, from its beginning to its end. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  /** Of the Redis that it keeps its state in; 0 = it has none. */
  readonly redisCpuSeconds: number;
  readonly redisPeakMemoryBytes: number;
}

export interface Work extends Usage {
  /** From the start call in the running process until all of the input is processed and committed. */
  readonly seconds: number;
  readonly wallSeconds: number;
}

/** A program that is running and waits for input. */
export interface Serving {
  /** What it has used so far, its Redis included, in CPU-seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** A stream processor under measurement. */
export interface Contender {
  readonly name: ContenderName;
  /** Works through the input of the run, to its end. Rejects when the program failed. */
  work(run: Run): Promise<Work>;
  /** Starts on the empty input of the run; resolves when it is ready. */
  serve(run: Run): Promise<Serving>;
}
