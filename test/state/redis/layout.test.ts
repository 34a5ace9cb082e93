import { describe, expect, test } from 'vitest';
import { hashOf } from '../../../src/state/hashing.ts';
import { slotOf, SLOTS } from '../../../src/state/redis/cluster-slot.ts';
import { applicationPattern, fieldOf, keyOfField, TaskLayout } from '../../../src/state/redis/layout.ts';

const tagOf = (partition: number): string =>
  /\{(.*)\}/.exec(new TaskLayout('app', { subTopology: 's', partition }).meta)![1];

describe('layout in Redis', () => {
  test('key names never change: the next version has to find them', () => {
    const layout = new TaskLayout('app', { subTopology: 'counts', partition: 3 });
    expect(layout.meta).toBe('{app:counts:3:8}:meta');
    expect(layout.bucket('abc', 'views', 7)).toBe('{app:counts:3:8}:abc:views:7');
  });

  test('a slot is what Redis Cluster says it is', () => {
    expect(slotOf('123456789')).toBe(0x31c3 % SLOTS);
    expect(slotOf('foo')).toBe(12_182);
  });

  test('the partitions of a sub-topology spread evenly over the slots', () => {
    const perNode = [0, 0, 0];
    for (let partition = 0; partition < 48; partition++) perNode[Math.floor((slotOf(tagOf(partition)) / SLOTS) * 3)]++;
    expect(Math.max(...perNode) - Math.min(...perNode)).toBeLessThanOrEqual(2);
  });

  test('a field is printable, gives its key back, and sorts out its bucket in Lua', () => {
    for (const key of ['', 'sa\0', 'sä€😀\0']) {
      const field = fieldOf(hashOf(key), key);
      expect(keyOfField(field)).toBe(key);
      const [a, b, c, d] = [...Buffer.from(field).subarray(0, 4)].map((byte) => byte - 48);
      expect(((a * 64 + b) * 64 + c) * 64 + d).toBe(hashOf(key));
    }
  });

  test('the pattern of an application matches its keys literally, and begins as the tag of each task does', () => {
    expect(applicationPattern('a*[x]?')).toBe('{a\\*\\[x\\]\\?:*');
    const { tag, meta } = new TaskLayout('a', { subTopology: 'x', partition: 0 });
    expect(tag).toMatch(/^\{a:x:0:\d+\}$/);
    expect(meta.startsWith(`${tag}:`)).toBe(true);
  });
});
