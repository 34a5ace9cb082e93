import { promisify } from 'node:util';
import { gunzipSync, gzip, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { compressFrame, decompressFrameSync } from 'lz4-napi';
import { compress as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** By the number that the batch attributes carry. */
export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

/** Compresses the records of a batch, off the thread. */
export function compress(compression: Exclude<Compression, 'none'>, records: Buffer): Promise<Buffer> {
  switch (compression) {
    case 'gzip':
      return gzipAsync(records);
    case 'snappy':
      return compressSnappy(records);
    case 'lz4':
      return compressFrame(records);
    case 'zstd':
      return zstdAsync(records);
  }
}

/** @throws whatever the codec throws on damaged input; the caller names the place */
export function decompress(compression: Exclude<Compression, 'none'>, records: Buffer): Buffer {
  switch (compression) {
    case 'gzip':
      return gunzipSync(records);
    case 'snappy':
      return decompressSnappy(records);
    case 'lz4':
      return decompressFrameSync(records);
    case 'zstd':
      return zstdDecompressSync(records);
  }
}

// Java clients frame snappy as the snappy-java library does: a magic, two version numbers, then blocks with their length before them.
// Others send one raw block. Both are read; the framed form is written, which every client reads.
const SNAPPY_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1');
const SNAPPY_FRAME_HEADER = Buffer.concat([SNAPPY_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);

async function compressSnappy(records: Buffer): Promise<Buffer> {
  const block = await snappyCompress(records);
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(block.length);
  return Buffer.concat([SNAPPY_FRAME_HEADER, length, block]);
}

function decompressSnappy(records: Buffer): Buffer {
  const framed = records.subarray(0, SNAPPY_MAGIC.length).equals(SNAPPY_MAGIC);
  if (!framed) return snappyUncompress(records, { asBuffer: true }) as Buffer;
  const blocks: Buffer[] = [];
  for (let at = SNAPPY_FRAME_HEADER.length; at < records.length;) {
    const length = records.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > records.length) throw new RangeError('a snappy block is cut off');
    blocks.push(snappyUncompress(records.subarray(at, at + length), { asBuffer: true }) as Buffer);
    at += length;
  }
  return blocks.length === 1 ? blocks[0] : Buffer.concat(blocks);
}
