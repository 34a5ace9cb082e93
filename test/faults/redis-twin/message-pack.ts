/** What scripts pack: texts (bytes), numbers, truth, nothing, and lists of these. */
export type Packed = number | Buffer | boolean | null | readonly Packed[];

/** MessagePack as `cmsgpack.pack` of Redis writes it: the shortest form of everything. */
export function pack(value: Packed): Buffer {
  const parts: Buffer[] = [];
  const add = (item: Packed): void => {
    if (item === null) parts.push(Buffer.of(0xc0));
    else if (typeof item === 'boolean') parts.push(Buffer.of(item ? 0xc3 : 0xc2));
    else if (typeof item === 'number') parts.push(packedNumber(item));
    else if (Buffer.isBuffer(item)) parts.push(header(item.length, 0xa0, 32, [0xd9, 0xda, 0xdb]), item);
    else {
      parts.push(header(item.length, 0x90, 16, [null, 0xdc, 0xdd]));
      item.forEach(add);
    }
  };
  add(value);
  return Buffer.concat(parts);
}

/** Reads one value. Bytes in the result are the input's own. */
export function unpack(bytes: Buffer): Packed {
  let at = 0;
  const size = (width: number): number => {
    at += width;
    return bytes.readUIntBE(at - width, width);
  };
  const signed = (width: number): number => {
    at += width;
    return bytes.readIntBE(at - width, width);
  };
  const text = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const list = (length: number): Packed[] => Array.from({ length }, read);

  function read(): Packed {
    const tag = bytes[at++];
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if ((tag & 0xe0) === 0xa0) return text(tag & 0x1f);
    if ((tag & 0xf0) === 0x90) return list(tag & 0x0f);
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return tag === 0xc3;
      case 0xc4:
      case 0xd9:
        return text(size(1));
      case 0xc5:
      case 0xda:
        return text(size(2));
      case 0xc6:
      case 0xdb:
        return text(size(4));
      case 0xca:
        at += 4;
        return bytes.readFloatBE(at - 4);
      case 0xcb:
        at += 8;
        return bytes.readDoubleBE(at - 8);
      case 0xcc:
        return size(1);
      case 0xcd:
        return size(2);
      case 0xce:
        return size(4);
      case 0xcf:
        at += 8;
        return Number(bytes.readBigUInt64BE(at - 8));
      case 0xd0:
        return signed(1);
      case 0xd1:
        return signed(2);
      case 0xd2:
        return signed(4);
      case 0xd3:
        at += 8;
        return Number(bytes.readBigInt64BE(at - 8));
      case 0xdc:
        return list(size(2));
      case 0xdd:
        return list(size(4));
      default:
        throw new RangeError(`nothing that scripts pack begins with ${tag}`);
    }
  }

  return read();
}

/** The tag of a text or list with its length: in the tag where it is below `short`, in 1, 2 or 4 bytes after it otherwise. */
function header(length: number, tag: number, short: number, [one, two, four]: readonly (number | null)[]): Buffer {
  if (length < short) return Buffer.of(tag | length);
  if (one !== null && length < 1 << 8) return Buffer.of(one, length);
  if (length < 1 << 16) return Buffer.of(two!, length >>> 8, length & 0xff);
  const bytes = Buffer.alloc(5, four!);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** Whole numbers take as few bytes as hold them, fractions four where that loses nothing. */
function packedNumber(value: number): Buffer {
  if (!Number.isInteger(value)) {
    const short = Math.fround(value) === value;
    const bytes = Buffer.alloc(short ? 5 : 9, short ? 0xca : 0xcb);
    if (short) bytes.writeFloatBE(value, 1);
    else bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (value >= -32 && value < 1 << 7) return Buffer.of(value & 0xff);
  const signed = value < 0;
  const bits = signed ? -value * 2 - 1 : value;
  const power = [2 ** 8, 2 ** 16, 2 ** 32, Infinity].findIndex((end) => bits < end);
  const bytes = Buffer.alloc(1 + 2 ** power, (signed ? 0xd0 : 0xcc) + power);
  if (power < 3) {
    if (signed) bytes.writeIntBE(value, 1, 2 ** power);
    else bytes.writeUIntBE(value, 1, 2 ** power);
  } else if (signed) bytes.writeBigInt64BE(BigInt(value), 1);
  else bytes.writeBigUInt64BE(BigInt(value), 1);
  return bytes;
}
