import type { RecordChunk, Transport } from '../../src/core/transport.ts';
import { CLAIM_KEY, COMMIT_KEY } from '../../src/runtime/changelog.ts';

const CLAIM = Buffer.from(CLAIM_KEY);
const COMMIT = Buffer.from(COMMIT_KEY);
const PATIENCE_MS = 30_000;

/**
 * For each partition of a changelog: the time of the first commit record behind the first claim since `fromMs`, ms since the epoch. Waits
 * until there is one in every partition, half a minute at most.
 */
export async function firstCommits(
  transport: Transport,
  changelog: string,
  partitions: readonly number[],
  fromMs: number,
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const all = partitions.map((partition) => ({ topic: changelog, partition }));
  const starts = await transport.topics.offsetsAt(all, fromMs);
  const deadline = Date.now() + PATIENCE_MS;
  while (found.size < partitions.length) {
    if (Date.now() > deadline) throw new Error(`no commit in ${changelog} for half a minute`);
    const ends = await transport.topics.offsets(all);
    for (const tp of all) {
      const name = `${tp.topic}-${tp.partition}`;
      const end = ends.get(name)?.lastStable ?? 0;
      const start = starts.get(name) ?? 0;
      if (found.has(tp.partition) || start >= end) continue;
      const at = await firstCommit(transport.readRange(tp, start, end), fromMs);
      if (at !== null) found.set(tp.partition, at);
    }
  }
  return found;
}

/** What is committed before the claim is still the former owner's. */
async function firstCommit(chunks: AsyncIterable<RecordChunk>, fromMs: number): Promise<number | null> {
  let isClaimed = false;
  for await (const { bytes, keyStart, keyEnd, timestamps, count } of chunks) {
    for (let i = 0; i < count; i++) {
      const key = bytes.subarray(keyStart[i], keyEnd[i]);
      if (timestamps[i] >= fromMs && key.equals(CLAIM)) isClaimed = true;
      else if (isClaimed && key.equals(COMMIT)) return timestamps[i];
    }
  }
  return null;
}
