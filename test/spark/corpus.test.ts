import { describe, expect, test } from 'vitest';
import { entriesOf, families } from './corpus.ts';
import { readDifferences, reasonOf } from './differences.ts';
import { judge } from './judge.ts';

const differences = readDifferences();

describe.each(families)('%s', (family) => {
  const pairs = judge(family);

  test('what Spark computes is what we compute, or it is listed with the reason', () => {
    const surprises = pairs
      .filter((pair) => !pair.agrees && reasonOf(differences, pair) === null)
      .map((p) => `${p.expression} | row ${p.row} | Spark: ${p.spark} | ours: ${p.ours}`);
    expect(surprises).toEqual([]);
  });

  test('what is listed as different is different', () => {
    const stale = pairs
      .filter((pair) => pair.agrees && reasonOf(differences, pair) !== null)
      .map((p) => `${p.expression} | row ${p.row} | agrees by now: \`node test/spark/prune.ts\` takes it off the list`);
    expect(stale).toEqual([]);
  });

  test('no expression is there twice', () => {
    const expressions = entriesOf(family).map(({ expression }) => expression);
    expect(expressions.filter((e, i) => expressions.indexOf(e) !== i)).toEqual([]);
  });
});

test('every listed difference is one pair of the corpus, listed once', () => {
  const key = (family: string, expression: string, row: number): string => `${family} | ${expression} | row ${row}`;
  const listed = differences.flatMap(({ pairs }) =>
    Object.entries(pairs).flatMap(([family, expressions]) =>
      Object.entries(expressions).flatMap(([expression, rows]) => rows.map((row) => key(family, expression, row))),
    ),
  );
  const known = new Set(families.flatMap((f) => judge(f).map((pair) => key(f, pair.expression, pair.row))));
  expect(listed.filter((one) => !known.has(one))).toEqual([]);
  expect(listed.filter((one, i) => listed.indexOf(one) !== i)).toEqual([]);
});

test('every difference has a reason of its own', () => {
  const reasons = differences.map(({ reason }) => reason.trim());
  expect(reasons.filter((reason) => reason.length < 20)).toEqual([]);
  expect(new Set(reasons).size).toBe(reasons.length);
});

test('the corpus is large enough to say something', () => {
  expect(families.flatMap((family) => judge(family)).length).toBeGreaterThan(1_500);
});
