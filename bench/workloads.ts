/** One thing to measure. What each computes, and the exact format of its output, is in README.md. */
export interface Workload {
  readonly name: WorkloadName;
  readonly summary: string;
  readonly input: Input;
  /** The program that computes it: `topologies/<program>.yaml`, and a topology of the Kafka Streams peer. */
  readonly program: 'w1' | 'w2' | 'w3' | 'w4u' | 'w4c' | 'w5';
  /** Whether the latency probe can tell from an output record which event it stands for. */
  readonly hasLatency: boolean;
}

export type WorkloadName = 'w1' | 'w2' | 'w2m' | 'w3' | 'w4u' | 'w4c' | 'w5';

/** The records of an input topic. The same for everybody, every time: they come from a seeded generator. */
export interface Input {
  readonly name: string;
  readonly kind: 'events' | 'timed-events' | 'lines';
  /** Records; timed events have one more for each partition, which closes the windows before it. */
  readonly count: number;
  /** Distinct keys of events; lines have no key. */
  readonly users: number;
}

const events: Input = { name: 'events', kind: 'events', count: 2_000_000, users: 10_000 };
const eventsOfMany: Input = { name: 'events-1m', kind: 'events', count: 2_000_000, users: 1_000_000 };
const timedEvents: Input = { name: 'events-timed', kind: 'timed-events', count: 2_000_000, users: 10_000 };
const lines: Input = { name: 'lines', kind: 'lines', count: 500_000, users: 0 };

export const WORKLOADS: readonly Workload[] = [
  { name: 'w1', summary: 'filter and project', input: events, program: 'w1', hasLatency: true },
  { name: 'w2', summary: 'count and sum, 10,000 keys', input: events, program: 'w2', hasLatency: true },
  { name: 'w2m', summary: 'count and sum, 1,000,000 keys', input: eventsOfMany, program: 'w2', hasLatency: false },
  { name: 'w3', summary: 'word count, with a repartition (lines)', input: lines, program: 'w3', hasLatency: false },
  { name: 'w4u', summary: 'count per window, on update', input: timedEvents, program: 'w4u', hasLatency: false },
  { name: 'w4c', summary: 'count per window, on close', input: timedEvents, program: 'w4c', hasLatency: false },
  { name: 'w5', summary: 'count and sum, with a repartition', input: events, program: 'w5', hasLatency: true },
];

export const PARTITIONS = 4;
