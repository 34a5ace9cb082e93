import type { WorkloadName } from './workloads.ts';

/** Millrace has one worker unless its name says otherwise. */
export type ContenderName = 'Kafka Streams' | 'Millrace' | `Millrace, ${number} workers`;

/** One program working through an input that is complete before it starts. Memory is in bytes, CPU is user and system time. */
export interface Throughput {
  readonly kind: 'throughput';
  readonly contender: ContenderName;
  readonly workload: WorkloadName;
  readonly inputRecords: number;
  readonly outputRecords: number;
  /** From the start call in the running process until all of the input is processed and committed. */
  readonly seconds: number;
  /** Of the whole process: runtime start, start call, work, orderly end. */
  readonly wallSeconds: number;
  /** Of the process, from its beginning to its end. */
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  /** Of the Redis that holds the state; 0 for a program without one. */
  readonly redisCpuSeconds: number;
  readonly redisPeakMemoryBytes: number;
  /** Of the broker in the same time. */
  readonly brokerCpuSeconds: number;
  /** Of everything else on the machine in the same time: noise. */
  readonly othersCpuSeconds: number;
}

/** One program keeping up with a steady stream; all times in ms from the event's due time to a consumer of committed records. */
export interface Latency {
  readonly kind: 'latency';
  readonly contender: ContenderName;
  readonly workload: WorkloadName;
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly samples: number;
  /** Events that the probe sent more than 20 ms after they were due: a disturbed run. */
  readonly sentLate: number;
  /** CPU-seconds a second while serving, Redis included. */
  readonly cores: number;
}

/** A run that gave no figure: it failed, or its output was wrong. */
export interface Failure {
  readonly kind: 'failure';
  readonly contender: ContenderName;
  readonly workload: WorkloadName;
  readonly reason: string;
}

export type Measurement = Throughput | Latency | Failure;

/** What figures depend on besides the programs. */
export interface Environment {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** A file of `results/`. */
export interface Results {
  readonly environment: Environment;
  readonly measurements: readonly Measurement[];
}
