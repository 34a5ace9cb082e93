import { describe, expect, test } from 'vitest';
import {
  afterMarker,
  afterRows,
  allEnded,
  allIdle,
  beginRun,
  decodeEventTime,
  endRun,
  EVENT_TIME_BEGINS,
  withoutInfinity,
  type EventTime,
} from '../../src/runtime/event-time.ts';
import type { Marker } from '../../src/runtime/marker.ts';

const marker = (task: number, watermark: number, more: Partial<Marker> = {}): Marker => ({
  task,
  taskCount: 3,
  planEpoch: 1,
  plan: 'a',
  ofSource: true,
  watermark,
  idle: false,
  ended: false,
  ...more,
});
const after = (...markers: Marker[]): EventTime => markers.reduce(afterMarker, EVENT_TIME_BEGINS);

describe('the watermark of a source partition', () => {
  test('is the largest event time less the delay, and never goes back', () => {
    const first = afterRows(EVENT_TIME_BEGINS, 100, 10);
    expect(first.watermark).toBe(90);
    expect(afterRows(first, 50, 10).watermark).toBe(90);
    expect(afterRows(first, 101, 10).watermark).toBe(91);
  });
});

describe('the watermark behind a repartition', () => {
  test('is the smallest of all tasks, once every one of them was heard', () => {
    expect(after(marker(0, 10), marker(1, 20)).watermark).toBe(-Infinity);
    expect(after(marker(0, 10), marker(1, 20), marker(2, 30)).watermark).toBe(10);
    expect(after(marker(0, 10), marker(1, 20), marker(2, 30), marker(0, 25)).watermark).toBe(20);
  });

  test('waits for idle tasks too that read a repartition: others may have got already what they are about to get', () => {
    const inner = { ofSource: false };
    const known = after(marker(0, 10, inner), marker(1, 10, { ...inner, idle: true }), marker(2, 30, inner));
    expect(known.watermark).toBe(10);
    expect(afterMarker(known, marker(0, 50, inner)).watermark).toBe(10);
    expect(afterMarker(afterMarker(known, marker(0, 50, inner)), marker(1, 40, inner)).watermark).toBe(30);
  });

  test('leaves idle tasks out, and is the furthest when all of them are, whoever was the last', () => {
    const two = after(marker(0, 10), marker(1, -Infinity, { idle: true }), marker(2, 30));
    expect(two.watermark).toBe(10);
    const one = afterMarker(two, marker(0, 10, { idle: true }));
    expect(one.watermark).toBe(30);
    const none = afterMarker(one, marker(2, 30, { idle: true }));
    expect(none.watermark).toBe(30);
    expect([allIdle(one), allIdle(none)]).toEqual([false, true]);
    const furthestFirst = [marker(2, 30, { idle: true }), marker(0, 10, { idle: true })].reduce(afterMarker, two);
    expect(furthestFirst.watermark).toBe(30);
  });

  test('does not go back when an idle task comes to life far behind', () => {
    const idle = after(marker(0, 50), marker(1, 60), marker(2, -Infinity, { idle: true }));
    const awake = afterMarker(idle, marker(2, 5));
    expect(awake.watermark).toBe(50);
    expect(afterMarker(awake, marker(0, 70)).watermark).toBe(50);
    expect(afterMarker(awake, marker(2, 65)).watermark).toBe(50);
    expect(afterMarker(afterMarker(awake, marker(2, 65)), marker(0, 61)).watermark).toBe(60);
  });

  test('waits for tasks that a grown topic brings, whoever speaks first', () => {
    const three = after(marker(0, 10), marker(1, 10), marker(2, 10));
    const grown = afterMarker(three, marker(0, 40, { taskCount: 5 }));
    const old = [marker(1, 40), marker(2, 40)].reduce(afterMarker, grown);
    expect(old.watermark).toBe(10);
    const heard = [marker(3, 20, { taskCount: 5 }), marker(4, 30, { taskCount: 5 })].reduce(afterMarker, old);
    expect(heard.watermark).toBe(20);
  });

  test('is that of the later plan, whose tasks are heard anew; an earlier plan says nothing more', () => {
    const old = after(marker(0, 10), marker(1, 10), marker(2, 10));
    const fewer = { taskCount: 2, planEpoch: 2, plan: 'b' };
    const begun = afterMarker(old, marker(0, 50, fewer));
    expect(begun.watermark).toBe(10);
    expect(afterMarker(begun, marker(1, 90)).watermark).toBe(10);
    expect(afterMarker(begun, marker(1, 40, fewer)).watermark).toBe(40);
  });
});

test('a plan that was recorded twice, with another one in between, is one plan', () => {
  const [a, b] = ['a', 'b'].map((plan) => (planEpoch: number) => ({ plan, planEpoch, taskCount: 2 }));
  const updated = after(marker(0, 10, b(2)), marker(1, 10, b(2)));
  const undone = afterMarker(updated, marker(0, 90, a(3)));
  expect(undone.watermark).toBe(10);
  const again = [marker(0, 20, b(4)), marker(1, 30, b(2))].reduce(afterMarker, undone);
  expect(again.watermark).toBe(20);
  expect(afterMarker(again, marker(1, 99, a(3))).watermark).toBe(20);
});

describe('a run of trigger once', () => {
  test('keeps the watermark of its beginning, and hears anew who has ended', () => {
    const before = after(marker(0, 10, { taskCount: 1, ended: true }));
    const begun = beginRun({ ...before, ran: { counts: 5 } });
    expect(begun.frozen).toEqual({ watermark: 10 });
    expect(begun.ran).toEqual({ counts: 5 });
    expect(allEnded(begun)).toBe(false);
    const ended = afterMarker(begun, marker(0, 90, { taskCount: 1, ended: true }));
    expect([ended.watermark, ended.frozen?.watermark, allEnded(ended)]).toEqual([90, 10, true]);
    expect(beginRun(ended)).toBe(ended);
    expect(endRun(ended).frozen).toBeNull();
  });
});

test('event time survives the commit record, -Infinity and all', () => {
  const time: EventTime = {
    ...after(marker(0, 10), marker(1, -Infinity, { idle: true })),
    ran: { counts: 5 },
    frozen: { watermark: -Infinity },
  };
  const kept = JSON.parse(JSON.stringify(time, withoutInfinity)) as Parameters<typeof decodeEventTime>[0];
  expect(decodeEventTime(kept)).toEqual(time);
});
