import type { DataType, Value } from '../core/types.ts';

/** Compares two values of one type, neither of them null: negative, zero or positive. */
export type Comparator = (a: never, b: never) => number;

/** Order of UTF-8 bytes, which is that of code points: units of surrogate pairs come behind all others. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) return ((x + 0x2000) & 0xffff) - ((y + 0x2000) & 0xffff);
    return x - y;
  }
  return a.length - b.length;
}

const compareInteger = (a: number, b: number): number => a - b;
const compareBoolean = (a: boolean, b: boolean): number => Number(a) - Number(b);

/** Of one type, hence with the point in one place. */
const compareDecimal = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** NaN equals NaN and is the largest; -0.0 equals 0.0. */
export function compareDouble(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function compareBinary(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** The order of a type's values; null for types without one (maps). Within arrays and structs nulls come first and equal each other. */
export function comparatorOf(type: DataType): Comparator | null {
  switch (type.kind) {
    case 'string':
      return compareText;
    case 'boolean':
      return compareBoolean;
    case 'decimal':
      return compareDecimal;
    case 'float':
    case 'double':
      return compareDouble;
    case 'binary':
      return compareBinary;
    case 'map':
      return null;
    case 'array': {
      const element = nullsFirst(type.element);
      if (element === null) return null;
      return (a: Value[], b: Value[]): number => {
        const length = Math.min(a.length, b.length);
        for (let i = 0; i < length; i++) {
          const order = element(a[i], b[i]);
          if (order !== 0) return order;
        }
        return a.length - b.length;
      };
    }
    case 'struct': {
      const fields: ((a: Value, b: Value) => number)[] = [];
      for (const { type: fieldType } of type.fields) {
        const order = nullsFirst(fieldType);
        if (order === null) return null;
        fields.push(order);
      }
      return (a: Value[], b: Value[]): number => {
        for (let i = 0; i < fields.length; i++) {
          const order = fields[i](a[i], b[i]);
          if (order !== 0) return order;
        }
        return 0;
      };
    }
    default:
      return compareInteger;
  }
}

/** The type's order with null before every value; null for types without an order. */
export function nullsFirst(type: DataType): ((a: Value, b: Value) => number) | null {
  const compare = comparatorOf(type) as ((a: Value, b: Value) => number) | null;
  if (compare === null) return null;
  return (a, b) => (a === null ? (b === null ? 0 : -1) : b === null ? 1 : compare(a, b));
}
