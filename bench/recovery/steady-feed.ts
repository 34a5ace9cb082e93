import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../src/core/murmur2.ts';
import type { Transport } from '../../src/core/transport.ts';

const TICK_MS = 50;

/** Events of `Events.java`'s kind, at a steady rate, users in turn, to a topic keyed by user. */
export class SteadyFeed {
  readonly #transport: Transport;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #users: number;
  readonly #perTick: number;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #next = 0;

  constructor(transport: Transport, topic: string, partitions: number, users: number, eventsPerSecond: number) {
    this.#transport = transport;
    this.#topic = topic;
    this.#partitions = partitions;
    this.#users = users;
    this.#perTick = Math.ceil((eventsPerSecond * TICK_MS) / 1000);
    this.#running = this.#run();
  }

  /** Resolves when nothing is written any more; rejects with what stopped it before. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const options = {
      transactionalId: `${this.#topic}.feed`,
      transactionTimeoutMs: 10_000,
      compression: 'none',
    } as const;
    const producer = await this.#transport.openProducer(options);
    while (!this.#stopping.signal.aborted) {
      const transaction = await producer.begin();
      for (let i = 0; i < this.#perTick; i++) {
        const id = this.#next++;
        // Steps of a large prime: users far apart follow on one another, so that every bucket of the state is asked for.
        const user = `u${(id * 7_919) % this.#users}`;
        const value = JSON.stringify({ id, user, amount: id % 1000, ts: Date.now() });
        const partition = partitionOf(this.#partitions, Buffer.from(user));
        transaction.append(this.#topic, partition, Date.now(), user, value, null);
      }
      await transaction.send();
      await transaction.commit();
      await sleep(TICK_MS);
    }
    producer.close();
  }
}
