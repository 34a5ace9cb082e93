import { expect, test } from 'vitest';
import type { OperatorContext } from '../../src/core/operator.ts';
import type { Row, Value } from '../../src/core/types.ts';
import { Explode } from '../../src/operators/explode.ts';
import type { ExplodeOptions } from '../../src/operators/explode.ts';

const PLAIN: ExplodeOptions = {
  project: (row) => row,
  position: 1,
  withPosition: false,
  inline: false,
  width: 1,
  outer: false,
};

function exploded(options: Partial<ExplodeOptions>, rows: readonly Row[]): readonly Row[] {
  const operator = new Explode('v', { ...PLAIN, ...options });
  const output = operator.process({ kind: 'stream', rows: [...rows] }, {} as OperatorContext);
  if (output.kind !== 'stream') throw new Error('expected a stream');
  return output.rows;
}

const map = new Map<Value, Value>([['k', 1]]);

test('an array makes a row per element, and none when it is null or empty', () => {
  expect(
    exploded({}, [
      ['a', [1, null], 'z'],
      ['b', []],
      ['c', null],
    ]),
  ).toEqual([
    ['a', 1, 'z'],
    ['a', null, 'z'],
  ]);
});

test('the outer form makes a row of nulls for null and empty', () => {
  const rows = exploded({ outer: true, withPosition: true, width: 2 }, [
    ['a', [5]],
    ['b', []],
    ['c', null],
  ]);
  expect(rows).toEqual([
    ['a', 0, 5],
    ['b', null, null],
    ['c', null, null],
  ]);
});

test('a map makes a row per entry', () => {
  expect(exploded({ width: 2 }, [['a', map]])).toEqual([['a', 'k', 1]]);
  expect(exploded({ width: 3, withPosition: true }, [['a', map]])).toEqual([['a', 0, 'k', 1]]);
});

test('inline makes columns of the fields, and of a null struct a row of nulls', () => {
  const rows = exploded({ inline: true, width: 2 }, [
    ['a', [[1, 'x'], null], 'z'],
    ['b', []],
  ]);
  expect(rows).toEqual([
    ['a', 1, 'x', 'z'],
    ['a', null, null, 'z'],
  ]);
  expect(exploded({ inline: true, width: 2, outer: true }, [['b', null]])).toEqual([['b', null, null]]);
});
