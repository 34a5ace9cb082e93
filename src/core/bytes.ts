/** Writes into one buffer that grows; what was written is copied out once, at the end. */
export class ByteWriter {
  buffer: Buffer;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.buffer.writeDoubleBE(value, this.length);
  }

  /** A whole number between 0 and 2^53, seven bits a byte, lowest first. */
  unsigned(value: number): void {
    this.reserve(8);
    while (value > 0x7f) {
      this.buffer[this.length++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  /** A whole number between -2^52 and 2^52, zigzag. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2);
  }

  bytes(value: Uint8Array): void {
    this.unsigned(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** UTF-8, length first. A lone surrogate becomes U+FFFD, as everywhere in Kafka. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.unsigned(size);
    this.reserve(size);
    this.length += this.buffer.write(value, this.length, 'utf8');
  }

  /** A copy of what was written. */
  take(): Buffer {
    const copy = Buffer.allocUnsafe(this.length);
    this.buffer.copy(copy, 0, 0, this.length);
    return copy;
  }
}

/** Reads what a ByteWriter wrote. Reading past the end throws RangeError. */
export class ByteReader {
  readonly buffer: Buffer;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.buffer.length;
  }

  byte(): number {
    if (this.at >= this.buffer.length) throw new RangeError('the bytes end too early');
    return this.buffer[this.at++];
  }

  double(): number {
    const value = this.buffer.readDoubleBE(this.at);
    this.at += 8;
    return value;
  }

  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer {
    const size = this.unsigned();
    if (this.at + size > this.buffer.length) throw new RangeError('the bytes end too early');
    this.at += size;
    return this.buffer.subarray(this.at - size, this.at);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }
}

/** The fewest bytes that hold the number in two's complement, highest first. */
export function bigintBytes(value: bigint): Buffer {
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size++;
  const digits = BigInt.asUintN(size * 8, value).toString(16);
  return Buffer.from(digits.padStart(size * 2, '0'), 'hex');
}

/** The number that `bigintBytes` wrote. Throws RangeError where there is no byte. */
export function bigintFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length === 0) throw new RangeError('a number without bytes');
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${digits}`));
}
