import type { Row } from '../core/types.ts';
import type { BucketTable } from './bucket-table.ts';
import type { Bucket, Slot } from './bucket.ts';
import type { BucketAddress } from './bucket-address.ts';
import type { BucketSource, LoadedEntry } from './task-copy.ts';

/** Buckets that a scan holds at a time beyond those in the cache. */
const BUCKETS_AT_ONCE = 64;

export interface ScanSetting {
  readonly source: BucketSource;
  /** The row of a loaded entry as the batch sees it. */
  readonly rowOf: (slot: Slot) => Row | null;
  /** The row of an entry as the copy has it. */
  readonly decode: (value: Uint8Array) => Row;
}

/**
 * Every entry of the tables as the batch sees it. Tables may go away meanwhile, since the copy let go of their last entry, but none may
 * grow. What has to be loaded for it does not enter the cache.
 */
export async function* scanTables(
  tables: readonly BucketTable[],
  { source, rowOf, decode }: ScanSetting,
): AsyncIterable<readonly [key: string, row: Row]> {
  for (const addresses of allAddresses(tables)) {
    const read = await readAbsent(source, addresses);
    for (const address of addresses) {
      const bucket = bucketAt(address);
      if (bucket === undefined) {
        // Dropped while the others were read: it holds no changes, so that reading it now gives the same rows.
        const entries = read.get(address) ?? (await readAbsent(source, [address])).get(address) ?? [];
        for (const { key, value } of entries) yield [key, decode(value)];
      } else if (bucket !== null) {
        for (const slot of bucket.slots.values()) {
          const row = rowOf(slot);
          if (row !== null) yield [slot.key, row];
        }
      }
    }
  }
}

/** The entries of those buckets that are not loaded. */
async function readAbsent(
  source: BucketSource,
  addresses: readonly BucketAddress[],
): Promise<Map<BucketAddress, readonly LoadedEntry[]>> {
  for (;;) {
    const absent = addresses.filter((address) => bucketAt(address) === undefined);
    if (absent.length === 0) return new Map();
    const loaded = await source.load(absent);
    // Null: one of the tables went away. What is left to read of it is nothing.
    if (loaded !== null) return new Map(absent.map((address, i) => [address, loaded[i]]));
  }
}

/** The bucket at an address; what is not loaded of a table that went away is empty. */
function bucketAt({ table, index }: BucketAddress): Bucket | null | undefined {
  const bucket = table.buckets[index];
  return bucket === undefined && table.gone ? null : bucket;
}

/** The addresses of all buckets, some at a time. */
function* allAddresses(tables: readonly BucketTable[]): Iterable<BucketAddress[]> {
  let some: BucketAddress[] = [];
  for (const table of tables) {
    for (let index = 0; index < table.count; index++) {
      if (some.push({ table, count: table.count, index }) < BUCKETS_AT_ONCE) continue;
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}
