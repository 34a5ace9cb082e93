import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';
import { leaderOfSomeChangelog, someTransactionalId, untilInSync } from './kafka-targets.ts';

/** Longer than brokers wait for a sign of life of each other, and than a transaction may last. */
const longEnough = (injection: Injection): number => injection.between(8_000, 16_000);

/** Brokers that do not reach each other, while clients reach all of them: one may lead, or coordinate, what another one does by now. */
export const PARTITION_FAULTS: readonly Fault[] = [
  parted(
    'leader-apart',
    'the leader of a changelog partition and the other brokers do not reach each other',
    async (injection) => {
      const { id } = await leaderOfSomeChangelog(injection);
      return others(injection, id).map((other) => [id, other] as const);
    },
  ),
  parted(
    'txn-coordinator-apart',
    'the coordinator of a task’s transactions and the other brokers do not reach each other',
    async (injection) => {
      const { id } = await injection.cluster.kafka.coordinatorOf('transaction', someTransactionalId(injection));
      return others(injection, id).map((other) => [id, other] as const);
    },
  ),
  parted('brokers-in-a-line', 'two brokers do not reach each other, and both reach the third', (injection) => {
    const [one, other] = injection.shuffled(idsOf(injection));
    return Promise.resolve([[one, other]]);
  }),
  parted('brokers-apart', 'no broker reaches another one', (injection) => {
    const ids = idsOf(injection);
    return Promise.resolve(
      ids.flatMap((one) => ids.filter((other) => other > one).map((other) => [one, other] as const)),
    );
  }),
];

const idsOf = ({ cluster }: Injection): number[] => cluster.kafka.nodes.map(({ id }) => id);

const others = (injection: Injection, id: number): number[] => idsOf(injection).filter((other) => other !== id);

function parted(
  name: string,
  about: string,
  pairsOf: (injection: Injection) => Promise<readonly (readonly [number, number])[]>,
): Fault {
  return fault(
    'partition',
    name,
    `${about}, for 8 to 16 s; clients reach all`,
    async (injection) => {
      const { namespaces } = injection.cluster.kafka;
      const pairs = await pairsOf(injection);
      injection.note(`brokers are parted: ${pairs.map((pair) => pair.join(' and ')).join(', ')}`);
      try {
        for (const [one, other] of pairs) await namespaces.part(one, other);
        await injection.wait(longEnough(injection));
      } finally {
        await namespaces.joinAll();
        injection.note('they reach each other again');
      }
      await untilInSync(injection);
    },
    { needsNamespaces: true },
  );
}
