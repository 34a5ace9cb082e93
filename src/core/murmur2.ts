const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * Murmur2 of bytes[start, end) as Kafka's Java client computes it, signed 32 bits. Every producer with the default partitioner places
 * keys by it, so two topics are co-partitioned only where this very function chose the partition.
 */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const length = end - start;
  const wordsEnd = start + (length & ~3);
  let hash = SEED ^ length;
  for (let at = start; at < wordsEnd; at += 4) {
    let word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const rest = length & 3;
  if (rest > 0) {
    if (rest > 2) hash ^= bytes[wordsEnd + 2] << 16;
    if (rest > 1) hash ^= bytes[wordsEnd + 1] << 8;
    hash = Math.imul(hash ^ bytes[wordsEnd], M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition that Kafka's default partitioner chooses for the key in bytes[start, end). */
export const partitionOf = (partitions: number, key: Uint8Array, start = 0, end = key.length): number =>
  (murmur2(key, start, end) & 0x7fffffff) % partitions;
