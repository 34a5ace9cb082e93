import type { RecordChunk, Transport } from '../../src/core/transport.ts';

const COMMIT = Buffer.from('\0commit');
const PATIENCE_MS = 30_000;

/**
 * For each partition of a changelog: the time of the first commit record at or after `fromMs`, ms since the epoch. Waits until there is one
 * in every partition, half a minute at most.
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
      for await (const chunk of transport.readRange(tp, start, end)) {
        const at = firstCommit(chunk, fromMs);
        if (at === null) continue;
        found.set(tp.partition, at);
        break;
      }
    }
  }
  return found;
}

function firstCommit(chunk: RecordChunk, fromMs: number): number | null {
  for (let i = 0; i < chunk.count; i++) {
    const isCommit = chunk.bytes.subarray(chunk.keyStart[i], chunk.keyEnd[i]).equals(COMMIT);
    if (isCommit && chunk.timestamps[i] >= fromMs) return chunk.timestamps[i];
  }
  return null;
}
