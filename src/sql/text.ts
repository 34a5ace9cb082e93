import { fail } from './failure.ts';

/** String functions of Spark over JavaScript strings. Positions and lengths count characters (code points), positions from 1. */

/** Characters outside the basic plane take two units; texts without them are handled by unit. */
const isBasic = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xf800) === 0xd800) return false;
  return true;
};

export function length(text: string): number {
  let surrogates = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) surrogates++;
  return text.length - surrogates;
}

/** Position 0 counts as 1; a negative one counts from the end, and may lie before the start. */
export function substring(text: string, position: number, count = Infinity): string {
  const characters = isBasic(text) ? text : Array.from(text);
  const start = position > 0 ? position - 1 : position < 0 ? characters.length + position : 0;
  const end = start + count;
  if (count <= 0 || end <= 0) return '';
  const part = characters.slice(Math.max(start, 0), end);
  return typeof part === 'string' ? part : part.join('');
}

export function trimStart(text: string, characters: string): string {
  const set = [...characters];
  let rest = text;
  for (let first = firstOf(rest); first !== '' && set.includes(first); first = firstOf(rest))
    rest = rest.slice(first.length);
  return rest;
}

export function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0) {
    const pair = end > 1 && (text.charCodeAt(end - 1) & 0xfc00) === 0xdc00;
    const start = pair ? end - 2 : end - 1;
    if (!characters.includes(text.slice(start, end))) break;
    end = start;
  }
  return text.slice(0, end);
}

const firstOf = (text: string): string => (text === '' ? '' : String.fromCodePoint(text.codePointAt(0) ?? 0));

/** Words are parted by spaces only. */
export const initcap = (text: string): string =>
  text.toLowerCase().replace(/(^| )([^ ])/gu, (_, before: string, letter: string) => before + letter.toUpperCase());

export function translate(text: string, from: string, to: string): string {
  const targets = [...to];
  const table = new Map<string, string>();
  [...from].forEach((character, i) => {
    if (!table.has(character)) table.set(character, targets[i] ?? '');
  });
  return Array.from(text, (character) => table.get(character) ?? character).join('');
}

/** Position of `search` in `text` at or behind `from`; 0 when there is none. */
export function locate(search: string, text: string, from = 1): number {
  if (from < 1) return 0;
  if (search === '') return 1;
  if (isBasic(text)) return from > text.length + 1 ? 0 : text.indexOf(search, from - 1) + 1;
  const characters = Array.from(text);
  const offset = characters.slice(0, from - 1).join('').length;
  const found = from > characters.length + 1 ? -1 : text.indexOf(search, offset);
  return found < 0 ? 0 : length(text.slice(0, found)) + 1;
}

export function padded(text: string, width: number, pad: string, side: 'left' | 'right'): string {
  const missing = width - length(text);
  if (missing <= 0 || pad === '') return substring(text, 1, Math.max(width, 0));
  const filling = substring(repeat(pad, Math.ceil(missing / length(pad))), 1, missing);
  return side === 'left' ? filling + text : text + filling;
}

const LONGEST = 2 ** 28;

export function repeat(text: string, times: number): string {
  if (times <= 0) return '';
  if (text.length * times > LONGEST)
    fail('COLLECTION_SIZE_LIMIT_EXCEEDED', `a text of more than ${LONGEST} characters`);
  return text.repeat(times);
}

export function splitPart(text: string, delimiter: string, part: number): string {
  if (part === 0) return fail('INVALID_INDEX_OF_ZERO', 'the first part is 1');
  const parts = delimiter === '' ? [text] : text.split(delimiter);
  return parts.at(part > 0 ? part - 1 : part) ?? '';
}

/** What stands before the `count`-th delimiter, or behind it when counted from the end; the whole text when there are fewer. */
export function substringIndex(text: string, delimiter: string, count: number): string {
  if (delimiter === '' || count === 0) return '';
  let at = count > 0 ? -1 : text.length;
  for (let left = Math.abs(count); left > 0; left--) {
    if (count < 0 && at === 0) return text;
    at = count > 0 ? text.indexOf(delimiter, at + 1) : text.lastIndexOf(delimiter, at - 1);
    if (at < 0) return text;
  }
  return count > 0 ? text.slice(0, at) : text.slice(at + delimiter.length);
}

/** `length` characters (as many as in `replacement` when negative) from a position on replaced. */
export function overlay(text: string, replacement: string, position: number, count = -1): string {
  const replaced = count >= 0 ? count : length(replacement);
  return substring(text, 1, position - 1) + replacement + substring(text, position + replaced);
}

/** Position of a text in a list with commas; 0 when it is not there or has a comma itself. */
export const findInSet = (text: string, list: string): number =>
  text.includes(',') ? 0 : list.split(',').indexOf(text) + 1;

/** Least number of characters to insert, remove or replace; -1 when it is larger than the threshold. */
export function levenshtein(a: string, b: string, threshold = Infinity): number {
  const [from, to] = [Array.from(a), Array.from(b)];
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < to.length; j++)
      row.push(Math.min(above[j + 1] + 1, row[j] + 1, above[j] + (from[i] === to[j] ? 0 : 1)));
    above = row;
  }
  const distance = above[to.length];
  return distance > threshold ? -1 : distance;
}

const SOUNDEX = '01230127022455012623017202';

/** The Soundex code; a text that begins with no Latin letter stays as it is. */
export function soundex(text: string): string {
  const letters = text.toUpperCase();
  if (!/^[A-Z]/.test(letters)) return text;
  let code = letters[0];
  let last = SOUNDEX[letters.charCodeAt(0) - 65];
  for (let i = 1; i < letters.length && code.length < 4; i++) {
    const digit = SOUNDEX[letters.charCodeAt(i) - 65] ?? '0';
    // 7 stands for H and W, which do not part two letters of one digit.
    if (digit === '7') continue;
    if (digit !== '0' && digit !== last) code += digit;
    last = digit;
  }
  return code.padEnd(4, '0');
}

/** Whether the digits pass Luhn's check. */
export function luhn(digits: string): boolean {
  if (!/^[0-9]+$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const weighed = i % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
