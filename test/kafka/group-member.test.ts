import { afterEach, describe, expect, test } from 'vitest';
import { type TaskId, taskName } from '../../src/core/task.ts';
import type { GroupAssignment, GroupListener, GroupMembership, TaskFamily } from '../../src/core/transport.ts';
import { ErrorCode } from '../../src/kafka/error-codes.ts';
import { timedOut } from '../../src/kafka/fake-broker/fake-link.ts';
import type { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { KafkaFixture } from './support/kafka-fixture.ts';

const COUNTS: TaskFamily = { subTopology: 'counts', inputTopics: ['orders'] };

let kafka: KafkaFixture;
afterEach(() => kafka.close());

/** A member and all it was told. */
class Worker implements GroupListener {
  readonly name: string;
  readonly heard: string[] = [];
  membership!: GroupMembership;
  assignment: GroupAssignment = { generation: -1, memberId: '', tasks: [], owners: new Map() };
  #changed: () => void = () => undefined;

  constructor(name: string) {
    this.name = name;
  }

  static async join(
    name: string,
    { transport = kafka.another(), families = [COUNTS], groupId = 'app' } = {},
  ): Promise<Worker> {
    const worker = new Worker(name);
    const options = { groupId, families, sessionTimeoutMs: 10_000, planHash: 'p', address: `${name}:80` };
    worker.membership = await transport.join(options, worker);
    return worker;
  }

  get tasks(): string[] {
    return this.assignment.tasks.map(taskName);
  }

  onAssignment(assignment: GroupAssignment): void {
    this.assignment = assignment;
    this.heard.push(`assigned ${this.tasks.join(' ')}`);
    this.#changed();
  }

  onLost(): void {
    this.heard.push('lost');
    this.#changed();
  }

  onFailure(error: Error): void {
    this.heard.push(`failed: ${error.message}`);
    this.#changed();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }
}

const allTasks = (...workers: Worker[]): string[] => workers.flatMap((worker) => worker.tasks).sort();

/** Until the workers agree on a generation. */
async function settle(...workers: Worker[]): Promise<void> {
  for (const worker of workers) {
    await worker.until(() => {
      const { owners, tasks } = worker.assignment;
      return tasks.length > 0 && new Set(owners.values()).size === workers.length;
    });
  }
}

describe('a group', () => {
  test('gives a single member every task', async () => {
    kafka = await KafkaFixture.start({ orders: 3 });
    const worker = await Worker.join('a');
    await settle(worker);
    expect(worker.tasks).toEqual(['counts/0', 'counts/1', 'counts/2']);
    expect(worker.assignment.owners.get('counts/2')).toBe('a:80');
  });

  test('shares the tasks with a member that joins, and moves none between the others', async () => {
    kafka = await KafkaFixture.start({ orders: 6 });
    const a = await Worker.join('a');
    await settle(a);
    const b = await Worker.join('b');
    await settle(a, b);
    expect(a.assignment.owners).toEqual(b.assignment.owners);
    const before = [a.tasks, b.tasks];
    expect(before.map((tasks) => tasks.length)).toEqual([3, 3]);
    const c = await Worker.join('c');
    await settle(a, b, c);
    expect([a, b, c].map((worker) => worker.tasks.length)).toEqual([2, 2, 2]);
    expect(before[0]).toEqual(expect.arrayContaining(a.tasks));
    expect(before[1]).toEqual(expect.arrayContaining(b.tasks));
    expect(allTasks(a, b, c)).toEqual(['counts/0', 'counts/1', 'counts/2', 'counts/3', 'counts/4', 'counts/5']);
    expect(a.heard).not.toContain('lost');
  });

  test('hands the tasks of a member that leaves over at once', async () => {
    kafka = await KafkaFixture.start({ orders: 4 });
    const [a, b] = [await Worker.join('a'), await Worker.join('b')];
    await settle(a, b);
    const left = kafka.clock.now();
    await b.membership.leave();
    await settle(a);
    expect(a.tasks.length).toBe(4);
    expect(kafka.clock.now() - left).toBeLessThan(3_000);
  });

  test('hands the tasks of a member that died over when its session ended', async () => {
    kafka = await KafkaFixture.start({ orders: 4 });
    const dying = kafka.another();
    const [a, b] = [await Worker.join('a'), await Worker.join('b', { transport: dying })];
    await settle(a, b);
    const { memberId } = b.assignment;
    kafka.fake.intercept((node, api, request, proceed) => {
      if ('memberId' in request && request.memberId === memberId) throw timedOut(node, api);
      return proceed();
    });
    await settle(a);
    expect(a.tasks.length).toBe(4);
  });

  test('assigns whole tasks: one partition of every input', async () => {
    kafka = await KafkaFixture.start({ orders: 2, visits: 2 });
    const families = [{ subTopology: 'joins', inputTopics: ['orders', 'visits'] }];
    const a = await Worker.join('a', { families });
    await settle(a);
    expect(a.tasks).toEqual(['joins/0', 'joins/1']);
  });

  test('refuses inputs whose partitions differ in number, naming both', async () => {
    kafka = await KafkaFixture.start({ orders: 2, visits: 3 });
    const a = await Worker.join('a', { families: [{ subTopology: 'joins', inputTopics: ['orders', 'visits'] }] });
    await a.until(() => a.heard.length > 0);
    expect(a.heard).toEqual([
      'failed: the inputs of joins must have the same number of partitions, but orders has 2 and visits has 3',
    ]);
    expect((await a.membership.confirm()).tasks).toEqual([]);
  });

  test('refuses an input that does not exist', async () => {
    kafka = await KafkaFixture.start({});
    const a = await Worker.join('a');
    await a.until(() => a.heard.length > 0);
    expect(a.heard).toEqual(['failed: the topic orders, an input of counts, does not exist']);
  });

  test('gives new sub-topologies to the members that know them, while a new plan is rolled out', async () => {
    kafka = await KafkaFixture.start({ orders: 2, visits: 2 });
    const old = await Worker.join('old');
    await settle(old);
    const added = { subTopology: 'added', inputTopics: ['visits'] };
    const next = await Worker.join('next', { families: [COUNTS, added] });
    await next.until(() => next.assignment.owners.has('added/0'));
    expect(next.tasks).toEqual(['added/0', 'added/1']);
    expect(old.tasks).toEqual(['counts/0', 'counts/1']);
  });

  test('cannot be joined twice by one transport', async () => {
    kafka = await KafkaFixture.start({ orders: 1 });
    await Worker.join('a', { transport: kafka.transport });
    await expect(Worker.join('b', { transport: kafka.transport })).rejects.toThrow('member of group app already');
  });
});

describe('a member', () => {
  const startTwo = async (): Promise<[Worker, Worker]> => {
    kafka = await KafkaFixture.start({ orders: 4 }, { nodes: 2 });
    const workers: [Worker, Worker] = [await Worker.join('a'), await Worker.join('b')];
    await settle(...workers);
    return workers;
  };

  test('keeps its session without anybody doing anything', async () => {
    const [a, b] = await startTwo();
    const heard = [a.heard.length, b.heard.length];
    await kafka.clock.sleep(600_000);
    expect([a.heard.length, b.heard.length]).toEqual(heard);
  });

  test('keeps tasks and membership when the coordinator moves', async () => {
    const [a, b] = await startTwo();
    const before = [a.tasks, b.tasks];
    for (const node of [2, 1, 2]) {
      kafka.fake.moveCoordinator('group', 'app', node);
      await kafka.clock.sleep(5_000);
    }
    await a.membership.confirm();
    await b.membership.confirm();
    expect([a.tasks, b.tasks]).toEqual(before);
    expect([...a.heard, ...b.heard]).not.toContain('lost');
  });

  test('hears that its session is gone, and joins as a new one', async () => {
    const [a, b] = await startTwo();
    const { memberId } = a.assignment;
    kafka.fault(
      'Heartbeat',
      async ({ request, proceed }) => {
        if (request.memberId !== memberId) return proceed();
        // The session ended, as after a long pause of the process.
        await kafka.fake
          .link()
          .send(1, 'LeaveGroup', { groupId: 'app', memberId })
          .catch(() => undefined);
        await kafka.fake.link().send(2, 'LeaveGroup', { groupId: 'app', memberId });
        return { errorCode: ErrorCode.UNKNOWN_MEMBER_ID };
      },
      2,
    );
    await a.until(() => a.heard.includes('lost'));
    await a.until(() => a.heard.at(-1) !== 'lost');
    await b.membership.confirm();
    expect(a.assignment.memberId).not.toBe(memberId);
    expect(allTasks(a, b)).toEqual(['counts/0', 'counts/1', 'counts/2', 'counts/3']);
  });

  test('does not lose its tasks over a stale generation, but joins again', async () => {
    const [a] = await startTwo();
    const before = a.tasks;
    const assigned = a.heard.length;
    kafka.fault('Heartbeat', () => Promise.resolve({ errorCode: ErrorCode.ILLEGAL_GENERATION }), 2);
    await a.until(() => a.heard.length > assigned);
    expect(a.heard).not.toContain('lost');
    expect(a.tasks).toEqual(before);
  });

  test('fails, and leaves, when it may not be a member', async () => {
    kafka = await KafkaFixture.start({ orders: 1 });
    kafka.fault('JoinGroup', ({ request }) =>
      Promise.resolve({
        errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED,
        generation: -1,
        protocol: '',
        leaderId: '',
        memberId: request.memberId,
        members: [],
      }),
    );
    const a = await Worker.join('a');
    await a.until(() => a.heard.length > 0);
    expect(a.heard).toEqual(['failed: be a member of group app: the broker answered GROUP_AUTHORIZATION_FAILED']);
  });

  test('rejoins when the partitions of an input changed, if it leads', async () => {
    kafka = await KafkaFixture.start({ orders: 2 });
    const a = await Worker.join('a');
    await settle(a);
    kafka.fault(
      'Metadata',
      async ({ proceed }) => {
        const reply = await proceed();
        const [orders] = reply.topics;
        return {
          ...reply,
          topics: [{ ...orders, partitions: [...orders.partitions, { ...orders.partitions[0], partition: 2 }] }],
        };
      },
      Infinity,
    );
    await a.until(() => a.tasks.length === 3);
    expect(a.tasks).toEqual(['counts/0', 'counts/1', 'counts/2']);
  });

  test('leaves though nobody can be told', async () => {
    kafka = await KafkaFixture.start({ orders: 1 });
    const a = await Worker.join('a');
    await settle(a);
    kafka.fault('LeaveGroup', () => new Promise(() => undefined), Infinity);
    await a.membership.leave();
    expect((await a.membership.confirm()).tasks).toEqual([]);
  });

  test('that leaves while it joins does not keep the others waiting, though its first word was lost', async () => {
    kafka = await KafkaFixture.start({ orders: 4 });
    const a = await Worker.join('a');
    await settle(a);
    kafka.fault('LeaveGroup', ({ node }) => Promise.reject(timedOut(node, 'LeaveGroup')));
    const b = await Worker.join('b');
    const held = kafka.record('JoinGroup');
    while (!held.some(({ memberId }) => memberId !== '' && memberId !== a.assignment.memberId))
      await kafka.clock.sleep(1);
    await b.membership.leave();
    const left = kafka.clock.now();
    await kafka.clock.sleep(5_000);
    await a.membership.confirm();
    expect(a.tasks.length).toBe(4);
    expect(b.heard).toEqual([]);
    expect(kafka.clock.now() - left).toBeLessThan(9_000);
  });
});

describe('a confirmation', () => {
  test('asks the coordinator after the call, and does not wait for a heartbeat to be due', async () => {
    kafka = await KafkaFixture.start({ orders: 1 });
    const a = await Worker.join('a');
    await settle(a);
    await kafka.clock.sleep(100);
    const heartbeats = kafka.record('Heartbeat');
    const start = kafka.clock.now();
    expect(await a.membership.confirm()).toBe(a.assignment);
    expect(heartbeats.length).toBe(1);
    expect(kafka.clock.now() - start).toBeLessThan(100);
  });

  test('that was asked for while a heartbeat was under way is not given by that one', async () => {
    kafka = await KafkaFixture.start({ orders: 1 });
    const a = await Worker.join('a');
    await settle(a);
    const asked: Promise<GroupAssignment>[] = [];
    const heartbeats = kafka.record('Heartbeat');
    kafka.fault('Heartbeat', async ({ proceed }) => {
      const reply = await proceed();
      asked.push(a.membership.confirm());
      return reply;
    });
    await kafka.clock.sleep(1_100);
    expect(await Promise.all(asked)).toEqual([a.assignment]);
    expect(heartbeats.length).toBe(2);
  });

  test('waits through a rebalance, and tells what was assigned then', async () => {
    kafka = await KafkaFixture.start({ orders: 4 });
    const a = await Worker.join('a');
    await settle(a);
    const { generation } = a.assignment;
    const joins = kafka.record('JoinGroup');
    const b = await Worker.join('b');
    // b has joined with its id: the group rebalances from now on.
    while (joins.length < 2) await kafka.clock.sleep(1);
    await kafka.clock.sleep(1);
    const confirmed = await a.membership.confirm();
    expect(confirmed.generation).toBe(generation + 1);
    expect(confirmed.tasks.length).toBe(2);
    await settle(a, b);
  });

  test('tells a member that was taken for dead that it has no tasks any more', async () => {
    kafka = await KafkaFixture.start({ orders: 1 });
    const a = await Worker.join('a');
    await settle(a);
    const before: readonly TaskId[] = a.assignment.tasks;
    expect(before.length).toBe(1);
    await kafka.fake.link().send(1, 'LeaveGroup', { groupId: 'app', memberId: a.assignment.memberId });
    const rival = await Worker.join('rival');
    await settle(rival);
    await a.membership.confirm();
    expect(a.heard).toContain('lost');
    expect(allTasks(a, rival)).toEqual(['counts/0']);
  });
});

describe('mirrored offsets', () => {
  const at = (offset: number): { topic: string; partition: number; offset: number; metadata: string }[] => [
    { topic: 'orders', partition: 1, offset, metadata: 'm' },
  ];
  const read = (transport: KafkaTransport = kafka.transport): Promise<unknown> =>
    transport.groupOffsets('app', [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 1 },
    ]);

  test('are read as written; partitions without one are left out', async () => {
    kafka = await KafkaFixture.start({ orders: 2 });
    expect(await read()).toEqual([]);
    await kafka.transport.mirrorOffsets('app', at(5));
    expect(await read()).toEqual(at(5));
  });

  test('are written by a member of the group while it has members', async () => {
    kafka = await KafkaFixture.start({ orders: 2 });
    await settle(await Worker.join('a', { transport: kafka.transport }));
    await kafka.transport.mirrorOffsets('app', at(7));
    expect(await read()).toEqual(at(7));
  });

  test('from outside a group that has members are skipped, without an error', async () => {
    kafka = await KafkaFixture.start({ orders: 2 });
    await settle(await Worker.join('a'));
    await kafka.transport.mirrorOffsets('app', at(7));
    expect(await read()).toEqual([]);
  });

  test('find a coordinator that moved', async () => {
    kafka = await KafkaFixture.start({ orders: 2 }, { nodes: 2 });
    for (const node of [1, 2]) {
      kafka.fake.moveCoordinator('group', 'app', node);
      await kafka.transport.mirrorOffsets('app', at(node));
      expect(await read()).toEqual(at(node));
    }
  });
});
