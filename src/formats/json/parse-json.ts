import type { DataType } from '../../core/types.ts';
import type { Json } from './read-value.ts';

/** A number of JSON with more digits than a JavaScript number is sure to keep. */
export class LongNumber {
  /** As it stands in the text. */
  readonly text: string;
  /** The nearest JavaScript number. */
  readonly rounded: number;

  constructor(text: string, rounded: number) {
    this.text = text;
    this.rounded = rounded;
  }
}

/** Up to so many digits come back from a JavaScript number as they were. */
const KEPT_DIGITS = 15;
const MANY_DIGITS = /\d[\d.]{15}/;

/** `JSON.parse`, or where values of the types need it, the same with numbers of many digits as LongNumbers. Throws a SyntaxError. */
export function parserFor(types: readonly DataType[]): (text: string) => Json {
  return types.some(hasDecimal) ? parseExactly : (text) => JSON.parse(text) as Json;
}

function hasDecimal(type: DataType): boolean {
  switch (type.kind) {
    case 'decimal':
      return true;
    case 'array':
      return hasDecimal(type.element);
    case 'map':
      return hasDecimal(type.key) || hasDecimal(type.value);
    case 'struct':
      return type.fields.some((field) => hasDecimal(field.type));
    default:
      return false;
  }
}

/** A reviver that is handed the source of each number makes parsing slow, and is rarely needed. */
const parseExactly = (text: string): Json =>
  (MANY_DIGITS.test(text) ? parseWithSource(text, keepDigits) : JSON.parse(text)) as Json;

/** `JSON.parse` with the third parameter of its reviver, which the library's types do not know yet. */
const parseWithSource = JSON.parse as (
  text: string,
  revive: (key: string, value: Json, context: { readonly source: string }) => Json,
) => unknown;

const keepDigits = (_: string, value: Json, { source }: { readonly source: string }): Json =>
  typeof value === 'number' && source.length > KEPT_DIGITS ? new LongNumber(source, value) : value;
