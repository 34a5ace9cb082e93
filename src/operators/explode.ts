import type { Batch, EvaluationContext, Operator, OperatorContext } from '../core/operator.ts';
import type { Row, Value } from '../core/types.ts';

export interface ExplodeOptions {
  /** The select items, with the generator's argument in the generator's place. */
  readonly project: (row: Row, context: EvaluationContext) => Row;
  /** Where the generator stands among the items. */
  readonly position: number;
  /** `posexplode`: the element's position comes before it. */
  readonly withPosition: boolean;
  /** `inline`: the elements are structs, each field of them a column. */
  readonly inline: boolean;
  /** Columns that the generator fills: one for an array, two for a map, one more with the position, those of the struct with `inline`. */
  readonly width: number;
  /** `explode_outer` and the like: an empty or null collection gives one row of nulls, instead of none. */
  readonly outer: boolean;
}

/** A `select` with `explode`: one output row for each element of an array or entry of a map. */
export class Explode implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly snapshot = null;
  readonly #options: ExplodeOptions;

  constructor(name: string, options: ExplodeOptions) {
    this.name = name;
    this.#options = options;
  }

  process(input: Batch, context: OperatorContext): Batch {
    if (input.kind === 'table') throw new TypeError('a table cannot be exploded');
    const { project, position } = this.#options;
    const rows: Row[] = [];
    for (const inputRow of input.rows) {
      let items: Row;
      try {
        items = project(inputRow, context);
      } catch (error) {
        context.rejectRow(inputRow, error);
        continue;
      }
      const collection = items[position];
      if (Array.isArray(collection)) this.#explodeArray(items, collection, rows);
      else this.#explodeEntries(items, collection instanceof Map ? collection : new Map<Value, Value>(), rows);
    }
    return { kind: 'stream', rows };
  }

  #explodeArray(items: Row, elements: readonly Value[], rows: Row[]): void {
    const { position, withPosition, inline, outer } = this.#options;
    if (elements.length === 0 && outer) return this.#pushNulls(items, rows);
    if (inline) return this.#inline(items, elements, rows);
    if (items.length === 1 && !withPosition) {
      for (const element of elements) rows.push([element]);
      return;
    }
    for (let i = 0; i < elements.length; i++) {
      rows.push(replaced(items, position, withPosition ? [i, elements[i]] : [elements[i]]));
    }
  }

  /** A null instead of a struct is a row of nulls. */
  #inline(items: Row, structs: readonly Value[], rows: Row[]): void {
    for (const struct of structs) {
      if (Array.isArray(struct)) rows.push(replaced(items, this.#options.position, struct));
      else this.#pushNulls(items, rows);
    }
  }

  #explodeEntries(items: Row, entries: ReadonlyMap<Value, Value>, rows: Row[]): void {
    const { position, withPosition, outer } = this.#options;
    if (entries.size === 0 && outer) return this.#pushNulls(items, rows);
    let i = 0;
    for (const [key, value] of entries) {
      rows.push(replaced(items, position, withPosition ? [i++, key, value] : [key, value]));
    }
  }

  #pushNulls(items: Row, rows: Row[]): void {
    rows.push(replaced(items, this.#options.position, new Array<Value>(this.#options.width).fill(null)));
  }
}

const replaced = (items: Row, position: number, values: readonly Value[]): Row => [
  ...items.slice(0, position),
  ...values,
  ...items.slice(position + 1),
];
