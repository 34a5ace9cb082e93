import { partitionName } from '../../../src/core/task.ts';
import { CHANGELOG_CONFIG } from '../../../src/plan/topics.ts';
import { inputsOf } from '../cluster/at-rest.ts';
import type { KafkaNode } from '../cluster/kafka-node.ts';
import { SmallDisk } from '../cluster/small-disk.ts';
import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';
import { leaderOfSomeChangelog, someTransactionalId, untilInSync } from './kafka-targets.ts';

/** Brokers that die, stall, are restarted, run out of disk; and what an operator does to topics. */
export const KAFKA_FAULTS: readonly Fault[] = [
  fault(
    'kafka',
    'leader-kill',
    'SIGKILL of the leader of a changelog partition, which comes back after a while',
    async (injection) => {
      await killFor(injection, await leaderOfSomeChangelog(injection), injection.between(3_000, 12_000));
    },
  ),
  fault(
    'kafka',
    'leader-kill-quick',
    'SIGKILL of the leader of a changelog partition, which is started again at once',
    async (injection) => {
      await killFor(injection, await leaderOfSomeChangelog(injection), 0);
    },
  ),
  fault('kafka', 'txn-coordinator-kill', 'SIGKILL of the coordinator of a task’s transactions', async (injection) => {
    const node = await injection.cluster.kafka.coordinatorOf('transaction', someTransactionalId(injection));
    await killFor(injection, node, injection.between(3_000, 12_000));
  }),
  fault('kafka', 'group-coordinator-kill', 'SIGKILL of the coordinator of the topology’s group', async (injection) => {
    const node = await injection.cluster.kafka.coordinatorOf('group', injection.cluster.deployment.plan.name);
    await killFor(injection, node, injection.between(3_000, 12_000));
  }),
  fault('kafka', 'broker-stall', 'SIGSTOP of a broker for 8 s: its connections stay open', async (injection) => {
    await stallFor(injection, injection.oneOf(injection.cluster.kafka.nodes), 8_000);
  }),
  fault(
    'kafka',
    'broker-stall-short',
    'SIGSTOP of the coordinator of a task’s transactions for 1 to 4 s',
    async (injection) => {
      const node = await injection.cluster.kafka.coordinatorOf('transaction', someTransactionalId(injection));
      await stallFor(injection, node, injection.between(1_000, 4_000));
    },
  ),
  fault('kafka', 'brokers-stall-all', 'SIGSTOP of all brokers for 3 to 10 s', async (injection) => {
    const ms = injection.between(3_000, 10_000);
    await Promise.all(injection.cluster.kafka.nodes.map((node) => stallFor(injection, node, ms)));
  }),
  fault(
    'kafka',
    'brokers-rolling-restart',
    'all brokers shut down and started again in order, one after the other',
    async (injection) => {
      const { kafka } = injection.cluster;
      for (const node of injection.shuffled(kafka.nodes)) {
        injection.note(`broker ${node.id} is restarted`);
        await node.stop();
        await node.start();
        await kafka.untilInSync(injection.signal);
      }
    },
  ),
  fault(
    'kafka',
    'brokers-rolling-kill',
    'all brokers killed and started again, one after the other',
    async (injection) => {
      for (const node of injection.shuffled(injection.cluster.kafka.nodes)) await killFor(injection, node, 0);
    },
  ),
  fault(
    'kafka',
    'brokers-kill-two',
    'two brokers killed: what needs two copies cannot be written until they are back',
    async (injection) => {
      const { kafka } = injection.cluster;
      const victims = injection.shuffled(kafka.nodes).slice(0, 2);
      injection.note(`brokers ${victims.map(({ id }) => id).join(' and ')} are killed`);
      await Promise.all(victims.map((node) => node.kill()));
      await injection.wait(injection.between(5_000, 15_000));
      await back(injection, victims);
    },
  ),
  fault('kafka', 'brokers-kill-all', 'all brokers killed at once and started again', async (injection) => {
    const { nodes } = injection.cluster.kafka;
    injection.note('all brokers are killed');
    await Promise.all(nodes.map((node) => node.kill()));
    await back(injection, nodes);
  }),
  fault(
    'kafka',
    'leaders-move',
    'every partition of all inputs and changelogs gets another leader, twice',
    async (injection) => {
      for (let round = 0; round < 2; round++) {
        for (const topic of topicsOf(injection)) await moveLeaders(injection, topic);
        await injection.wait(injection.between(1_000, 4_000));
      }
    },
  ),
  fault(
    'kafka',
    'compaction-during-rebuild',
    'changelogs are compacted while their states are rebuilt from them',
    compactDuringRebuild,
    {
      compacts: true,
    },
  ),
  fault(
    'kafka',
    'disk-full',
    'the disk of one broker is full: it dies of it, and comes back with more room',
    async (injection) => {
      const node = injection.oneOf(injection.cluster.kafka.nodes);
      const disk = await SmallDisk.under(node);
      try {
        await injection.cluster.kafka.untilInSync(injection.signal);
        injection.note(`the disk of broker ${node.id} is filled`);
        await disk.fill();
        await injection.wait(injection.between(8_000, 12_000));
        injection.note(`broker ${node.id} ${await disk.empty()}`);
      } finally {
        await disk.remove();
      }
      await back(injection, []);
    },
  ),
  fault(
    'kafka',
    'source-grows',
    'the source gets more partitions while the topology runs, and the workers are restarted: tasks would change under the state',
    async (injection) => {
      const { cluster } = injection;
      const [source] = cluster.deployment.plan.subTopologies.flatMap(({ input }) =>
        input.kind === 'source' ? [input] : [],
      );
      injection.note(`${source.topic} grows by two partitions`);
      await cluster.kafka.changes.grow(source.topic, cluster.deployment.partitions + 2);
      await injection.wait(10_000);
      for (const slot of cluster.slots) {
        await slot.stop();
        await slot.start();
      }
      injection.note('the workers were restarted');
      await injection.wait(10_000);
    },
    { refuses: 'PARTITIONS_CHANGED' },
  ),
];

