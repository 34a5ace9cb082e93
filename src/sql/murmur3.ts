import { bigintBytes } from '../core/bytes.ts';
import type { DataType, Value } from '../core/types.ts';

/** Adds a value to a hash; null leaves the hash as it is. */
export type Hasher = (value: Value, seed: number) => number;

/** How Spark's `hash` adds values of a type: Murmur3 of 32 bits over Spark's binary form of the value. Null for maps, which have none. */
export function hasherOf(type: DataType): Hasher | null {
  const hash = presentHasher(type);
  return hash === null ? null : (value, seed) => (value === null ? seed : hash(value as never, seed));
}

function presentHasher(type: DataType): ((value: never, seed: number) => number) | null {
  switch (type.kind) {
    case 'boolean':
      return (value: boolean, seed: number) => hashInt(Number(value), seed);
    case 'bigint':
    case 'timestamp':
    case 'interval':
      return hashLong;
    case 'decimal':
      if (type.precision <= LONG_DIGITS) return hashUnscaled;
      return (value: bigint, seed: number) => hashBytes(bigintBytes(value), seed);
    case 'float':
      return (value: number, seed: number) => {
        VIEW.setFloat32(0, value + 0);
        return hashInt(VIEW.getInt32(0), seed);
      };
    case 'double':
      return (value: number, seed: number) => {
        VIEW.setFloat64(0, value + 0);
        return finish(mixHash(mixHash(seed, VIEW.getInt32(4)), VIEW.getInt32(0)), 8);
      };
    case 'string':
      return (value: string, seed: number) => hashBytes(Buffer.from(value), seed);
    case 'binary':
      return hashBytes;
    case 'map':
      return null;
    case 'array': {
      const element = hasherOf(type.element);
      return element === null ? null : (values: Value[], seed: number) => values.reduce(folding(element), seed);
    }
    case 'struct': {
      const fields: Hasher[] = [];
      for (const { type: fieldType } of type.fields) {
        const field = hasherOf(fieldType);
        if (field === null) return null;
        fields.push(field);
      }
      return (values: Value[], seed: number) => fields.reduce((hash, field, i) => field(values[i], hash), seed);
    }
    default:
      return hashInt;
  }
}

/** Decimals of more digits are hashed by their bytes. */
const LONG_DIGITS = 18;

const VIEW = new DataView(new ArrayBuffer(8));

const folding =
  (element: Hasher) =>
  (hash: number, value: Value): number =>
    element(value, hash);

const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function mixHash(hash: number, word: number): number {
  const mixed = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotated(hash ^ mixed, 13), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const hashInt = (value: number, seed: number): number => finish(mixHash(seed, value), 4);

function hashLong(value: number, seed: number): number {
  const high = Math.floor(value / 2 ** 32);
  return finish(mixHash(mixHash(seed, value - high * 2 ** 32), high), 8);
}

function hashUnscaled(value: bigint, seed: number): number {
  const low = Number(BigInt.asIntN(32, value));
  return finish(mixHash(mixHash(seed, low), Number(BigInt.asIntN(32, value >> 32n))), 8);
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  let hash = seed;
  let at = 0;
  for (const end = bytes.length & ~3; at < end; at += 4)
    hash = mixHash(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  // Unlike the original, Spark mixes each byte that is left over as a signed word of its own.
  for (; at < bytes.length; at++) hash = mixHash(hash, (bytes[at] << 24) >> 24);
  return finish(hash, bytes.length);
}
