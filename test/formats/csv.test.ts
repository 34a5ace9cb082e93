import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CsvFormat } from '../../src/core/format.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  field,
  FLOAT,
  INT,
  INTERVAL,
  STRING,
  TIMESTAMP,
  TINYINT,
  type DataType,
  type Row,
  type Schema,
} from '../../src/core/types.ts';
import { formats } from '../../src/formats/formats.ts';

const READING: CsvFormat = {
  name: 'csv',
  sep: ',',
  quote: '"',
  escape: '\\',
  nullValue: '',
  ignoreLeadingWhiteSpace: false,
  ignoreTrailingWhiteSpace: false,
};
const WRITING: CsvFormat = { ...READING, ignoreLeadingWhiteSpace: true, ignoreTrailingWhiteSpace: true };
const TEXTS: Schema = [field('x', STRING), field('y', STRING)];

function read(line: string, schema: Schema, options: Partial<CsvFormat> = {}, needed = schema.map(() => true)): Row {
  // The line stands within the bytes of a fetched batch.
  const bytes = Buffer.from(`><${line}><`);
  const row: Row = ['before', ...schema.map(() => null)];
  formats.decoder({ ...READING, ...options }, schema, needed).decode(bytes, 2, bytes.length - 2, row, 1);
  return row.slice(1);
}

const write = (row: Row, schema: Schema = TEXTS, options: Partial<CsvFormat> = {}): unknown =>
  formats.encoder({ ...WRITING, ...options }, schema).encode(row);

/** What Spark 4 gives for the same line and options. */
const LINES: [line: string, x: string | null, y: string | null, options?: Partial<CsvFormat>][] = [
  ['a,b', 'a', 'b'],
  ['a,', 'a', null],
  ['a,""', 'a', null],
  ['"",""', null, null],
  ['"a,b",c', 'a,b', 'c'],
  ['"a\\"b",c', 'a"b', 'c'],
  ['"a""b",c', '"a""b"', 'c'],
  ['"a\\\\",c', 'a\\', 'c'],
  ['"a\\\\b",c', 'a\\b', 'c'],
  ['"a\\xb",c', 'a\\xb', 'c'],
  ['a"b,c', 'a"b', 'c'],
  ['"a"b,c', '"a"b', 'c'],
  ['"a,"b,c', '"a,"b', 'c'],
  ['"a"b"c,d"', '"a"b"c', 'd"'],
  ['"a" "b",c', '"a" "b"', 'c'],
  ['"a" ,c', 'a', 'c'],
  [' a ,c', ' a ', 'c'],
  [' "a" ,c', ' "a" ', 'c'],
  ['a\\,b', 'a\\', 'b'],
  ['a\\"b,c', 'a\\"b', 'c'],
  ['#a,b', '#a', 'b'],
  ['"a\r\nb",c', 'a\r\nb', 'c'],
  ['a,b\n', 'a', 'b\n'],
  [' "a" ,c', 'a', 'c', WRITING],
  [' a , ', 'a', null, WRITING],
  ['" a ",b', ' a ', 'b', WRITING],
  ['"a""b",""', 'a"b', null, { escape: '"' }],
  [',""', null, '', { nullValue: 'NULL' }],
  ['NULL,"NULL"', null, null, { nullValue: 'NULL' }],
  ["'a',b", "'a'", 'b', { quote: '' }],
  ["'a;b';c", 'a;b', 'c', { quote: "'", sep: ';' }],
  ['a\tb', 'a', 'b', { sep: '\t' }],
];

describe('a line', () => {
  test.each(LINES.map(([line, x, y, options = {}]) => [line, x, y, options] as const))(
    '%j is read as Spark reads it',
    (line, x, y, options) => {
      expect(read(line, TEXTS, options)).toEqual([x, y]);
    },
  );

  test.each([
    ['a,b,c', 'the line has 3 fields, and the schema 2 columns'],
    ['a', 'the line has 1 fields, and the schema 2 columns'],
    ['', 'the line has 1 fields, and the schema 2 columns'],
    ['a,"b', 'the quote at character 3 of the line is never closed'],
  ])('%j cannot be decoded', (line, message) => {
    expect(() => read(line, TEXTS)).toThrow(expect.objectContaining({ code: 'RECORD_UNDECODABLE', message }));
  });

  test('of null bytes leaves every column null', () => {
    const row: Row = [null, null];
    formats.decoder(READING, TEXTS, [true, true]).decode(Buffer.from('x'), -1, -1, row, 0);
    expect(row).toEqual([null, null]);
  });
});