function topicsOf({ cluster }: Injection): string[] {
  const { plan, partitions } = cluster.deployment;
  const inputs = inputsOf(plan, partitions).map(({ topic }) => topic);
  return [...new Set([...inputs, ...plan.subTopologies.map(({ changelogTopic }) => changelogTopic)])];
}

async function killFor(injection: Injection, node: KafkaNode, ms: number): Promise<void> {
  injection.note(`broker ${node.id} is killed`);
  await node.kill();
  await injection.wait(ms);
  await back(injection, [node]);
}

async function stallFor(injection: Injection, node: KafkaNode, ms: number): Promise<void> {
  injection.note(`broker ${node.id} stalls for ${Math.round(ms)} ms`);
  node.pause();
  try {
    await injection.wait(ms);
  } finally {
    node.resume();
    injection.note(`broker ${node.id} goes on`);
  }
}

/** Starts the nodes again and waits until nothing lacks a copy. */
async function back(injection: Injection, nodes: readonly KafkaNode[]): Promise<void> {
  for (const { id } of nodes) injection.note(`broker ${id} starts again`);
  await Promise.all(nodes.map((node) => node.start()));
  await untilInSync(injection);
}

/**
 * Takes the leader's copy of every partition away, so that another has to lead, and gives it back as the last in the order. Ends when all
 * copies are there again.
 */
async function moveLeaders(injection: Injection, topic: string): Promise<void> {
  const { kafka } = injection.cluster;
  const [described] = await kafka.describe([topic]);
  const orders = described.partitions.map(({ partition, leader, replicas }) => {
    const others = injection.shuffled(replicas.filter((id) => id !== leader));
    return { partition, others, all: [...others, leader] };
  });
  injection.note(
    `the leaders of ${topic} move: ${orders.map((o) => partitionName({ topic, partition: o.partition })).join(' ')}`,
  );
  await kafka.changes.place(topic, new Map(orders.map(({ partition, others }) => [partition, others])));
  await untilPlaced(injection, topic, orders[0].others.length);
  await kafka.changes.place(topic, new Map(orders.map(({ partition, all }) => [partition, all])));
  await untilPlaced(injection, topic, orders[0].all.length);
}

async function untilPlaced(injection: Injection, topic: string, copies: number): Promise<void> {
  for (;;) {
    const [described] = await injection.cluster.kafka.describe([topic]);
    const placed = described?.partitions.every(({ replicas, inSyncReplicas, leader }) => {
      return replicas.length === copies && inSyncReplicas.length === copies && leader >= 0;
    });
    if (placed === true) return;
    await injection.wait(100);
  }
}

/** Small segments that are dirty at once: whatever a rebuild reads goes away under it, but for the last value of each key. */
async function compactDuringRebuild(injection: Injection): Promise<void> {
  const { cluster } = injection;
  const changelogs = cluster.deployment.plan.subTopologies.map(({ changelogTopic }) => changelogTopic);
  const eager = { 'segment.ms': '500', 'min.cleanable.dirty.ratio': '0.01', 'max.compaction.lag.ms': '1000' };
  injection.note('changelogs are compacted as they are written');
  for (const topic of changelogs) await cluster.kafka.changes.configure(topic, { ...CHANGELOG_CONFIG, ...eager });
  try {
    for (let i = 0; i < 3; i++) {
      await injection.wait(5_000);
      injection.note('Redis loses everything');
      await cluster.redis.primary.use((redis) => redis.flushall());
    }
    await injection.wait(5_000);
  } finally {
    for (const topic of changelogs) await cluster.kafka.changes.configure(topic, CHANGELOG_CONFIG);
    injection.note('changelogs are as before');
  }
}
