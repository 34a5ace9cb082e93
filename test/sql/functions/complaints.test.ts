import { describe, expect, test } from 'vitest';
import { complaints, expressionOf } from '../support.ts';
import { checkFunctions } from '../function-cases.ts';

describe('before anything runs', () => {
  // The place is marked by ‹ ›.
  test.each([
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹'['›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹'a{'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹'a(?#c)b'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹')'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹'*a'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹'[z-a]'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "s rlike ‹r'\\y'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "split(s, ‹'a++'›)"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "regexp_replace(s, ‹'(?>a)'›, '')"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "regexp_count(s, ‹r'\\p{InGreek}'›)"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "regexp_count(s, ‹'(?U)a'›)"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "format_string(‹'%d'›, d)"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "format_string(‹'%s %s'›, s)"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "format_number(d, ‹'0.00%'›)"],
    ['INVALID_ESCAPE_CHAR', "like(s, 'a', ‹'//'›)"],
    ['DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE', "from_json(s, ‹'m map<int, int>'›)"],
    ['INVALID_SCHEMA.NON_STRING_LITERAL', 'from_json(s, ‹s›)'],
    ['UNSUPPORTED_DATATYPE', "from_json(s, ‹'a intt'›)"],
    ['DATATYPE_MISMATCH.HASH_MAP_TYPE', 'hash(‹m›)'],
    ['DATATYPE_MISMATCH.INVALID_ARG_VALUE', "to_binary(s, ‹'x'›)"],
    ['DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE', "mask(s, ‹'XX'›)"],
    ['DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'bit_count(‹d›)'],
    ['WRONG_NUM_ARGS.WITHOUT_SUGGESTION', '‹regexp_count(s)›'],
    ['PARSE_SYNTAX_ERROR', 'substring(s from 1 ‹to› 2)'],
    ['PARSE_SYNTAX_ERROR', "trim(both 'x' ‹)›"],
    ['UNSUPPORTED_FEATURE', '1 + ‹rand›()'],
    ['UNSUPPORTED_FEATURE', '‹uuid›()'],
    ['UNSUPPORTED_FEATURE', '‹xxhash64›(s)'],
  ])('%s points at %s', (code, marked) => {
    const start = marked.indexOf('‹');
    const end = marked.indexOf('›') - 1;
    const [complaint, ...more] = complaints(marked.replace(/[‹›]/g, ''));
    expect(more).toEqual([]);
    expect(complaint.code).toBe(code);
    expect([complaint.span.start, complaint.span.end]).toEqual([start, end]);
  });

  test('a complaint about a pattern says what to write instead', () => {
    const [complaint] = complaints("s rlike 'a++b'");
    expect(complaint.message).toBe("the regular expression 'a++b' has the possessive quantifier `++`");
    expect(complaint.remedy).toBe('leave out its second sign');
  });

  test('a function that is not deterministic is refused with the reason and a way out', () => {
    const [complaint] = complaints('rand()');
    expect(complaint.message).toContain('a batch that is tried again would give other values');
    expect(complaint.remedy).toContain('md5');
  });

  test('the words of a call are no names that columns lose', () => {
    const columns = ['both', 'leading', 'placing', 'for'].map((name) => ({ name, type: { kind: 'string' } as const }));
    const scope = { columns, qualifiers: [] };
    expect(expressionOf('trim(both)', scope).type.kind).toBe('string');
    expect(expressionOf('trim(leading, both)', scope).type.kind).toBe('string');
    expect(expressionOf('concat(placing, `for`)', scope).type.kind).toBe('string');
    expect(expressionOf("trim(both || 'x')", scope).type.kind).toBe('string');
  });
});

describe('where we stay away from Spark', () => {
  // Spark's bigint goes to 2^63.
  checkFunctions(
    [
      ["regexp_replace('abc', '(?<x>b)', concat('<$', '{x}>'))", 'string', 'a<b>c'],
      ["charindex('bar', 'foobarbar')", 'int', 4],
      ["from_json('{\"a\":128}', 'a tinyint')", 'struct<a: tinyint>', [null]],
    ],
    [
      ['factorial(19)', 'ARITHMETIC_OVERFLOW'],
      ['shiftleft(1L, 60)', 'ARITHMETIC_OVERFLOW'],
      ["from_json('{\"a\":9007199254740993}', 'a bigint')", 'ARITHMETIC_OVERFLOW'],
      ["unbase64('U')", 'CONVERSION_INVALID_INPUT'],
      ["'a' rlike concat('a', '++')", 'INVALID_PARAMETER_VALUE.PATTERN'],
      ["format_string(concat('%', 'd'), 1.5D)", 'INVALID_PARAMETER_VALUE.PATTERN'],
    ],
  );
});
