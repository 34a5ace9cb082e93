import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { INT, STRING, TIMESTAMP, field } from '../../src/core/types.ts';
import { analyzeItems, analyzePredicate, compileRow } from '../../src/sql/sql.ts';
import { at, complaints, expressionOf, CONTEXT, ROW, SCOPE } from './support.ts';

const ORDERS = {
  columns: [field('amount', INT), field('country', STRING), field('ts', TIMESTAMP)],
  qualifiers: ['orders'],
};

describe('a complaint', () => {
  // The place is marked by ‹ ›.
  test.each([
    ['UNRESOLVED_COLUMN.WITH_SUGGESTION', "‹amout› > 100 and country = 'NL'"],
    ['UNRESOLVED_COLUMN.WITH_SUGGESTION', 'orders.‹amout›'],
    ['UNRESOLVED_COLUMN.WITH_SUGGESTION', 'upper(country) || upper(‹contry›)'],
    ['UNRESOLVED_ROUTINE', '1 + ‹uper›(country)'],
    ['WRONG_NUM_ARGS.WITHOUT_SUGGESTION', '1 + ‹length(country, 1)›'],
    ['DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'size(‹country›)'],
    ['DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', 'not ‹amount›'],
    ['DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES', 'amount > 1 and ‹ts = amount›'],
    ['DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION', '‹cast(array(1) as int)›'],
    ['DATATYPE_MISMATCH.DATA_DIFF_TYPES', 'coalesce(ts, ‹amount›)'],
    ['CAST_INVALID_INPUT', "amount > ‹'abc'›"],
    ['INVALID_PARAMETER_VALUE.PATTERN', "split(country, ‹'('›)"],
    ['FIELD_NOT_FOUND', "named_struct('a', 1).‹b›"],
    ['PARSE_SYNTAX_ERROR', 'amount > ‹›'],
    ['PARSE_SYNTAX_ERROR', 'amount + ‹)›'],
    ['PARSE_SYNTAX_ERROR', '(amount + 1‹›'],
    ['PARSE_SYNTAX_ERROR', "country = ‹'NL›"],
    ['PARSE_SYNTAX_ERROR', '‹1.5X›'],
    ['PARSE_SYNTAX_ERROR', 'amount as a ‹b›'],
    ['PARSE_SYNTAX_ERROR', 'amount ‹#› 1'],
    ['INVALID_INTERVAL_FORMAT.INVALID_UNIT', 'interval 1 ‹quarter›'],
    ['INVALID_INTERVAL_FORMAT.INVALID_FRACTION', 'interval 1.5 ‹days›'],
    ['INVALID_TIMEZONE', "from_utc_timestamp(now(), ‹'Mars/Base'›)"],
    ['INVALID_DATETIME_PATTERN.WITH_SUGGESTION', "date_format(now(), ‹'yyyy-bb'›)"],
    ['INVALID_EXTRACT_FIELD', 'extract(‹foo› from now())'],
    ['INVALID_PARAMETER_VALUE.DATETIME_UNIT', 'timestampadd(‹fortnight›, 1, now())'],
    ['INVALID_TYPED_LITERAL', "timestamp ‹'noon'›"],
    ['DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION', 'cast(amount as decimal‹(39, 2)›)'],
    ['DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION', `‹0.${'1'.repeat(39)}›`],
    ['MISSING_GROUP_BY', '1 + ‹sum›(amount)'],
    ['UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS', "upper(‹explode›(split(country, ' ')))"],
    ['INVALID_NUMERIC_LITERAL_RANGE', '‹9007199254740993›'],
    ['INVALID_LAMBDA_FUNCTION_CALL', 'upper(‹x -> x›)'],
  ])('%s points at %s', (code, marked) => {
    const start = marked.indexOf('‹');
    const end = marked.indexOf('›') - 1;
    const [complaint, ...more] = complaints(marked.replace(/[‹›]/g, ''), ORDERS);
    expect(more).toEqual([]);
    expect(complaint.code).toBe(code);
    // A place without characters, at the end of the text, still gets a caret.
    expect([complaint.span.start, complaint.span.end]).toEqual([start, Math.max(end, start + 1)]);
  });

  test('about an unknown column names the nearest one and lists all', () => {
    const [complaint] = complaints('amoun', ORDERS);
    expect(complaint.message).toBe('no column `amoun` in `orders`');
    expect(complaint.remedy).toBe('did you mean `amount`?  (amount, country, ts)');
    expect(complaint.subject).toBe('view `v`');
  });

  test('about an unknown function names the nearest one', () => {
    expect(complaints('lenght(country)', ORDERS)[0].remedy).toBe('did you mean `length`?');
  });

  test('keeps the offset of the text in its file', () => {
    const diagnostics = new Diagnostics();
    expect(analyzePredicate(at('amount > x', 40), ORDERS, diagnostics, '')).toBeNull();
    expect(diagnostics.all[0].span).toMatchObject({ file: 'orders.yaml', start: 49, end: 50 });
  });

  test('points at the whole text where the file does not hold it letter by letter', () => {
    const diagnostics = new Diagnostics();
    const folded = { value: 'amount > x', span: { file: 'f', start: 40, end: 60, verbatim: false } };
    analyzePredicate(folded, ORDERS, diagnostics, '');
    expect(diagnostics.all[0].span).toMatchObject({ start: 40, end: 60 });
  });

  test('is made about every item that is wrong, in one run', () => {
    const diagnostics = new Diagnostics();
    expect(analyzeItems([at('x'), at('amount'), at('y')], ORDERS, diagnostics, '')).toBeNull();
    expect(diagnostics.all.map((d) => d.message)).toEqual(['no column `x` in `orders`', 'no column `y` in `orders`']);
  });

  test('is made about a condition that is no boolean', () => {
    const diagnostics = new Diagnostics();
    expect(analyzePredicate(at('amount + 1'), ORDERS, diagnostics, '')).toBeNull();
    expect(diagnostics.all[0].code).toBe('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE');
  });

  test('is made about a name that two columns have', () => {
    const scope = { columns: [field('a', INT), field('A', INT)], qualifiers: [] };
    expect(complaints('a', scope)[0].code).toBe('AMBIGUOUS_REFERENCE');
  });
});

describe('an error at run time', () => {
  test('names the innermost expression that failed and its place', () => {
    const row = compileRow([expressionOf('upper(cast(1 + i / (i - 7) as string))')]);
    expect(() => row(ROW, CONTEXT)).toThrow(
      expect.objectContaining({
        code: 'EXPRESSION_FAILED',
        message: '[DIVIDE_BY_ZERO] division by zero, in `(cast(i as double) / cast((i - 7) as double))`',
        details: expect.objectContaining({ span: expect.objectContaining({ start: 15, end: 26 }) }),
      }),
    );
  });

  test('is not blamed on a branch that was not taken', () => {
    const row = compileRow([expressionOf('case when i = 1 then 1 / 0 when i = 7 then cast(s as int) else 2 end')]);
    expect(() => row(ROW, CONTEXT)).toThrow(/CAST_INVALID_INPUT.*in `cast\(s as int\)`/);
  });
});

test('the scope of the tests has no complaint about its own columns', () => {
  expect(SCOPE.columns.flatMap((c) => complaints(c.name))).toEqual([]);
});
