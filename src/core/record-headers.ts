import type { RecordChunk } from './transport.ts';

/** The headers of record `i` of a chunk, in order; names may repeat. */
export function readHeaders(chunk: RecordChunk, i: number): (readonly [name: string, value: Uint8Array | null])[] {
  const reader = new VarintReader(chunk.bytes, chunk.headersStart[i]);
  const headers: [string, Uint8Array | null][] = [];
  for (let left = reader.next(); left > 0; left--) {
    const name = reader.bytes(reader.next()).toString('utf8');
    const size = reader.next();
    headers.push([name, size < 0 ? null : new Uint8Array(reader.bytes(size))]);
  }
  return headers;
}

/** Reads the zigzag varints of Kafka's record format. */
class VarintReader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  next(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.#buffer[this.#at++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return (value >>> 1) ^ -(value & 1);
  }

  bytes(size: number): Buffer {
    this.#at += size;
    return this.#buffer.subarray(this.#at - size, this.#at);
  }
}
