import { describe, expect, test } from 'vitest';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/kafka/group-protocol.ts';

const subscription = {
  families: [
    { subTopology: 'counts', inputTopics: ['orders', 'visits'] },
    { subTopology: 'totals', inputTopics: ['orders'] },
  ],
  owned: [{ subTopology: 'counts', partition: 2 }],
  generation: 7,
  planHash: 'abc',
  address: 'host:8080',
};

describe('a subscription', () => {
  test('comes back as it was sent', () => {
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription);
  });

  test('begins as Kafka’s own consumers begin theirs: version, topics, user data', () => {
    const bytes = encodeSubscription(subscription);
    const head = Buffer.from('\0\0\0\0\0\x02\0\x06orders\0\x06visits', 'latin1');
    expect(bytes.subarray(0, head.length)).toEqual(head);
    expect(bytes.readInt32BE(head.length)).toBe(bytes.length - head.length - 4);
  });

  test('that is cut off anywhere is told apart', () => {
    const bytes = encodeSubscription(subscription);
    for (let size = 0; size < bytes.length; size++) expect(decodeSubscription(bytes.subarray(0, size))).toBeNull();
  });

  test('of another application or version is told apart', () => {
    expect(decodeSubscription(Buffer.alloc(0))).toBeNull();
    expect(decodeSubscription(Buffer.from('\0\0\0\0\0\0\xff\xff\xff\xff', 'latin1'))).toBeNull();
    expect(decodeSubscription(Buffer.from('\0\0\0\0\0\0\0\0\0\x02\x02\0', 'latin1'))).toBeNull();
  });
});

describe('an assignment', () => {
  const shared = { addresses: ['a:1', 'b:1'], owners: { counts: [1, 0, 1], totals: [-1] } };

  test('tells a member its own tasks and the address of every owner', () => {
    expect(decodeAssignment(encodeAssignment([], 1, shared))).toEqual({
      tasks: [
        { subTopology: 'counts', partition: 0 },
        { subTopology: 'counts', partition: 2 },
      ],
      owners: new Map([
        ['counts/0', 'b:1'],
        ['counts/1', 'a:1'],
        ['counts/2', 'b:1'],
      ]),
    });
  });

  test('shows its partitions as Kafka’s own consumers do, each once', () => {
    const orders = (partition: number): { topic: string; partition: number } => ({ topic: 'orders', partition });
    const bytes = encodeAssignment([orders(0), orders(2), orders(0)], 1, shared);
    const head = Buffer.from('\0\0\0\0\0\x01\0\x06orders\0\0\0\x02\0\0\0\0\0\0\0\x02', 'latin1');
    expect(bytes.subarray(0, head.length)).toEqual(head);
  });

  test('that is empty says nothing', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toBeNull();
  });
});
