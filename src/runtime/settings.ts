import type { ProducerOptions } from '../core/transport.ts';

/** What the engine can be set to; every value is decided before it starts. */
export interface EngineSettings {
  /** Most input rows of one batch of one task (a fetched record batch is never cut, so it may be exceeded by one). */
  readonly maxRowsPerTrigger: number;
  readonly sessionTimeoutMs: number;
  readonly transactionTimeoutMs: number;
  readonly compression: ProducerOptions['compression'];
  /** Of internal topics; -1 = the broker's default. */
  readonly replicationFactor: number;
  /** Transactions a second of the whole topology under load. */
  readonly transactionsPerSecond: number;
  /** Bytes of fetched records held in all queues together. */
  readonly fetchBufferBytes: number;
  /** Where this process answers HTTP, told to the other members; empty when it does not. */
  readonly address: string;
}
