import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { DataType, Value } from '../../core/types.ts';
import { BIGINT, BINARY, INT, STRING } from '../../core/types.ts';
import { Complaint } from '../complaint.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt } from '../function-spec.ts';
import type { Hasher } from '../murmur3.ts';
import { hasherOf } from '../murmur3.ts';

/** A function of bytes; a string counts as its UTF-8. */
const ofBytes =
  (result: DataType, evaluate: Evaluate, others: readonly DataType[] = []) =>
  (site: CallSite): Expression => {
    expectCount(site, 1 + others.length);
    const binary = site.operand(0).type.kind === 'binary';
    const operands = [
      operandAs(site, 0, binary ? BINARY : STRING),
      ...others.map((type, i) => operandAs(site, i + 1, type)),
    ];
    return call(site, operands, result, evaluate);
  };

const digest =
  (algorithm: string): Evaluate =>
  (value: string | Uint8Array) =>
    createHash(algorithm).update(value).digest('hex');

const SHA2: Readonly<Record<number, string>> = {
  0: 'sha256',
  224: 'sha224',
  256: 'sha256',
  384: 'sha384',
  512: 'sha512',
};

function sha2(value: string | Uint8Array, bits: number): Value {
  const algorithm = SHA2[bits];
  return algorithm === undefined ? null : createHash(algorithm).update(value).digest('hex');
}

/** `hash`: one hash over all operands, from the left. */
function murmur3(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = operandsAt(site);
  const hashers = operands.map((operand): Hasher => {
    const hasher = hasherOf(operand.type);
    if (hasher === null) throw new Complaint('DATATYPE_MISMATCH.HASH_MAP_TYPE', operand.span, 'a map has no hash');
    return hasher;
  });
  const evaluate: Evaluate = (...values: Value[]) => {
    let hash = 42;
    for (let i = 0; i < hashers.length; i++) hash = hashers[i](values[i], hash);
    return hash;
  };
  return call(site, operands, INT, evaluate, { nulls: 'passed' });
}

const family = 'hashes';

export const HASHES: readonly FunctionSpec[] = [
  {
    name: 'md5',
    family,
    signature: 'md5(value string|binary) -> string',
    summary: 'MD5 in hex digits',
    build: ofBytes(STRING, digest('md5')),
  },
  {
    name: 'sha1',
    aliases: ['sha'],
    family,
    signature: 'sha1(value string|binary) -> string',
    summary: 'SHA-1 in hex digits',
    build: ofBytes(STRING, digest('sha1')),
  },
  {
    name: 'sha2',
    family,
    signature: 'sha2(value string|binary, bits int) -> string',
    summary: 'SHA-2 of 224, 256, 384 or 512 bits in hex digits',
    build: ofBytes(STRING, sha2, [INT]),
  },
  {
    name: 'crc32',
    family,
    signature: 'crc32(value string|binary) -> bigint',
    summary: 'the CRC-32 checksum',
    build: ofBytes(BIGINT, (value: string | Uint8Array) => crc32(value)),
  },
  {
    name: 'hash',
    family,
    signature: 'hash(value, …) -> int',
    summary: 'the Murmur3 hash of the values, as Spark computes it',
    build: murmur3,
  },
];
