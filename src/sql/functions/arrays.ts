import type { Value } from '../../core/types.ts';
import { arrayOf, field, INT, STRING, structOf, VOID } from '../../core/types.ts';
import { coerced, unified } from '../coercion.ts';
import { subscript } from '../element.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount, operandAs, operandsAt, unexpected } from '../function-spec.ts';
import { SEQUENCE } from './sequence.ts';
import { sharedType } from './shared-type.ts';

function array(site: CallSite): Expression {
  if (site.count === 0) return call(site, [], arrayOf(VOID), (): Value => []);
  const operands = unified(operandsAt(site), '`array`');
  return call(site, operands, arrayOf(operands[0].type), (...values: Value[]) => values, { nulls: 'passed' });
}

function arraySize(site: CallSite): Expression {
  expectCount(site, 1);
  return call(site, [arrayOperand(site).operand], INT, (value: Value[]) => value.length);
}

function size(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind === 'array' || operand.type.kind === 'void') return arraySize(site);
  if (operand.type.kind === 'map') return call(site, [operand], INT, (value: Map<Value, Value>) => value.size);
  throw unexpected(site, 0, operand, 'an array or a map');
}

/** Counted from 1, from the end when negative. */
const elementAt =
  (attempt: boolean) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const operand = site.operand(0);
    if (operand.type.kind === 'map') return subscript(operand, site.operand(1), site);
    const { element } = arrayOperand(site);
    const at = (values: Value[], position: number): Value => {
      if (position === 0) return fail('INVALID_INDEX_OF_ZERO', 'elements are counted from 1');
      if (Math.abs(position) <= values.length) return values.at(position > 0 ? position - 1 : position) ?? null;
      if (attempt) return null;
      const message = `the position ${position} is outside of an array of ${values.length}; use try_element_at to get null instead`;
      return fail('INVALID_ARRAY_INDEX_IN_ELEMENT_AT', message);
    };
    return call(site, [operand, operandAs(site, 1, INT)], element, at);
  };

function get(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const at = (values: Value[], index: number): Value => values[index] ?? null;
  return call(site, [operand, operandAs(site, 1, INT)], element, at);
}

function join(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const { operand } = arrayOperand(site);
  const strings = coerced(operand, arrayOf(STRING));
  const rest = site.count === 3 ? [operandAs(site, 2, STRING)] : [];
  const joined = (values: Value[], separator: string, nulls?: string): Value =>
    (nulls === undefined ? values.filter((v) => v !== null) : values.map((v) => v ?? nulls)).join(separator);
  return call(site, [strings, operandAs(site, 1, STRING), ...rest], STRING, joined);
}

function slice(site: CallSite): Expression {
  expectCount(site, 3);
  const { operand } = arrayOperand(site);
  const cut = (values: Value[], start: number, length: number): Value => {
    if (start === 0) return fail('INVALID_PARAMETER_VALUE.START', 'elements are counted from 1');
    if (length < 0) return fail('INVALID_PARAMETER_VALUE.LENGTH', 'the length is negative');
    const first = start > 0 ? start - 1 : values.length + start;
    return first < 0 ? [] : values.slice(first, first + length);
  };
  return call(site, [operand, operandAs(site, 1, INT), operandAs(site, 2, INT)], operand.type, cut);
}

function flatten(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand, element } = arrayOperand(site);
  if (element.kind !== 'array') throw unexpected(site, 0, operand, 'an array of arrays');
  const flat = (values: Value[]): Value => (values.includes(null) ? null : (values as Value[][]).flat(1));
  return call(site, [operand], element, flat);
}

/** An array and a further element of it, at a position among the operands, in their common type. Only the element may be null. */
function withElement(site: CallSite, at: number): { readonly array: Expression; readonly element: Expression } {
  const { operand, element } = arrayOperand(site);
  const value = site.operand(at);
  const common = sharedType(site, value, [element, value.type], 'ARRAY_FUNCTION_DIFF_TYPES');
  return { array: coerced(operand, arrayOf(common)), element: coerced(value, common) };
}

/** `array_append` and `array_prepend`. */
const extended =
  (extend: (values: Value[], value: Value) => Value[]) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const { array, element } = withElement(site, 1);
    const apply = (values: Value[] | null, value: Value): Value => (values === null ? null : extend(values, value));
    return call(site, [array, element], array.type, apply, { nulls: 'passed' });
  };

function insert(site: CallSite): Expression {
  expectCount(site, 3);
  const { array, element } = withElement(site, 2);
  const apply = (values: Value[] | null, position: number | null, value: Value): Value =>
    values === null || position === null ? null : inserted(values, position, value);
  return call(site, [array, operandAs(site, 1, INT), element], array.type, apply, { nulls: 'passed' });
}

const LONGEST = 10_000_000;

