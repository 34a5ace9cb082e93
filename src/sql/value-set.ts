import { encodeKey } from '../core/key-codec.ts';
import type { Value } from '../core/types.ts';

/** The different values among some, by equality as Spark sees it, in the order of their first occurrence. */
export class ValueSet implements Iterable<Value> {
  private readonly values = new Map<string, Value>();

  constructor(values: Iterable<Value>) {
    for (const value of values) {
      const key = encodeKey([value]);
      if (!this.values.has(key)) this.values.set(key, value);
    }
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.values.values();
  }
}
