import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recoveryOf } from '../../src/core/errors.ts';
import type { TransactionalProducer } from '../../src/core/transport.ts';
import type { ApiName } from '../../src/kafka/api.ts';
import { disconnected, timedOut } from '../../src/kafka/fake-broker/fake-link.ts';
import { KafkaFixture } from './support/kafka-fixture.ts';

const ID = 'app.counts.0';
const PARTITIONS = [0, 1, 2];
const BATCHES = 12;
const OUTAGE_MS = 15_000;

const FAULTS = {
  none: 'nothing happens',
  lost: 'the request is lost',
  unanswered: 'the reply is lost',
  twice: 'the request is carried out twice',
  held: 'the request is held back, and arrives some time later',
  arrives: 'what was held back arrives, just before the request',
  leaders: 'the partitions move to other leaders',
  coordinator: 'the id moves to another coordinator',
  outage: 'no reply comes through for longer than a transaction may last',
} as const;
type Fault = keyof typeof FAULTS;

const faults = (...some: Fault[]): fc.Arbitrary<Fault[]> =>
  fc.array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constant('none' as const) },
      { weight: 3, arbitrary: fc.constantFrom(...some) },
    ),
    {
      minLength: 20,
      maxLength: 40,
    },
  );

/** What becomes of the first, second, … request of each API. */
const script = fc.record({
  InitProducerId: faults('lost', 'unanswered', 'twice', 'held', 'arrives', 'coordinator'),
  AddPartitionsToTxn: faults('lost', 'unanswered', 'twice', 'held', 'arrives', 'coordinator'),
  Produce: faults('lost', 'unanswered', 'twice', 'held', 'arrives', 'leaders', 'outage'),
  EndTxn: faults('lost', 'unanswered', 'twice', 'held', 'coordinator', 'outage'),
  /** Before which batches another owner does a batch of its own and goes away, unseen by the first. */
  otherOwner: fc.array(fc.constantFrom(true, ...Array<false>(9).fill(false)), {
    minLength: BATCHES,
    maxLength: BATCHES,
  }),
});
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

function plant(kafka: KafkaFixture, faultsOf: Partial<Record<ApiName, Fault[]>>): void {
  const held: (() => Promise<unknown>)[] = [];
  let turn = 0;
  let outageUntil = 0;
  kafka.fake.intercept(async (node, api, _request, proceed) => {
    const next = faultsOf[api]?.shift() ?? 'none';
    const elsewhere = 1 + (++turn % 3);
    if (next === 'lost') throw disconnected(node, api);
    if (next === 'held') held.push(proceed);
    if (next === 'held') throw timedOut(node, api);
    if (next === 'arrives') for (const deliver of held.splice(0)) await deliver().catch(() => undefined);
    if (next === 'leaders') for (const partition of PARTITIONS) kafka.fake.moveLeader('counts', partition, elsewhere);
    if (next === 'coordinator') kafka.fake.moveCoordinator('transaction', ID, elsewhere);
    if (next === 'outage') outageUntil = kafka.clock.now() + OUTAGE_MS;
    if (next === 'twice') await proceed();
    const reply = await proceed();
    if (next === 'unanswered' || (faultsOf[api] !== undefined && kafka.clock.now() < outageUntil))
      throw timedOut(node, api);
    return reply;
  });
}

/** How many batches are committed: what a task reads from its changelog after it took the id over. */
const committedBatches = async (kafka: KafkaFixture): Promise<number> => (await kafka.committed('counts', 0)).length;

async function write(producer: TransactionalProducer, batch: number): Promise<void> {
  const transaction = await producer.begin();
  try {
    for (const partition of PARTITIONS) transaction.append('counts', partition, 1, null, String(batch), null);
    await transaction.send();
    await transaction.commit();
  } finally {
    await transaction.abort();
  }
}

async function run({ otherOwner, ...faultsOf }: Script): Promise<string[][]> {
  const kafka = await KafkaFixture.start({ counts: PARTITIONS.length }, { nodes: 3 });
  try {
    for (const partition of PARTITIONS) kafka.fake.moveLeader('counts', partition, partition + 1);
    plant(kafka, faultsOf);
    let producer = await kafka.open(ID);
    let batch = 0;
    while (batch < BATCHES) {
      if (otherOwner.shift() === true) {
        const other = await kafka.open(ID, kafka.another());
        const done = await committedBatches(kafka);
        if (done < BATCHES) await write(other, done).catch(() => undefined);
      }
      try {
        await write(producer, batch);
        batch++;
      } catch (error) {
        if (recoveryOf(error) === 'aborted') continue;
        if (recoveryOf(error) !== 'unknown' && recoveryOf(error) !== 'fenced') throw error;
        producer = await kafka.open(ID);
        batch = await committedBatches(kafka);
      }
    }
    return await Promise.all(PARTITIONS.map((partition) => kafka.committed('counts', partition)));
  } finally {
    await kafka.close();
  }
}

test('every batch is committed once, in order, in all partitions, whatever becomes of requests and replies', async () => {
  const expected = Array.from({ length: BATCHES }, (_, batch) => String(batch));
  await fc.assert(
    fc.asyncProperty(script, async (faultsOf) => {
      for (const values of await run(structuredClone(faultsOf))) expect(values).toEqual(expected);
    }),
    { numRuns: 100 },
  );
}, 120_000);
