import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compressSync as lz4Compress, uncompressSync as lz4Uncompress } from 'lz4-napi';
import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';
import type { ByteWriter } from '../core/bytes.ts';
import type { StateCompression } from '../core/state.ts';

/**
 * Values in Redis and changelogs. The first byte tells how the rest is written; one below 128 is the version of a row that is not
 * compressed, so that every value can be read whatever the setting was when it was written.
 *
 *     value = row | 0x81 lz4 block of a row, its length before it | 0x82 snappy block of a row | 0x83 zstd frame of a row
 */
const LZ4 = 0x81;
const SNAPPY = 0x82;
const ZSTD = 0x83;

/** Rows up to this size are left as they are: they gain nothing. */
const LEAST_BYTES = 256;

/** Compresses the row that begins at `start` and ends the writer, if it gains from it. */
export function deflate(compression: StateCompression, writer: ByteWriter, start: number): void {
  if (compression === 'none' || writer.length - start <= LEAST_BYTES) return;
  const row = writer.buffer.subarray(start, writer.length);
  const packed = pack(compression, row);
  if (packed.length + 1 >= row.length) return;
  writer.length = start;
  writer.byte(tagOf(compression));
  writer.buffer.set(packed, writer.length);
  writer.length += packed.length;
}

/** The row in a value: the value itself where it is not compressed. Throws when it is damaged, or written by a later version. */
export function inflate(value: Uint8Array): Uint8Array {
  if (value[0] < 0x80) return value;
  const packed = Buffer.from(value.buffer, value.byteOffset + 1, value.byteLength - 1);
  switch (value[0]) {
    case LZ4:
      return lz4Uncompress(packed);
    case SNAPPY:
      return snappyUncompress(packed, { asBuffer: true }) as Buffer;
    case ZSTD:
      return zstdDecompressSync(packed);
    default:
      throw new RangeError(`a value written in a way (${value[0]}) that this version of Millrace does not know`);
  }
}

function pack(compression: Exclude<StateCompression, 'none'>, row: Buffer): Buffer {
  switch (compression) {
    case 'lz4':
      return lz4Compress(row);
    case 'snappy':
      return snappyCompress(row);
    case 'zstd':
      return zstdCompressSync(row);
  }
}

function tagOf(compression: Exclude<StateCompression, 'none'>): number {
  switch (compression) {
    case 'lz4':
      return LZ4;
    case 'snappy':
      return SNAPPY;
    case 'zstd':
      return ZSTD;
  }
}
