import { expect, test } from 'vitest';
import type { Transaction } from '../../src/core/transport.ts';
import { MarkerSender } from '../../src/runtime/marker-sender.ts';

/** A sender to three partitions; `tell` gives the partitions that a transaction's markers went to. */
function sender(): {
  sender: MarkerSender;
  tell: (watermark: number, nowMs: number, touched: readonly number[], idle?: boolean) => number[];
} {
  const sender = new MarkerSender('t', 3, { task: 0, taskCount: 1, planEpoch: 1, plan: 'a', ofSource: true }, 200);
  const tell = (watermark: number, nowMs: number, touched: readonly number[], idle = false): number[] => {
    const told: number[] = [];
    const transaction = { append: (_: string, partition: number) => told.push(partition) } as unknown as Transaction;
    sender.append(
      transaction,
      { watermark, idle, ended: false },
      Uint8Array.from([0, 1, 2], (p) => Number(touched.includes(p))),
      nowMs,
    );
    return told;
  };
  return { sender, tell };
}

test('news reach those who get rows at once, and everybody an interval later', () => {
  const { sender: markers, tell } = sender();
  expect(tell(1, 1_000, [1])).toEqual([0, 1, 2]);
  markers.committed();
  expect(tell(2, 1_100, [1])).toEqual([1]);
  markers.committed();
  expect(markers.dueAt({ watermark: 2, idle: false, ended: false })).toBe(1_200);
  expect(tell(2, 1_200, [])).toEqual([0, 2]);
  markers.committed();
  expect(markers.dueAt({ watermark: 2, idle: false, ended: false })).toBe(Infinity);
});

test('what everybody knows is not told again; idleness is news', () => {
  const { sender: markers, tell } = sender();
  expect(markers.dueAt({ watermark: -Infinity, idle: false, ended: false })).toBe(Infinity);
  tell(1, 1_000, []);
  markers.committed();
  expect(tell(1, 5_000, [0, 1, 2])).toEqual([]);
  expect(tell(1, 5_000, [], true)).toEqual([0, 1, 2]);
});

test('what was told in a transaction that did not commit is told again', () => {
  const { sender: markers, tell } = sender();
  expect(tell(1, 1_000, [0])).toEqual([0, 1, 2]);
  expect(markers.dueAt({ watermark: 1, idle: false, ended: false })).toBe(-Infinity);
  expect(tell(1, 1_010, [0])).toEqual([0, 1, 2]);
});
