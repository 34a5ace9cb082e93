import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  field,
  INT,
  mapOf,
  STRING,
  structOf,
  TIMESTAMP,
  type Row,
  type Schema,
} from '../../src/core/types.ts';
import { JsonDecoder } from '../../src/formats/json/json-decoder.ts';
import { readValue, isObject, type Json } from '../../src/formats/json/read-value.ts';

const schema: Schema = [
  field('id', BIGINT),
  field('user', STRING),
  field('amount', DOUBLE),
  field('ok', BOOLEAN),
  field('n', INT),
];

function decode(text: string, columns = schema, needed = columns.map(() => true)): Row {
  const bytes = Buffer.from(`##${text}##`);
  const row: Row = columns.map(() => null);
  new JsonDecoder(columns, needed).decode(bytes, 2, bytes.length - 2, row, 0);
  return row;
}

/** What JSON.parse and the column types say, without any fast path. */
function reference(text: string): Row | 'undecodable' {
  try {
    const json = JSON.parse(text) as Json;
    if (!isObject(json)) return 'undecodable';
    return schema.map(({ name, type }) => (Object.hasOwn(json, name) ? readValue(json[name], type, name) : null));
  } catch {
    return 'undecodable';
  }
}

function outcome(text: string): Row | 'undecodable' {
  try {
    return decode(text);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'RECORD_UNDECODABLE') return 'undecodable';
    throw error;
  }
}

describe('a record', () => {
  test('is read by column name, whatever the order of its fields', () => {
    expect(decode('{"n":7,"ok":true,"amount":1.5,"user":"ann","id":9}')).toEqual([9, 'ann', 1.5, true, 7]);
  });

  test('has null for what is missing, and ignores what is not declared', () => {
    expect(decode('{"other":{"a":[1]},"id":1}')).toEqual([1, null, null, null, null]);
  });

  test('with a value of another type is refused, with the column named', () => {
    expect(() => decode('{"id":"1"}')).toThrow(/`id`.*bigint/);
    expect(() => decode('{"n":2147483648}')).toThrow(/`n`/);
    expect(() => decode('{"id":1.5}')).toThrow(/`id`/);
  });

  test('that is not a JSON object is refused with an excerpt', () => {
    expect(() => decode('{"id":1')).toThrow(/not JSON/);
    expect(() => decode('[1]')).toThrow(/object/);
  });

  test('keeps its columns null where nothing needs them', () => {
    expect(decode('{"id":1,"user":"a"}', schema, [false, true, false, false, false])).toEqual([
      null,
      'a',
      null,
      null,
      null,
    ]);
  });

  test('may hold timestamps, dates, arrays, maps and structs', () => {
    const nested: Schema = [
      field('ts', TIMESTAMP),
      field('d', DATE),
      field('tags', arrayOf(STRING)),
      field('m', mapOf(STRING, INT)),
      field('s', structOf(field('a', INT), field('b', STRING))),
    ];
    const text =
      '{"ts":"2026-01-01T12:07:00.123456+01:00","d":"1970-01-02","tags":["x",null],"m":{"k":1},"s":{"b":"y"}}';
    expect(decode(text, nested)).toEqual([1_767_265_620_123_456, 1, ['x', null], new Map([['k', 1]]), [null, 'y']]);
  });

  test('given as a null value has only null columns', () => {
    const row: Row = [null, null, null, null, null];
    new JsonDecoder(schema, [true, true, true, true, true]).decode(Buffer.from('x'), -1, -1, row, 0);
    expect(row).toEqual([null, null, null, null, null]);
  });
});

describe('the fast scan never differs from JSON.parse', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  );
  const name = fc.oneof(fc.constantFrom('id', 'user', 'amount', 'ok', 'n', 'other', 'us', 'users'), fc.string());
  const object = fc.array(fc.tuple(name, fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }))), { maxLength: 6 });

  test('on JSON objects, repeated names included', () => {
    fc.assert(
      fc.property(object, (fields) => {
        const text = `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`;
        expect(outcome(text)).toEqual(reference(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('on texts that are nearly JSON', () => {
    const valid = '{"id":12,"user":"ann","amount":-1.50,"ok":false,"n":0,"other":null}';
    fc.assert(
      fc.property(
        fc.nat(valid.length),
        fc.nat(3),
        fc.oneof(
          fc.string({ maxLength: 2 }),
          fc.constantFrom('0', '-', '.', 'e1', '"', ',', '}', '{', ' ', '\\', 'null', '00'),
        ),
        (at, removed, inserted) => {
          const text = valid.slice(0, at) + inserted + valid.slice(at + removed);
          expect(outcome(text)).toEqual(reference(text));
        },
      ),
      { numRuns: 5000 },
    );
  });
});
