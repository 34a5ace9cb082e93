import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closest, Diagnostics } from '../../src/core/diagnostic.ts';

describe('the suggestion for a misspelt name', () => {
  test.each([
    ['a letter too many', 'amountt', 'amount'],
    ['a letter left out', 'amunt', 'amount'],
    ['another letter', 'amoumt', 'amount'],
    ['neighbours swapped', 'udpate', 'update'],
    ['neighbours swapped in three letters', 'gag', 'agg'],
    ['two slips in six letters', 'udpaet', 'update'],
    ['another case', 'PERCOUNTRY', 'perCountry'],
  ])('is found behind %s', (_, name, meant) => {
    expect(closest(name, ['agg', 'amount', 'count', 'perCountry', 'update'])).toBe(meant);
  });

  test.each([
    ['of one letter', 'a', ['b', 'ab']],
    ['of two letters', 'id', ['ip', 'ids']],
    ['with more than a slip for every three letters', 'amnt', ['amount']],
    ['that is swapped over a distance', 'cba', ['abc']],
  ])('is not made for a name %s', (_, name, candidates) => {
    expect(closest(name, candidates)).toBeNull();
  });

  test('is the nearest, and of those equally near the first', () => {
    expect(closest('ordres', ['ordered', 'orders', 'ordes'])).toBe('orders');
    expect(closest('orderz', ['orders', 'ordera'])).toBe('orders');
    expect(closest('orders', [])).toBeNull();
  });

  test('undoes any one slip in a name of three letters or more', () => {
    const name = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(name, fc.nat(), (meant, at) => {
        const i = at % (meant.length - 1);
        const swapped = meant.slice(0, i) + meant[i + 1] + meant[i] + meant.slice(i + 2);
        const shorter = meant.slice(0, i) + meant.slice(i + 1);
        for (const written of [swapped, shorter, `${meant}x`]) expect(closest(written, [meant])).toBe(meant);
      }),
    );
  });
});

test('warnings alone are no errors', () => {
  const diagnostics = new Diagnostics();
  const span = { file: 'a.yaml', start: 0, end: 1, verbatim: true };
  diagnostics.warning('CODE', span, 'a warning');
  expect(diagnostics.hasErrors).toBe(false);
  diagnostics.error('CODE', span, 'an error');
  expect(diagnostics.hasErrors).toBe(true);
  expect(diagnostics.all.map((d) => d.message)).toEqual(['a warning', 'an error']);
});
