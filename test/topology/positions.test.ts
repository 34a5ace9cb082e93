import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spanWithin } from '../../src/core/diagnostic.ts';
import type { Located } from '../../src/core/diagnostic.ts';
import { TextPositions } from '../../src/topology/text-position.ts';
import { changed, load } from './marked.ts';

/** The view's `where` as it was loaded from a file that writes it in the given way. */
function whereOf(written: string): { readonly where: Located<string>; readonly text: string } {
  const text = changed('where: amount > 100', `where: ${written}`);
  const { spec, all } = load(text);
  expect(all).toEqual([]);
  return { where: spec!.views[0].where!, text };
}

describe('a place within an expression is a place within the file', () => {
  test.each([
    ['a plain text', 'amount > 100'],
    ['a plain text with a comment behind it', 'amount > 100   # big ones'],
    ['a text in double quotes', '"amount > 100"'],
    ['a text in single quotes', "'amount > 100'"],
    ['a literal block of one line', '|\n      amount > 100\n'],
    ['a literal block of one line, stripped', '|-\n      amount > 100'],
    ['a folded block of one line', '>-\n      amount > 100'],
    ['an anchored text', '&big amount > 100'],
  ])('%s', (_, written) => {
    const { where, text } = whereOf(written);
    expect(where.value.trimEnd()).toBe('amount > 100');
    const { start, end } = spanWithin(where.span, where.value.indexOf('100'), 3);
    expect(text.slice(start, end)).toBe('100');
  });

  test.each([
    ['quotes with an escape', '"amount > 100 and country = \\"NL\\""', 'amount > 100 and country = \\"NL\\"'],
    ['a doubled single quote', "'country = ''NL'''", "country = ''NL''"],
    ['a text over two lines', 'amount > 100\n      and id is not null', 'amount > 100\n      and id is not null'],
    [
      'a literal block of two lines',
      '|\n      amount > 100\n      and id is not null\n',
      'amount > 100\n      and id is not null',
    ],
  ])('%s is pointed at as a whole', (_, written, whole) => {
    const { where, text } = whereOf(written);
    expect(where.span.verbatim).toBe(false);
    const { start, end } = spanWithin(where.span, 3, 2);
    expect(text.slice(start, end)).toBe(whole);
  });

  test('an interpolated text is pointed at as a whole', () => {
    const text = changed('where: amount > 100', 'where: amount > ${LEAST}');
    const where = load(text, { LEAST: '100' }).spec!.views[0].where!;
    expect(where.value).toBe('amount > 100');
    expect(where.span.verbatim).toBe(false);
    expect(text.slice(where.span.start, where.span.end)).toBe('amount > ${LEAST}');
  });

  test('whatever a plain or quoted text holds, a verbatim span holds the same', () => {
    const texts = fc.string({
      unit: fc.constantFrom('a', ' ', "'", '"', '\\', '(', ')', ',', '#', 'é', '🌾'),
      minLength: 1,
    });
    const quotes = fc.constantFrom(
      (s: string) => JSON.stringify(s),
      (s: string) => `'${s.replaceAll("'", "''")}'`,
      (s: string) => `|-\n      x${s}`,
    );
    fc.assert(
      fc.property(texts, quotes, (value, quote) => {
        const { where, text } = whereOf(quote(value));
        if (where.span.verbatim) expect(text.slice(where.span.start, where.span.end)).toBe(where.value);
      }),
    );
  });
});

test('columns count characters, not code units', () => {
  const text = 'a\r\n\t🌾b';
  const positions = new TextPositions(text);
  expect(positions.at(text.indexOf('b'))).toEqual({ line: 2, column: 3 });
  expect(positions.line(1)).toBe('a');
  expect(positions.at(text.length)).toEqual({ line: 2, column: 4 });
});
