import { encodeKey } from '../../core/key-codec.ts';
import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BIGINT, BOOLEAN, INT, STRING, typeName, VOID } from '../../core/types.ts';
import { coerced, commonType, unified } from '../coercion.ts';
import { nullsFirst } from '../comparison.ts';
import { subscript } from '../element.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount, operandAs, operandsAt, unexpected } from '../function-spec.ts';

function orderOf(site: CallSite, operand: Expression, type: DataType): (a: Value, b: Value) => number {
  const order = nullsFirst(type);
  if (order === null) throw unexpected(site, 0, operand, 'of values that can be compared');
  return order;
}

function array(site: CallSite): Expression {
  if (site.count === 0) return call(site, [], arrayOf(VOID), (): Value => []);
  const operands = unified(operandsAt(site), '`array`');
  return call(site, operands, arrayOf(operands[0].type), (...values: Value[]) => values, { nulls: 'passed' });
}

function size(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind === 'array') return call(site, [operand], INT, (value: Value[]) => value.length);
  if (operand.type.kind === 'map') return call(site, [operand], INT, (value: Map<Value, Value>) => value.size);
  throw unexpected(site, 0, operand, 'an array or a map');
}

/** True when an element equals the value, null when none does and one is null. */
function arrayContains(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const value = site.operand(1);
  const common = commonType(element, value.type);
  if (common === null) throw unexpected(site, 1, value, `a ${typeName(element)} like the elements`);
  const order = orderOf(site, operand, common);
  const contains = (values: Value[], wanted: Value): Value => {
    let sawNull = false;
    for (const candidate of values) {
      if (candidate === null) sawNull = true;
      else if (order(candidate, wanted) === 0) return true;
    }
    return sawNull ? null : false;
  };
  return call(site, [coerced(operand, arrayOf(common)), coerced(value, common)], BOOLEAN, contains);
}

function arrayPosition(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const common = commonType(element, site.operand(1).type);
  if (common === null) throw unexpected(site, 1, site.operand(1), `a ${typeName(element)} like the elements`);
  const order = orderOf(site, operand, common);
  const position = (values: Value[], wanted: Value): Value =>
    values.findIndex((v) => v !== null && order(v, wanted) === 0) + 1;
  return call(site, [coerced(operand, arrayOf(common)), coerced(site.operand(1), common)], BIGINT, position);
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

/** The different values, by equality as Spark sees it, in the order of their first occurrence. */
function distinctValues(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = encodeKey([value]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function distinct(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand, element } = arrayOperand(site);
  orderOf(site, operand, element);
  return call(site, [operand], operand.type, (values: Value[]) => distinctValues(values));
}

/** Ascending with nulls first, or descending with nulls last. */
function sortArray(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const { operand, element } = arrayOperand(site);
  const order = orderOf(site, operand, element);
  const ascending = site.count === 2 ? [operandAs(site, 1, BOOLEAN)] : [];
  const sort = (values: Value[], up = true): Value => values.toSorted((a, b) => (up ? order(a, b) : order(b, a)));
  return call(site, [operand, ...ascending], operand.type, sort);
}

const extremeOf =
  (sign: 1 | -1) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const { operand, element } = arrayOperand(site);
    const order = orderOf(site, operand, element);
    const pick = (values: Value[]): Value =>
      values.reduce(
        (best, value) => (value !== null && (best === null || order(value, best) * sign > 0) ? value : best),
        null,
      );
    return call(site, [operand], element, pick);
  };

function join(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const { operand } = arrayOperand(site);
  const strings = coerced(operand, arrayOf(STRING));
  const rest = site.count === 3 ? [operandAs(site, 2, STRING)] : [];
  const joined = (values: Value[], separator: string, nulls?: string): Value =>
    (nulls === undefined ? values.filter((v) => v !== null) : values.map((v) => v ?? nulls)).join(separator);
  return call(site, [strings, operandAs(site, 1, STRING), ...rest], STRING, joined);
}

const LONGEST = 10_000_000;

function sequence(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const [from, to, ...step] = unified(operandsAt(site), '`sequence`');
  if (!['tinyint', 'smallint', 'int', 'bigint'].includes(from.type.kind)) throw unexpected(site, 0, from, 'an integer');
  const build = (start: number, end: number, by = start <= end ? 1 : -1): Value => {
    const steps = by === 0 ? (start === end ? 0 : -1) : Math.floor((end - start) / by);
    if (steps < 0) return fail('ILLEGAL_SEQUENCE', `a step of ${by} does not lead from ${start} to ${end}`);
    if (steps >= LONGEST) return fail('COLLECTION_SIZE_LIMIT_EXCEEDED', `a sequence of more than ${LONGEST} elements`);
    return Array.from({ length: steps + 1 }, (_, i) => start + i * by);
  };
  return call(site, [from, to, ...step], arrayOf(from.type), build);
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

const family = 'collections';

/** Functions of arrays. */
export const ARRAYS: readonly FunctionSpec[] = [
  { name: 'array', family, signature: 'array(a, b, …) -> array', summary: 'an array of the values', build: array },
  {
    name: 'size',
    aliases: ['cardinality', 'array_size'],
    family,
    signature: 'size(a array|map) -> int',
    summary: 'number of elements',
    build: size,
  },
  {
    name: 'array_contains',
    family,
    signature: 'array_contains(a array, value) -> boolean',
    summary: 'whether an element equals the value',
    build: arrayContains,
  },
  {
    name: 'array_position',
    family,
    signature: 'array_position(a array, value) -> bigint',
    summary: 'position of the first such element, 0 when there is none',
    build: arrayPosition,
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
    name: 'array_distinct',
    family,
    signature: 'array_distinct(a array) -> array',
    summary: 'the elements without those that came before',
    build: distinct,
  },
  {
    name: 'sort_array',
    family,
    signature: 'sort_array(a array [, ascending boolean]) -> array',
    summary: 'the elements in order; nulls are the least',
    build: sortArray,
  },
  {
    name: 'array_max',
    family,
    signature: 'array_max(a array) -> element',
    summary: 'the largest element',
    build: extremeOf(1),
  },
  {
    name: 'array_min',
    family,
    signature: 'array_min(a array) -> element',
    summary: 'the least element',
    build: extremeOf(-1),
  },
  {
    name: 'array_join',
    family,
    signature: 'array_join(a array, separator string [, nulls string]) -> string',
    summary: 'the elements as one text; nulls are left out or replaced',
    build: join,
  },
  {
    name: 'sequence',
    family,
    signature: 'sequence(from integer, to integer [, step integer]) -> array',
    summary: 'the integers from one to another',
    build: sequence,
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
];