/** Counted from 1, from the end when negative: -1 is behind the last. Nulls fill what lies between the array and a position outside. */
function inserted(values: Value[], position: number, value: Value): Value[] {
  if (position === 0) return fail('INVALID_INDEX_OF_ZERO', 'elements are counted from 1');
  if (Math.abs(position) > LONGEST)
    return fail('COLLECTION_SIZE_LIMIT_EXCEEDED', `an array of more than ${LONGEST} elements`);
  const index = position > 0 ? position - 1 : values.length + position + 1;
  const missing = index < 0 ? -index : Math.max(index - values.length, 0);
  const nulls = new Array<Value>(missing).fill(null);
  if (index < 0) return [value, ...nulls, ...values];
  return [...values.slice(0, index), ...nulls, value, ...values.slice(index)];
}

function repeated(site: CallSite): Expression {
  expectCount(site, 2);
  const operand = site.operand(0);
  const repeat = (value: Value, times: number | null): Value => {
    if (times === null) return null;
    if (times > LONGEST) return fail('COLLECTION_SIZE_LIMIT_EXCEEDED', `an array of more than ${LONGEST} elements`);
    return new Array<Value>(Math.max(times, 0)).fill(value);
  };
  return call(site, [operand, operandAs(site, 1, INT)], arrayOf(operand.type), repeat, { nulls: 'passed' });
}

/** Structs of the elements at each position, as many as the longest array has. */
function zip(site: CallSite): Expression {
  const arrays = Array.from({ length: site.count }, (_, i) => arrayOperand(site, i));
  const fields = arrays.map(({ operand, element }, i) => {
    const name = operand.kind === 'column' || operand.kind === 'field' ? operand.name : String(i);
    return field(name, element);
  });
  const zipped = (...values: Value[][]): Value => {
    const length = Math.max(0, ...values.map((v) => v.length));
    return Array.from({ length }, (_, i) => values.map((v) => v[i] ?? null));
  };
  return call(
    site,
    arrays.map(({ operand }) => operand),
    arrayOf(structOf(...fields)),
    zipped,
  );
}

const family = 'collections';

/** Functions of arrays. */
export const ARRAYS: readonly FunctionSpec[] = [
  { name: 'array', family, signature: 'array(a, b, …) -> array', summary: 'an array of the values', build: array },
  {
    name: 'size',
    aliases: ['cardinality'],
    family,
    signature: 'size(a array|map) -> int',
    summary: 'number of elements',
    build: size,
  },
  {
    name: 'array_size',
    family,
    signature: 'array_size(a array) -> int',
    summary: 'number of elements',
    build: arraySize,
  },
  {
    name: 'element_at',
    family,
    signature: 'element_at(a array|map, position|key) -> element',
    summary: 'an element, counted from 1 or from the end, or the value of a key',
    build: elementAt(false),
  },
  {
    name: 'try_element_at',
    family,
    signature: 'try_element_at(a array|map, position|key) -> element',
    summary: 'as element_at, null where there is none',
    build: elementAt(true),
  },
  {
    name: 'get',
    family,
    signature: 'get(a array, index int) -> element',
    summary: 'an element, counted from 0; null where there is none',
    build: get,
  },
  {
    name: 'array_join',
    family,
    signature: 'array_join(a array, separator string [, nulls string]) -> string',
    summary: 'the elements as one text; nulls are left out or replaced',
    build: join,
  },
  {
    name: 'slice',
    family,
    signature: 'slice(a array, start int, length int) -> array',
    summary: 'a part of the array, counted from 1 or from the end',
    build: slice,
  },
  {
    name: 'flatten',
    family,
    signature: 'flatten(a array<array>) -> array',
    summary: 'the elements of all inner arrays',
    build: flatten,
  },
  {
    name: 'array_append',
    family,
    signature: 'array_append(a array, value) -> array',
    summary: 'the array with the value behind it',
    build: extended((values, value) => [...values, value]),
  },
  {
    name: 'array_prepend',
    family,
    signature: 'array_prepend(a array, value) -> array',
    summary: 'the array with the value before it',
    build: extended((values, value) => [value, ...values]),
  },
  {
    name: 'array_insert',
    family,
    signature: 'array_insert(a array, position int, value) -> array',
    summary: 'the array with the value at a position, counted from 1 or from the end',
    build: insert,
  },
  {
    name: 'array_repeat',
    family,
    signature: 'array_repeat(value, times int) -> array',
    summary: 'an array that has the value so many times',
    build: repeated,
  },
  {
    name: 'arrays_zip',
    family,
    signature: 'arrays_zip(a array, b array, …) -> array<struct>',
    summary: 'structs of the elements at each position; nulls where an array is shorter',
    build: zip,
  },
  SEQUENCE,
];
