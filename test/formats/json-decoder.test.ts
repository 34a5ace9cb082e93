import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { EpochFormat } from '../../src/core/format.ts';
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

function decode(
  text: string,
  columns = schema,
  needed = columns.map(() => true),
  epoch: EpochFormat | null = null,
): Row {
  const bytes = Buffer.from(`##${text}##`);
  const row: Row = columns.map(() => null);
  new JsonDecoder(columns, needed, epoch).decode(bytes, 2, bytes.length - 2, row, 0);
  return row;
}

/** What JSON.parse and the column types say, without any fast path. */
function reference(text: string, columns = schema, epoch: EpochFormat | null = null): Row | 'undecodable' {
  try {
    const json = JSON.parse(text) as Json;
    if (!isObject(json)) return 'undecodable';
    return columns.map(({ name, type }) =>
      Object.hasOwn(json, name) ? readValue(json[name], type, name, epoch) : null,
    );
  } catch {
    return 'undecodable';
  }
}

function outcome(text: string, columns = schema, epoch: EpochFormat | null = null): Row | 'undecodable' {
  try {
    return decode(text, columns, undefined, epoch);
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

  test('may hold numbers for timestamps, at any depth, where it is said what they count', () => {
    const times: Schema = [
      field('ts', TIMESTAMP),
      field('all', arrayOf(TIMESTAMP)),
      field('s', structOf(field('t', TIMESTAMP))),
    ];
    const read = (number: string, epoch: EpochFormat): Row =>
      decode(`{"ts":${number},"all":[${number}],"s":{"t":${number}}}`, times, undefined, epoch);
    const micros = 1_767_265_620_123_000;
    expect(read('1767265620123', 'epochMillis')).toEqual([micros, [micros], [micros]]);
    expect(read('1767265620.123', 'epochSeconds')).toEqual([micros, [micros], [micros]]);
    expect(read('1767265620123000', 'epochMicros')).toEqual([micros, [micros], [micros]]);
    expect(decode('{"ts":"2026-01-01T11:07:00.123Z"}', times, undefined, 'epochMillis')[0]).toBe(micros);
  });

  test('with a number for a timestamp is refused with the option named that allows it', () => {
    const times: Schema = [field('ts', TIMESTAMP), field('d', DATE)];
    expect(() => decode('{"ts":1767265620123}', times)).toThrow(/`ts`.*timestampFormat: epochMillis/);
    // Milliseconds taken for seconds are beyond all times.
    expect(() => decode('{"ts":1767265620123}', times, undefined, 'epochSeconds')).toThrow(
      /epochSeconds.*another unit/,
    );
    expect(() => decode('{"d":20454}', times, undefined, 'epochMillis')).toThrow(/`d`/);
  });

  test('may hold times of any year of four digits', () => {
    const times: Schema = [field('ts', TIMESTAMP), field('d', DATE)];
    expect(decode('{"ts":"0050-06-01T00:00:00Z","d":"0050-06-01"}', times)).toEqual([
      -60_576_249_600_000_000, -701_114,
    ]);
    expect(decode('{"ts":"1970-01-01T00:00:00Z","d":"9999-12-31"}', times)).toEqual([0, 2_932_896]);
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

  const times: Schema = [field('ts', TIMESTAMP), field('d', DATE), field('user', STRING)];
  const formats: (EpochFormat | null)[] = [null, 'epochSeconds', 'epochMillis', 'epochMicros'];
  const digits = (length: number, max: number): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 20, arbitrary: fc.nat(max).map((number) => String(number).padStart(length, '0')) },
      { weight: 1, arbitrary: fc.stringMatching(/^[0-9 -]{0,4}$/) },
    );
  const year = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1969, max: 2030 }).map(String) },
    fc.constantFrom('0000', '0001', '0099', '1582', '1600', '1699', '1700', '1900', '2000', '2200', '2201', '9999'),
  );
  const date = fc.tuple(year, digits(2, 13), digits(2, 32)).map((parts) => parts.join('-'));
  const clock = fc.tuple(digits(2, 25), digits(2, 61), digits(2, 61)).map((parts) => parts.join(':'));
  const fraction = fc.oneof(fc.constantFrom('', '.', '.0'), fc.stringMatching(/^\.[0-9]{1,10}$/));
  const zone = fc.oneof(
    fc.constantFrom('', 'Z', 'z', ' Z', '+', '+01', '-0130', '+00:00', '-00:00', 'UTC', '+1:00'),
    fc.tuple(fc.constantFrom('+', '-'), digits(2, 30), digits(2, 70)).map(([sign, h, m]) => `${sign}${h}:${m}`),
  );
  const timestamp = fc
    .tuple(date, fc.constantFrom('T', 'T', ' ', 't', '_', ''), clock, fraction, zone)
    .map((parts) => parts.join(''));

  test('on times as texts, valid ones and nearly valid ones', () => {
    let scanned = 0;
    fc.assert(
      fc.property(timestamp, date, (ts, d) => {
        const text = JSON.stringify({ user: 'u', ts, d });
        const expected = reference(text, times);
        if (expected !== 'undecodable') scanned++;
        expect(outcome(text, times)).toEqual(expected);
        const alone = JSON.stringify({ ts });
        expect(outcome(alone, times)).toEqual(reference(alone, times));
      }),
      { numRuns: 5000 },
    );
    expect(scanned).toBeGreaterThan(100);
  });

  test('on the first and last days of every month from 1890 to 2110, and on those around them that are none', () => {
    for (let year = 1890; year <= 2110; year++) {
      for (let month = 1; month <= 12; month++) {
        for (const day of [0, 1, 28, 29, 30, 31, 32]) {
          const d = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          const text = `{"d":"${d}","ts":"${d}T23:59:59.999999Z"}`;
          expect(outcome(text, times)).toEqual(reference(text, times));
        }
      }
    }
  });

  test('on numbers as times', () => {
    const number = fc.oneof(
      fc.constantFrom(
        '0',
        '-0',
        '-1',
        '1.5',
        '-0.0000001',
        '1e3',
        '9007199254740991',
        '9007199254740992',
        '1e400',
        '00',
        '1.',
      ),
      fc.maxSafeInteger().map(String),
      fc.double().map(String),
      fc.integer({ min: -4_000_000_000_000, max: 4_000_000_000_000 }).map(String),
    );
    fc.assert(
      fc.property(number, fc.constantFrom(...formats), fc.constantFrom('ts', 'd'), (written, epoch, column) => {
        const text = `{"user":"u","${column}":${written}}`;
        expect(outcome(text, times, epoch)).toEqual(reference(text, times, epoch));
      }),
      { numRuns: 3000 },
    );
  });
});
