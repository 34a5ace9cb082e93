import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/core/system-clock.ts';
import type { TransactionalProducer, Transport } from '../../../src/core/transport.ts';

/** A record to be fed, placed. */
export interface FedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
  /** Milliseconds since the epoch; left out = now. */
  readonly timestampMs?: number;
}

export interface FeederOptions {
  readonly transport: Transport;
  /** A topic of one partition that nobody else writes; every batch leaves its number there. */
  readonly ledger: string;
  /** The records of the next batch; whatever it gives is fed, once. */
  readonly next: () => readonly FedRecord[];
  readonly intervalMs: number;
}

const TRANSACTION_TIMEOUT_MS = 10_000;
const PAUSE_MS = 200;

/**
 * Feeds batch after batch, each exactly once whatever the brokers do meanwhile: a batch and its number in the ledger are one transaction.
 * After a failure the transactional id is initialised anew, which resolves what was open; the ledger then says whether to go on or to repeat.
 */
export class Feeder {
  readonly #options: FeederOptions;
  readonly #stop = new AbortController();
  #producer: TransactionalProducer | null = null;
  #running: Promise<void> | null = null;
  #batches = 0;
  #records = 0;
  #repeated = 0;
  #fedMs = Date.now();

  constructor(options: FeederOptions) {
    this.#options = options;
  }

  /** Records that were fed. */
  get records(): number {
    return this.#records;
  }

  /** Batches that had to be fed again. */
  get repeated(): number {
    return this.#repeated;
  }

  /** When the last batch was fed, ms since the epoch. */
  get fedMs(): number {
    return this.#fedMs;
  }

  /** Begins to feed, a batch each interval. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends with a whole batch. Rejects with what feeding failed with, if it did. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Feeds the records as one batch; not to be called while it feeds by itself. Resolves when they are committed. */
  async feed(records: readonly FedRecord[]): Promise<void> {
    const number = this.#batches++;
    for (;;) {
      try {
        this.#producer ??= await this.#openProducer();
        await this.#write(this.#producer, number, records);
        break;
      } catch {
        this.#producer?.close();
        this.#producer = null;
        if (await this.#isFed(number)) break;
        this.#repeated++;
      }
    }
    this.#records += records.length;
    this.#fedMs = Date.now();
  }

  close(): void {
    this.#producer?.close();
    this.#producer = null;
  }

  async #run(): Promise<void> {
    const { next, intervalMs } = this.#options;
    while (!this.#stop.signal.aborted) {
      const begun = performance.now();
      await this.feed(next());
      await sleep(Math.max(0, intervalMs - (performance.now() - begun)));
    }
  }

  #openProducer(): Promise<TransactionalProducer> {
    const { transport, ledger } = this.#options;
    const options = {
      transactionalId: ledger,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      compression: 'none',
    } as const;
    return transport.openProducer(options);
  }

  async #write(producer: TransactionalProducer, number: number, records: readonly FedRecord[]): Promise<void> {
    const transaction = await producer.begin();
    try {
      const now = Math.floor(systemClock.now());
      for (const { topic, partition, key, value, timestampMs = now } of records) {
        transaction.append(topic, partition, timestampMs, key, value, null);
      }
      transaction.append(this.#options.ledger, 0, now, null, String(number), null);
      await transaction.send();
    } catch (error) {
      await transaction.abort();
      throw error;
    }
    await transaction.commit();
  }

  /** Whether the batch is committed. Nothing of ours is open when it answers. */
  async #isFed(number: number): Promise<boolean> {
    for (;;) {
      try {
        this.#producer = await this.#openProducer();
        return (await this.#lastFed()) >= number;
      } catch {
        this.#producer?.close();
        this.#producer = null;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** The number of the last batch in the ledger; -1 for none. */
  async #lastFed(): Promise<number> {
    const { transport, ledger } = this.#options;
    const partition = { topic: ledger, partition: 0 };
    for (;;) {
      const bounds = (await transport.topics.offsets([partition])).get(`${ledger}-0`);
      if (bounds === undefined) throw new Error(`there is no topic ${ledger}`);
      if (bounds.lastStable < bounds.end) {
        await sleep(PAUSE_MS);
        continue;
      }
      let last = -1;
      for await (const chunk of transport.readRange(partition, bounds.first, bounds.end)) {
        for (let i = 0; i < chunk.count; i++) {
          last = Number(chunk.bytes.toString('utf8', chunk.valueStart[i], chunk.valueEnd[i]));
        }
      }
      return last;
    }
  }
}
