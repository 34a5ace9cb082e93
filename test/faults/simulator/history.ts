import { partitionName, type TopicPartition } from '../../../src/core/task.ts';
import type { EvidenceRecord } from '../workload/evidence.ts';
import type { World } from './world.ts';

/**
 * Every committed record that ever was. What compaction or its reader takes away from a log was read before, so that a chain of records is
 * seen from its beginning.
 */
export class History {
  readonly #world: World;
  readonly #records = new Map<string, EvidenceRecord[]>();
  /** By partition: where to read on. */
  readonly #next = new Map<string, number>();
  #reading: Promise<void> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
    world.cluster.intercept(async (_node, api, _request, proceed) => {
      if (api === 'DeleteRecords') await this.read();
      return proceed();
    });
  }

  /** By topic, partition by partition in the order of their offsets. */
  get records(): ReadonlyMap<string, readonly EvidenceRecord[]> {
    return new Map(
      [...this.#records].map(([topic, records]) => [
        topic,
        records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset),
      ]),
    );
  }

  /** How many of the records read so far, from one offset to before another, are rows: keys of markers begin with NUL. */
  rows({ topic, partition }: TopicPartition, from: number, to: number): number {
    const records = this.#records.get(topic) ?? [];
    return records.filter(
      (record) =>
        record.partition === partition && record.offset >= from && record.offset < to && record.key?.[0] !== 0,
    ).length;
  }

  /** Reads until nothing can have come meanwhile: until a reading took no time. What is compacted away in the same moment has been seen. */
  async readToNow(): Promise<void> {
    const { clock } = this.#world;
    let began: number;
    do {
      began = clock.now();
      await this.read();
    } while (clock.now() > began);
  }

  /** Reads what came since, in all topics. */
  read(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readOn());
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    const { client } = this.#world;
    const partitions = await this.#world.partitions();
    const offsets = await client.topics.offsets(partitions);
    for (const tp of partitions) {
      const name = partitionName(tp);
      const end = offsets.get(name)?.lastStable ?? 0;
      const from = this.#next.get(name) ?? 0;
      let records = this.#records.get(tp.topic);
      if (records === undefined) this.#records.set(tp.topic, (records = []));
      if (from >= end) continue;
      this.#next.set(name, end);
      for await (const chunk of client.readRange(tp, from, end)) {
        const bytes = (starts: Int32Array, ends: Int32Array, i: number): Buffer | null =>
          starts[i] < 0 ? null : Buffer.from(chunk.bytes.subarray(starts[i], ends[i]));
        for (let i = 0; i < chunk.count; i++) {
          records.push({
            partition: tp.partition,
            offset: chunk.offsets[i],
            timestamp: chunk.timestamps[i],
            key: bytes(chunk.keyStart, chunk.keyEnd, i),
            value: bytes(chunk.valueStart, chunk.valueEnd, i),
          });
        }
      }
    }
  }
}
