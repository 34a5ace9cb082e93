import { expect, test } from 'vitest';
import { Idleness } from '../../src/runtime/idleness.ts';

test('an input that was read to its end is idle after the timeout, counted anew whenever something comes', () => {
  const idleness = new Idleness(30_000);
  expect(idleness.isIdle(false)).toBe(false);
  idleness.observe(900, 1_000);
  idleness.observe(8_900, 9_000);
  idleness.observe(30_999, 31_500);
  expect(idleness.isIdle(false)).toBe(false);
  idleness.observe(31_000, 31_500);
  expect(idleness.isIdle(false)).toBe(true);
  idleness.observe(-Infinity, 32_000);
  expect(idleness.isIdle(false)).toBe(false);
  idleness.observe(33_000, 33_000);
  idleness.interrupt();
  idleness.observe(63_000, 63_000);
  expect(idleness.isIdle(false)).toBe(false);
  idleness.observe(93_000, 93_000);
  expect(idleness.isIdle(false)).toBe(true);
});

test('time in which nobody asked says nothing', () => {
  const idleness = new Idleness(30_000);
  idleness.observe(900, 1_000);
  idleness.observe(1_100, 30_999);
  expect(idleness.isInDoubt(30_999)).toBe(false);
  idleness.observe(1_100, 100_000);
  expect(idleness.isIdle(false)).toBe(false);
  expect(idleness.isInDoubt(100_000)).toBe(true);
  idleness.observe(100_000, 100_500);
  expect(idleness.isIdle(false)).toBe(true);
  expect(idleness.isInDoubt(100_500)).toBe(false);
});

test('one that never brought an event time is idle as soon as its end is known', () => {
  const idleness = new Idleness(30_000);
  expect(idleness.isIdle(true)).toBe(false);
  idleness.observe(900, 1_000);
  expect(idleness.isIdle(true)).toBe(true);
});
