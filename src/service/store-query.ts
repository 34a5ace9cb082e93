import { asMillraceError } from '../core/errors.ts';
import { encodeKey } from '../core/key-codec.ts';
import { partitionOf } from '../core/murmur2.ts';
import { keyText, printableRow, toPrintable } from '../core/printable.ts';
import { segmentKey } from '../core/segment-key.ts';
import type { StateBackend } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import { readKeyText } from '../formats/key.ts';
import type { PhysicalPlan, PlannedStore, SubTopology } from '../plan/physical-plan.ts';
import type { Engine } from '../runtime/engine.ts';
import { timeText } from './progress/query-progress.ts';
import type { StoreAnswer } from './http/running-topology.ts';

/** Answers a query for one committed entry of a store, from whichever process it reaches. */
export async function queryStore(
  plan: PhysicalPlan,
  engine: Pick<Engine, 'partitionsOf' | 'ownerOf' | 'watermarkOf'>,
  state: Pick<StateBackend, 'read'>,
  storeName: string,
  text: string,
): Promise<StoreAnswer> {
  const found = findStore(plan, storeName);
  if (found === null) return { kind: 'unknownStore' };
  const { subTopology, store } = found;
  let key: Row;
  try {
    key = readKeyText(text, store.keySchema);
  } catch (error) {
    return { kind: 'badKey', reason: asMillraceError(error).message };
  }
  const partitions = engine.partitionsOf(subTopology.input.topic);
  if (partitions === 0) return { kind: 'unavailable', reason: 'the topology is starting', owner: null };
  const canonical = encodeKey(key);
  const partition = partitionOf(partitions, Buffer.from(placementText(store, key, canonical)));
  const task = { subTopology: subTopology.id, partition };
  const stored = store.segmentOf === null ? canonical : segmentKey(store.segmentOf(key), canonical);
  const reading = await state.read(task, store, stored);
  if (reading === null) {
    const owner = engine.ownerOf(task);
    return { kind: 'unavailable', reason: 'the state is being restored, or another process holds it', owner };
  }
  if (reading.row === null) return { kind: 'absent', position: reading.position, partition };
  const row = store.present(key, reading.row, { batchTime: 0 });
  const printed = key.map((value, i) => toPrintable(value, store.keySchema[i].type));
  return {
    kind: 'found',
    key: printed.length === 1 ? printed[0] : printed,
    value: printableRow(row, store.rowSchema),
    position: reading.position,
    watermark: timeText(engine.watermarkOf(storeName, task)),
    partition,
  };
}

function findStore(plan: PhysicalPlan, name: string): { subTopology: SubTopology; store: PlannedStore } | null {
  for (const subTopology of plan.subTopologies) {
    const store = subTopology.stores.find((candidate) => candidate.name === name);
    if (store !== undefined) return { subTopology, store };
  }
  return null;
}

/** The text whose hash chose the partition of a key's rows. */
function placementText(store: PlannedStore, key: Row, canonical: string): string {
  if (store.partitioning.by === 'key') return canonical;
  const { keyColumn } = store.partitioning;
  const value = key[keyColumn];
  return value === null ? canonical : keyText(value, store.keySchema[keyColumn].type);
}
