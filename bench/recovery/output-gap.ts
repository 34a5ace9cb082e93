import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '../../src/core/transport.ts';

const SAMPLE_MS = 20;

/** Watches how far read_committed consumers of a topic can read, and for how long a partition stands still. */
export class OutputGap {
  readonly #transport: Transport;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #longestMs = 0;
  #hasOpenTransaction = false;

  constructor(transport: Transport, topic: string, partitions: number) {
    this.#transport = transport;
    this.#topic = topic;
    this.#partitions = partitions;
    this.#running = this.#run();
  }

  /** Whether some partition held records of an open transaction when it was last looked at. */
  get hasOpenTransaction(): boolean {
    return this.#hasOpenTransaction;
  }

  /** The longest time for which a partition stood still, ms. */
  async stop(): Promise<number> {
    this.#stopping.abort();
    await this.#running;
    return this.#longestMs;
  }

  async #run(): Promise<void> {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => ({ topic: this.#topic, partition }));
    const moved = new Map<string, { stable: number; sinceMs: number }>();
    while (!this.#stopping.signal.aborted) {
      const offsets = await this.#transport.topics.offsets(partitions);
      const now = performance.now();
      this.#hasOpenTransaction = false;
      for (const [name, { lastStable, end }] of offsets) {
        if (lastStable < end) this.#hasOpenTransaction = true;
        const last = moved.get(name);
        if (last !== undefined) this.#longestMs = Math.max(this.#longestMs, now - last.sinceMs);
        if (last?.stable !== lastStable) moved.set(name, { stable: lastStable, sinceMs: now });
      }
      await sleep(SAMPLE_MS);
    }
  }
}