describe('a field', () => {
  const values: [DataType, string, unknown][] = [
    [INT, '1', 1],
    [INT, '+1', 1],
    [INT, '', null],
    [BIGINT, '-0', 0],
    [DOUBLE, ' 1', 1],
    [DOUBLE, '1e3', 1000],
    [DOUBLE, '.5', 0.5],
    [DOUBLE, '5.', 5],
    [DOUBLE, 'NaN', NaN],
    [DOUBLE, 'Inf', Infinity],
    [DOUBLE, '-Infinity', -Infinity],
    [FLOAT, '1.1', Math.fround(1.1)],
    [BOOLEAN, 'TRUE', true],
    [DATE, '2024-01-02', 19_724],
    [DATE, '2024-1-2', 19_724],
    [TIMESTAMP, '2024-01-02', 19_724 * 86_400e6],
    [TIMESTAMP, '2024-1-2 3:4:5.5', Date.UTC(2024, 0, 2, 3, 4, 5, 500) * 1000],
    [TIMESTAMP, '2024-01-02T03:04:05.123456+02:00', Date.UTC(2024, 0, 2, 1, 4, 5, 123) * 1000 + 456],
  ];
  test.each(values)('of type %j: %j', (type, text, value) => {
    expect(read(`${text},z`, [field('x', type), field('y', STRING)])[0]).toBe(value);
  });

  const wrong: [DataType, string][] = [
    [INT, ' 1'],
    [INT, '1.0'],
    [INT, '2147483648'],
    [INT, 'x'],
    [BIGINT, '9007199254740993'],
    [BIGINT, '1_000'],
    [TINYINT, '128'],
    [DOUBLE, 'inf'],
    [DOUBLE, '0x1p3'],
    [BOOLEAN, 'yes'],
    [BOOLEAN, ' true'],
    [DATE, '20240102'],
    [DATE, '2024-02-30'],
    [TIMESTAMP, 'noon'],
    [INTERVAL, 'long'],
  ];
  test.each(wrong)('of type %j cannot be %j, and the error names its column', (type, text) => {
    const shown = JSON.stringify(text);
    expect(() => read(`${text},z`, [field('x', type), field('y', STRING)])).toThrow(`column \`x\`: ${shown} is not a `);
  });

  test('that nothing reads is neither converted nor judged', () => {
    const schema = [field('x', INT), field('y', STRING)];
    expect(read('no number,b', schema, {}, [false, true])).toEqual([null, 'b']);
  });
});

describe('a row', () => {
  test.each([
    ['a', 'a,z'],
    ['', '"",z'],
    [null, ',z'],
    [' a ', 'a,z'],
    ['a,b', '"a,b",z'],
    ['a"b', '"a\\"b",z'],
    ['a\\b', 'a\\b,z'],
    ['a\\"b', '"a\\\\\\"b",z'],
    ['a\\,b', '"a\\\\,b",z'],
    ['a\nb', '"a\nb",z'],
    ['a\rb', '"a\rb",z'],
    ['#a', '"#a",z'],
    ['a\tb', 'a\tb,z'],
    ['\\', '\\,z'],
    [' ', '"",z'],
    ['a ,b', '"a ,b",z'],
  ])('with %j is written as Spark writes it', (value, line) => {
    expect(write([value, 'z'])).toBe(line);
  });

  test('is written with the options given', () => {
    const options = { sep: ';', quote: "'", nullValue: 'NULL', ignoreLeadingWhiteSpace: false };
    expect(write([null, " a;b'c"], TEXTS, options)).toBe("NULL;' a;b\\'c'");
    expect(write(['a,b', '"'], TEXTS, { quote: '' })).toBe('a,b,"');
  });

  test('holds numbers, times and intervals as texts', () => {
    const schema = [
      field('a', DOUBLE),
      field('b', TIMESTAMP),
      field('c', DATE),
      field('d', BOOLEAN),
      field('e', INTERVAL),
    ];
    expect(write([1.5, 1_704_164_645_123_000, 19_724, true, 93_784_000_000], schema)).toBe(
      "1.5,2024-01-02T03:04:05.123Z,2024-01-02,true,INTERVAL '1 02:03:04' DAY TO SECOND",
    );
  });

  test('reads back as it was, but that an empty text is null', () => {
    const schema = [...TEXTS, field('n', BIGINT), field('d', DOUBLE), field('at', TIMESTAMP)];
    const special = fc.constantFrom(',', '"', '\\', '\n', '\r', ' ', '#', '""', '\\"');
    const text = fc.array(fc.oneof(special, fc.string())).map((parts) => parts.join('') || null);
    const plain = { ignoreLeadingWhiteSpace: false, ignoreTrailingWhiteSpace: false };
    const row = fc.tuple(
      text,
      text,
      fc.option(fc.maxSafeInteger()),
      fc.option(fc.double().map((x) => (Object.is(x, -0) ? 0 : x))),
      fc.option(fc.integer({ min: 0, max: 2e15 })),
    );
    fc.assert(
      fc.property(row, (written) => {
        expect(read(String(write(written, schema, plain)), schema)).toEqual(written);
      }),
    );
  });
});
