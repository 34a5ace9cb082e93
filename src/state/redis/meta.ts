import type { StoreSpec } from '../../core/state.ts';
import type { TableSize } from '../bucket-table.ts';
import type { RedisClient } from './client.ts';
import { bucketsField, entriesField, readSegmentField, segmentsPattern, type TaskLayout } from './layout.ts';

/** Fields that one step of reading a directory looks at. */
const FIELDS_PER_STEP = '2000';

/** The meta hash as it was read: texts are compared, never recomputed. */
export interface SeenMeta {
  readonly logId: string;
  readonly incarnation: string;
  readonly generation: string;
  readonly position: string;
  readonly positionTimestamp: string;
  readonly damaged: boolean;
  readonly garbage: string;
  /** The tables of each store. */
  readonly stores: readonly (readonly TableSize[])[];
}

/**
 * Reads the meta hash of a task; null when there is none. The directories of segmented stores are read after the position: should a former
 * owner still write, the position tells, or the changelog from there on brings what it wrote.
 */
export async function readMeta(
  client: RedisClient,
  layout: TaskLayout,
  specs: readonly StoreSpec[],
): Promise<SeenMeta | null> {
  const fields = ['logId', 'incarnation', 'generation', 'position', 'positionTimestamp', 'damaged', 'garbage'];
  for (const spec of specs) fields.push(bucketsField(spec.name), entriesField(spec.name));
  const reply = (await client.call('hmget', [layout.meta, ...fields])) as (Buffer | null)[];
  const texts = reply.map((item) => item?.toString() ?? '');
  if (texts[1] === '') return null;
  const [logId, incarnation, generation, position, positionTimestamp, damaged, garbage] = texts;
  const stores: (readonly TableSize[])[] = [];
  for (const [i, spec] of specs.entries()) {
    const whole = { segment: null, buckets: Number(texts[7 + 2 * i] || 1), entries: Number(texts[8 + 2 * i] || 0) };
    stores.push(spec.segmented ? await readSegments(client, layout, spec) : [whole]);
  }
  return { logId, incarnation, generation, position, positionTimestamp, damaged: damaged !== '', garbage, stores };
}

/** The segments of a store that have entries, from the smallest. */
async function readSegments(client: RedisClient, layout: TaskLayout, spec: StoreSpec): Promise<TableSize[]> {
  const found = new Map<number, { segment: number; buckets: number; entries: number }>();
  let cursor = '0';
  do {
    const step = [layout.meta, cursor, 'MATCH', segmentsPattern(spec.name), 'COUNT', FIELDS_PER_STEP];
    const [next, pairs] = (await client.call('hscan', step)) as [Buffer, Buffer[]];
    for (let i = 0; i < pairs.length; i += 2) {
      const { name, segment } = readSegmentField(pairs[i].toString());
      const size = found.get(segment) ?? { segment, buckets: 1, entries: 0 };
      size[name] = Number(pairs[i + 1].toString());
      found.set(segment, size);
    }
    cursor = next.toString();
  } while (cursor !== '0');
  return [...found.values()].toSorted((a, b) => a.segment - b.segment);
}
