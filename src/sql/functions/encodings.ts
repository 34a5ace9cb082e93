import { BIGINT, BINARY, INT, STRING } from '../../core/types.ts';
import { isInteger } from '../arithmetic.ts';
import { plain } from '../byte-strings.ts';
import { decode, encode } from '../charsets.ts';
import { coerced, unified } from '../coercion.ts';
import { Complaint } from '../complaint.ts';
import type { Evaluate, Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, takes, unexpected } from '../function-spec.ts';
import { comparison } from '../operators.ts';
import { convertBase, unsignedText } from '../radix.ts';

/** The operand as bytes; a text counts as its UTF-8. */
function binaryOperand(site: CallSite, index: number): Expression {
  const operand = site.operand(index);
  if (operand.type.kind === 'binary' || operand.type.kind === 'void') return coerced(operand, BINARY);
  if (operand.type.kind === 'string')
    return call({ ...site, name: 'encode' }, [operand], BINARY, (text: string) => plain(Buffer.from(text)));
  throw unexpected(site, index, operand, 'a binary or a string');
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/** Bytes of hex digits, an odd number of which begins with half a byte; null when there are other characters. */
function unhex(digits: string): Uint8Array | null {
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return /^[0-9a-fA-F]*$/.test(even) ? plain(Buffer.from(even, 'hex')) : null;
}

function hex(site: CallSite): Expression {
  expectCount(site, 1);
  const { type } = site.operand(0);
  if (type.kind === 'string' || type.kind === 'binary') return call(site, [binaryOperand(site, 0)], STRING, hexOf);
  return takes([BIGINT], STRING, (value: number) => unsignedText(value, 16))(site);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Bytes of Base64; null when it is none. */
function strictBase64(text: string): Uint8Array | null {
  const compact = text.replace(/\s/g, '');
  return BASE64.test(compact) ? plain(Buffer.from(compact, 'base64')) : null;
}

function unbase64(text: string): Uint8Array {
  const bytes = strictBase64(text.replace(/[^A-Za-z0-9+/=]/g, ''));
  return bytes ?? fail('CONVERSION_INVALID_INPUT', `'${text}' is not Base64; use try_to_binary(…, 'base64')`);
}

const TO_BINARY: Readonly<Record<string, (text: string) => Uint8Array | null>> = {
  hex: unhex,
  base64: strictBase64,
  'utf-8': (text) => plain(Buffer.from(text)),
  utf8: (text) => plain(Buffer.from(text)),
};

/** `to_binary`, or with `attempt` `try_to_binary`. */
const toBinary =
  (attempt: boolean) =>
  (site: CallSite): Expression => {
    expectCount(site, 1, 2);
    const format = site.count === 2 ? site.operand(1) : null;
    const name = format === null ? 'hex' : format.kind === 'literal' ? String(format.value).toLowerCase() : '';
    if (!Object.hasOwn(TO_BINARY, name)) {
      const message = "the format must be one of 'hex', 'base64' and 'utf-8'";
      throw new Complaint('DATATYPE_MISMATCH.INVALID_ARG_VALUE', format?.span ?? site.span, message);
    }
    const read = TO_BINARY[name];
    const evaluate: Evaluate = (text: string) =>
      read(text) ?? (attempt ? null : fail('CONVERSION_INVALID_INPUT', `'${text}' is not ${name}; use try_to_binary`));
    return call(site, [operandAs(site, 0, STRING)], BINARY, evaluate);
  };

/** `decode(binary, charset)`; with more operands, a CASE over values that are equal (null to null). */
function decoding(site: CallSite): Expression {
  expectCount(site, 2, Infinity);
  if (site.count === 2) return call(site, [binaryOperand(site, 0), operandAs(site, 1, STRING)], STRING, decode);
  const subject = site.operand(0);
  const pairs = Math.floor((site.count - 1) / 2);
  const at = Array.from({ length: pairs }, (_, i) => 1 + 2 * i);
  const nothing: Expression = { kind: 'literal', value: null, type: { kind: 'void' }, span: site.span };
  const otherwise = site.count % 2 === 0 ? site.operand(site.count - 1) : nothing;
  const results = unified([...at.map((i) => site.operand(i + 1)), otherwise], `\`${site.name}\``);
  return {
    kind: 'case',
    branches: at.map((i, k) => ({ when: comparison('<=>', subject, site.operand(i), site.span), then: results[k] })),
    otherwise: results[pairs],
    type: results[0].type,
    span: site.span,
  };
}

/** The lowest byte of a number as a character; empty for negative numbers. */
const character = (code: number): string => (code < 0 ? '' : String.fromCharCode(((code % 256) + 256) % 256));

function binaryDigits(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  const number = isInteger(operand.type) ? operand : operandAs(site, 0, BIGINT);
  return call(site, [number], STRING, (value: number) => unsignedText(value, 2));
}

const family = 'strings';

export const ENCODINGS: readonly FunctionSpec[] = [
  {
    name: 'ascii',
    family,
    signature: 'ascii(text string) -> int',
    summary: 'code point of the first character, 0 for an empty text',
    build: takes([STRING], INT, (value: string) => value.codePointAt(0) ?? 0),
  },
  {
    name: 'chr',
    aliases: ['char'],
    family,
    signature: 'chr(code bigint) -> string',
    summary: 'the character of a code from 0 to 255 (modulo 256), empty for negative ones',
    build: takes([BIGINT], STRING, character),
  },
  {
    name: 'hex',
    family,
    signature: 'hex(value bigint|string|binary) -> string',
    summary: 'the number, or the bytes, in hex digits',
    build: hex,
  },
  {
    name: 'unhex',
    family,
    signature: 'unhex(digits string) -> binary',
    summary: 'the bytes of hex digits, null when they are none',
    build: takes([STRING], BINARY, unhex),
  },
  {
    name: 'bin',
    family,
    signature: 'bin(value bigint) -> string',
    summary: 'the number in binary digits',
    build: binaryDigits,
  },
  {
    name: 'conv',
    family,
    signature: 'conv(digits string, from int, to int) -> string',
    summary: 'digits of one base (2 to 36) in another; with a negative target base the result has a sign',
    build: takes([STRING, INT, INT], STRING, convertBase),
  },
  {
    name: 'base64',
    family,
    signature: 'base64(value binary|string) -> string',
    summary: 'the bytes in Base64',
    build: (site) => {
      expectCount(site, 1);
      return call(site, [binaryOperand(site, 0)], STRING, (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'));
    },
  },
  {
    name: 'unbase64',
    family,
    signature: 'unbase64(text string) -> binary',
    summary: 'the bytes of Base64; other characters are skipped',
    build: takes([STRING], BINARY, unbase64),
  },
  {
    name: 'encode',
    family,
    signature: 'encode(text string, charset string) -> binary',
    summary: 'the text in US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE, UTF-16LE or UTF-32',
    build: takes([STRING, STRING], BINARY, encode),
  },
  {
    name: 'decode',
    family,
    signature: 'decode(value binary, charset string) -> string, or decode(a, search, result, … [, otherwise])',
    summary: 'the text that the bytes are in a charset; or the result whose search value equals a',
    build: decoding,
  },
  {
    name: 'to_binary',
    family,
    signature: "to_binary(text string [, format 'hex'|'base64'|'utf-8']) -> binary",
    summary: 'the bytes of hex digits, Base64 or a text',
    build: toBinary(false),
  },
  {
    name: 'try_to_binary',
    family,
    signature: "try_to_binary(text string [, format 'hex'|'base64'|'utf-8']) -> binary",
    summary: 'to_binary, null where the text does not fit the format',
    build: toBinary(true),
  },
];
