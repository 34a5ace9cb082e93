import type { Batch, OperatorContext, TableBatch } from '../../src/core/operator.ts';
import type { KeyValueStore, StoreSpec, TaskState } from '../../src/core/state.ts';
import type { Row } from '../../src/core/types.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';

export const stream = (...rows: Row[]): Batch => ({ kind: 'stream', rows });

/** A batch that ran behind one with watermark `late` and runs with `eviction`. */
export const context = (late: number, eviction: number): OperatorContext => ({
  batchTime: 0,
  lateWatermark: late,
  evictionWatermark: eviction,
  rejectRow(_, error) {
    throw error;
  },
});

export function table(batch: Batch): TableBatch {
  if (batch.kind !== 'table') throw new Error('a stream');
  return batch;
}

/** A store in memory, and what ends a batch of it. */
export interface OpenStore {
  readonly store: KeyValueStore;
  readonly state: TaskState;
}

export async function openStore(spec: StoreSpec): Promise<OpenStore> {
  const state = await new MemoryBackend().open({ subTopology: 'test', partition: 0 }, [spec]);
  await state.reset('log');
  await state.claim(0);
  return { store: state.store(spec.name), state };
}
