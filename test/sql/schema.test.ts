import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { schemaName } from '../../src/core/types.ts';
import { parseSchema } from '../../src/sql/sql.ts';
import { at } from './support.ts';

const parse = (ddl: string) => {
  const diagnostics = new Diagnostics();
  const schema = parseSchema(at(ddl), diagnostics);
  return { schema, diagnostics: diagnostics.all };
};

describe('a schema', () => {
  test.each([
    [
      'a string, b struct<c: int, d: array<bigint>>, m map<string,double>',
      'a string, b struct<c: int, d: array<bigint>>, m map<string, double>',
    ],
    ['a: INT, b BYTE, c short, d integer, e LONG, f real', 'a int, b tinyint, c smallint, d int, e bigint, f float'],
    [
      'a varchar(10), b char(3), c binary, d date, e timestamp, f boolean',
      'a string, b string, c binary, d date, e timestamp, f boolean',
    ],
    ["id bigint not null comment 'it\\'s the key', `odd name` string", 'id bigint, odd name string'],
    [
      'a decimal, b dec(3), c numeric(38, 10), d array<decimal(5,2)>',
      'a decimal(10,0), b decimal(3,0), c decimal(38,10), d array<decimal(5,2)>',
    ],
    ['date date, timestamp timestamp, key string, end int', 'date date, timestamp timestamp, key string, end int'],
  ])('%s is %s', (ddl, expected) => {
    const { schema, diagnostics } = parse(ddl);
    expect(diagnostics).toEqual([]);
    expect(schemaName(schema ?? [])).toBe(expected);
  });

  test.each([
    ['a strin', 'UNSUPPORTED_DATATYPE', 2, 'did you mean `string`?'],
    ['a decimal(39)', 'DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION', 9, ''],
    ['a decimal(2, 3)', 'DECIMAL_SCALE_EXCEEDS_PRECISION', 9, 'write at least decimal(3,3)'],
    ['a decimal(2.5)', 'PARSE_SYNTAX_ERROR', 10, ''],
    ['a decimal()', 'PARSE_SYNTAX_ERROR', 10, ''],
    ['a timestamp_ntz', 'UNSUPPORTED_DATATYPE', 2, 'use timestamp'],
    ['a int b int', 'PARSE_SYNTAX_ERROR', 6, ''],
    ['a array<int', 'PARSE_SYNTAX_ERROR', 11, ''],
    ['a', 'PARSE_SYNTAX_ERROR', 1, ''],
    ['', 'PARSE_SYNTAX_ERROR', 0, ''],
    ['a int, A string', 'COLUMN_ALREADY_EXISTS', 7, 'rename one of them'],
  ])('%s is refused with %s', (ddl, code, start, remedy) => {
    const { schema, diagnostics } = parse(ddl);
    expect(schema).toBeNull();
    expect(diagnostics).toEqual([expect.objectContaining({ code, remedy, span: expect.objectContaining({ start }) })]);
  });
});
