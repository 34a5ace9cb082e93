import { expect, test } from 'vitest';
import { shrink } from './shrink.ts';

const HUNDRED = Array.from({ length: 100 }, (_, i) => i);

test('what is left still fails, in the same order, and would not without any of it', async () => {
  const fails = async (list: readonly number[]): Promise<boolean> => [17, 18, 71].every((each) => list.includes(each));
  expect(await shrink(HUNDRED, fails, 1_000)).toEqual([17, 18, 71]);
});

test('what fails by itself shrinks to nothing', async () => {
  expect(await shrink(HUNDRED, async () => true, 1_000)).toEqual([]);
});

test('no more lists are tried than there are tries', async () => {
  let tries = 0;
  const fails = async (list: readonly number[]): Promise<boolean> => {
    tries++;
    return list.includes(99);
  };
  const shorter = await shrink(HUNDRED, fails, 5);
  expect(tries).toBe(5);
  expect(shorter).toContain(99);
});
