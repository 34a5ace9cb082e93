import type { DataType, Value } from '../../core/types.ts';
import { DOUBLE, INT, STRING } from '../../core/types.ts';
import { isAtomic } from '../atomic.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes, unexpected } from '../function-spec.ts';
import type { Shown } from '../number-format.ts';
import { formatNumber, formatPattern, numberPatternOf, shownDecimal } from '../number-format.ts';
import { FormatMismatch, printer } from '../printf.ts';

/** `format_number(x, places)` and `format_number(x, pattern)`. */
function numberFormat(site: CallSite): Expression {
  expectCount(site, 2);
  const { type } = site.operand(0);
  const value = type.kind === 'decimal' ? site.operand(0) : operandAs(site, 0, DOUBLE);
  const shown = (number: number | bigint): number | Shown =>
    type.kind === 'decimal' ? shownDecimal(BigInt(number), type.scale) : Number(number);
  const second = site.operand(1);
  if (second.type.kind !== 'string') {
    const format = (number: number | bigint, places: number): Value => formatNumber(shown(number), places);
    return call(site, [value, operandAs(site, 1, INT)], STRING, format);
  }
  const wrong = (pattern: string): string => `'${pattern}' is no pattern of #, 0, comma and point such as #,##0.00`;
  if (second.kind === 'literal' && second.value !== '' && numberPatternOf(String(second.value)) === null)
    throw new Complaint('INVALID_PARAMETER_VALUE.PATTERN', second.span, wrong(String(second.value)));
  return call(site, [value, second], STRING, (number: number | bigint, pattern: string) => {
    const digits = numberPatternOf(pattern === '' ? '#,###' : pattern);
    return digits === null
      ? fail('INVALID_PARAMETER_VALUE.PATTERN', wrong(pattern))
      : formatPattern(shown(number), digits);
  });
}

/** `format_string`; a format that is a literal is read once, and complained about at once. */
function stringFormat(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const [first, ...rest] = operandsAt(site);
  const format = operandAs(site, 0, STRING);
  rest.forEach((operand, i) => {
    const { kind } = operand.type;
    if (!isAtomic(operand.type) || ['date', 'timestamp', 'binary'].includes(kind))
      throw unexpected(site, i + 1, operand, 'a string, a number or a boolean');
  });
  const types = rest.map((operand) => operand.type);
  if (format.kind === 'literal' && typeof format.value === 'string') {
    const write = readFormat(format.value, types, (message) => {
      throw new Complaint('INVALID_PARAMETER_VALUE.PATTERN', first.span, message);
    });
    return call(site, [format, ...rest], STRING, (_: string, ...values: Value[]) => write(values), { nulls: 'passed' });
  }
  const write = (text: string | null, ...values: Value[]): Value =>
    text === null
      ? null
      : readFormat(text, types, (message) => fail('INVALID_PARAMETER_VALUE.PATTERN', message))(values);
  return call(site, [format, ...rest], STRING, write, { nulls: 'passed' });
}

function readFormat(
  format: string,
  types: readonly DataType[],
  wrong: (message: string) => never,
): (values: readonly Value[]) => string {
  try {
    return printer(format, types);
  } catch (error) {
    if (error instanceof FormatMismatch) return wrong(error.message);
    throw error;
  }
}

/** `mask`: what stands for upper-case letters, lower-case letters, digits and others; null leaves them as they are. */
function masking(site: CallSite): Expression {
  expectCount(site, 1, 5);
  const operands = Array.from({ length: site.count }, (_, i) => operandAs(site, i, STRING));
  operands.slice(1).forEach((operand) => {
    if (operand.kind === 'literal' && operand.value !== null && [...String(operand.value)].length !== 1)
      throw new Complaint('DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE', operand.span, 'the mask must be one character');
  });
  const mask = (
    text: string | null,
    upper: string | null = 'X',
    lower: string | null = 'x',
    digit: string | null = 'n',
    other: string | null = null,
  ): Value =>
    text === null
      ? null
      : Array.from(text, (character) => {
          if (/\p{Lu}/u.test(character)) return upper ?? character;
          if (/\p{Ll}/u.test(character)) return lower ?? character;
          return (/\p{Nd}/u.test(character) ? digit : other) ?? character;
        }).join('');
  return call(site, operands, STRING, mask, { nulls: 'passed' });
}

const family = 'strings';

export const TEXT_FORMAT: readonly FunctionSpec[] = [
  {
    name: 'format_number',
    family,
    signature: 'format_number(x number, places int|pattern string) -> string',
    summary: 'a number with commas between thousands and so many decimal places, or by a pattern such as #,##0.00',
    build: numberFormat,
  },
  {
    name: 'format_string',
    aliases: ['printf'],
    family,
    signature: 'format_string(format string, value, …) -> string',
    summary: 'the values in a format such as %s: %05d of %.2f',
    build: stringFormat,
  },
  {
    name: 'quote',
    family,
    signature: 'quote(text string) -> string',
    summary: 'the text in single quotes, those within it behind a backslash',
    build: takes([STRING], STRING, (text: string) => `'${text.replaceAll("'", "\\'")}'`),
  },
  {
    name: 'mask',
    family,
    signature: 'mask(text string [, upper string [, lower string [, digit string [, other string]]]]) -> string',
    summary: 'the text with X for upper-case letters, x for lower-case ones, n for digits',
    build: masking,
  },
];
