import { partitionOf } from '../../../src/core/murmur2.ts';
import type { FaultScenario } from './fault-scenario.ts';
import type { VirtualKafka, WrittenRecord } from './virtual-kafka.ts';
import { WindowModel } from './window-model.ts';

const BEGIN_MS = Date.UTC(2026, 0, 1, 12);
const WORDS = Array.from({ length: 8 }, (_, i) => `w${i}`);
/** In an idle scenario, event time goes so much faster than the clock: 60 s of the clock are the delay of its watermark. */
const HASTE = 10;
/** Least of the delays, less a little. */
const DISORDER_MS = 115_000;
const JUMP_MS = 10 * 60_000;

/** Behind everything that `feed` writes. */
export const FAR_MS = BEGIN_MS + 1_000_000_000;

/** Writes rows to the topic `words`, none of which is late if no partition's time runs ahead of its rows. */
export class SimulatedSource {
  readonly model = new WindowModel();
  readonly #kafka: VirtualKafka;
  readonly #random: () => number;
  readonly #scenario: FaultScenario;
  readonly #beganMs: number;
  /** By partition: how far its time has come since `BEGIN_MS`. */
  readonly #reached: number[];

  constructor(kafka: VirtualKafka, random: () => number, scenario: FaultScenario) {
    this.#kafka = kafka;
    this.#random = random;
    this.#scenario = scenario;
    this.#beganMs = kafka.clock.now();
    this.#reached = new Array<number>(scenario.partitions).fill(0);
  }

  /** So many rows, in one transaction. @param jump time makes a leap before them */
  feed(rows: number, jump: boolean): Promise<void> {
    const { partitions, inPlace } = this.#scenario;
    const records = Array.from({ length: rows }, () => {
      const word = WORDS[Math.floor(this.#random() * WORDS.length)];
      const partition = inPlace ? partitionOf(partitions, Buffer.from(word)) : Math.floor(this.#random() * partitions);
      return this.#row(partition, word, this.#next(partition, jump));
    });
    return this.#kafka.write(records);
  }

  /** A row in each partition, so that none of them is without a time. */
  async begin(): Promise<void> {
    await this.#kafka.write(
      this.#everywhere((partition, word) => this.#row(partition, word, this.#next(partition, false))),
    );
  }

  /** A row in each partition that closes everything before it. @param ms how far behind `FAR_MS` */
  async end(ms: number): Promise<void> {
    await this.#kafka.write(this.#everywhere((partition, word) => this.#record(partition, word, FAR_MS + ms)));
  }

  #everywhere(record: (partition: number, word: string) => WrittenRecord): WrittenRecord[] {
    return Array.from({ length: this.#scenario.partitions }, (_, partition) =>
      record(partition, this.#wordOn(partition)),
    );
  }

  #next(partition: number, jump: boolean): number {
    if (this.#scenario.idle) {
      const now = HASTE * (this.#kafka.clock.now() - this.#beganMs);
      return Math.floor(BEGIN_MS + now + this.#random() * DISORDER_MS);
    }
    this.#reached[partition] += this.#random() * 20_000 + (jump ? JUMP_MS : 0);
    return BEGIN_MS + Math.max(0, Math.floor(this.#reached[partition] - this.#random() * DISORDER_MS));
  }

  #row(partition: number, word: string, timeMs: number): WrittenRecord {
    this.model.add(word, timeMs);
    return this.#record(partition, word, timeMs);
  }

  #record(partition: number, word: string, timeMs: number): WrittenRecord {
    const value = JSON.stringify({ word, ts: new Date(timeMs).toISOString() });
    return { topic: 'words', partition, key: this.#scenario.inPlace ? word : null, value };
  }

  /** Some word whose place is the partition. */
  #wordOn(partition: number): string {
    for (let i = 0; ; i++) {
      if (partitionOf(this.#scenario.partitions, Buffer.from(`x${i}`)) === partition) return `x${i}`;
    }
  }
}
