import { readInt64 } from '../record-batch/layout.ts';

/**
 * Reads the primitive types of the Kafka protocol one after the other; past the end it throws RangeError. Those of flexible versions say so:
 * the others belong to the encoding before them.
 */
export class WireReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get remaining(): number {
    return this.#buffer.length - this.#at;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  int64(): number {
    return readInt64(this.#buffer, this.#take(8));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  nullableString(): string | null {
    const size = this.int16();
    if (size < 0) return null;
    const start = this.#take(size);
    return this.#buffer.toString('utf8', start, start + size);
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  /** Lengths of flexible versions are one more than they are; 0 is null. */
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer[this.#take(1)];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Of flexible versions; null reads as empty. */
  compactString(): string {
    const size = Math.max(0, this.unsignedVarint() - 1);
    const start = this.#take(size);
    return this.#buffer.toString('utf8', start, start + size);
  }

  /** Passes over the tagged fields of a flexible version: there is none that we need. */
  skipTaggedFields(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint(); // tag
      this.#take(this.unsignedVarint());
    }
  }

  /** A view, not a copy; null reads as empty. */
  bytes(): Buffer {
    const size = Math.max(0, this.int32());
    const start = this.#take(size);
    return this.#buffer.subarray(start, start + size);
  }

  /** Null reads as empty. */
  array<T>(element: (reader: WireReader) => T): T[] {
    const size = this.int32();
    const elements: T[] = [];
    for (let i = 0; i < size; i++) elements.push(element(this));
    return elements;
  }

  #take(size: number): number {
    const start = this.#at;
    if (start + size > this.#buffer.length) throw new RangeError('the reply ends too early');
    this.#at = start + size;
    return start;
  }
}
