import { expect, test } from 'vitest';
import { Idleness } from '../../src/runtime/idleness.ts';

test('an input that was read to its end is idle after the timeout, counted anew whenever something comes', () => {
  const idleness = new Idleness(30_000);
  expect(idleness.idleAt(false)).toBe(Infinity);
  idleness.observe(true, 1_000);
  idleness.observe(true, 9_000);
  expect(idleness.idleAt(false)).toBe(31_000);
  idleness.observe(false, 10_000);
  expect(idleness.idleAt(false)).toBe(Infinity);
  idleness.observe(true, 12_000);
  expect(idleness.idleAt(false)).toBe(42_000);
});

test('one that never brought an event time is idle as soon as its end is known', () => {
  const idleness = new Idleness(30_000);
  expect(idleness.idleAt(true)).toBe(Infinity);
  idleness.observe(true, 1_000);
  expect(idleness.idleAt(true)).toBe(1_000);
});
