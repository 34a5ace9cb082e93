import { Redis } from 'ioredis';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Transaction } from '../../src/core/transport.ts';
import { judgeCluster } from '../faults/judge/judge.ts';
import { RestedRun, type WrittenRecord } from '../faults/judge/rested-run.ts';
import type { Invariant, Violation } from '../faults/workload/evidence.ts';
import { suiteTempDir } from '../support/temp-dir.ts';

const NAME = 'judged';
const PARTITIONS = 3;

/** What a damage has to be found as. */
type Expected = readonly [invariant: Invariant, where: RegExp, what: RegExp];

describe.skipIf(inject('kafka') === null || inject('redis') === null)('the independent judge', () => {
  const dir = suiteTempDir();
  let run: RestedRun;
  let kafka: Kafka;
  let redis: Redis;
  /** What was found before the damage of a test: damage of logs stays. */
  let known: readonly Violation[] = [];

  beforeAll(async () => {
    run = await RestedRun.in(dir);
    kafka = new Kafka({ brokers: [run.judged.brokers], logLevel: logLevel.NOTHING });
    redis = new Redis(run.judged.redis ?? '');
  }, 240_000);

  afterAll(async () => {
    redis.disconnect();
    await run.close();
  });

  /** Brokers delete nothing from a topic that is only compacted. */
  async function allowDeletion(topic: string): Promise<void> {
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [{ name: 'cleanup.policy', value: 'compact,delete' }];
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
    await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    await admin.disconnect();
  }

  /** Judges, and expects each of these among what was not found before. */
  async function expectFound(damages: readonly Expected[]): Promise<void> {
    const verdict = await judgeCluster(run.judged);
    const before = new Set(known.map((each) => JSON.stringify(each)));
    const found = verdict.violations.filter((each) => !before.has(JSON.stringify(each)));
    known = verdict.violations;
    for (const [invariant, where, what] of damages) {
      const matching = found.filter((each) => where.test(each.where) && what.test(each.what));
      const seen = `${String(where)} ${String(what)} among\n${found.map((v) => `${v.invariant} ${v.where}: ${v.what}`).join('\n')}`;
      expect(
        matching.map((each) => each.invariant),
        seen,
      ).toContain(invariant);
    }
  }

  test('finds nothing wrong with a run that is right, and looks at all of it', async () => {
    const { violations, counts } = await judgeCluster(run.judged);
    expect(violations).toEqual([]);
    const { events, lines } = run.load;
    expect(counts).toMatchObject({ events: events.length, lines: lines.length });
    expect(counts.outputs).toMatchObject({
      [`${NAME}-copies`]: events.length,
      [`${NAME}-large`]: events.filter(({ amount }) => amount >= 50).length,
      [`${NAME}-line-copies`]: lines.length,
    });
    expect(counts.claims).toBeGreaterThanOrEqual(2 * 5 * PARTITIONS);
    expect(counts.commits).toBeGreaterThan(5 * PARTITIONS);
    expect(counts.redisEntries).toBe(counts.stateEntries);
    expect(counts.stateEntries).toBeGreaterThan(new Set(events.map(({ user }) => user)).size);
  });

  test('finds every damage of a copy in Redis', async () => {
    const [meta0, meta1, meta2] = (await Promise.all(
      [0, 1, 2].map(async (p) => (await redis.keys(`{${NAME}:events:${p}:*}:meta`))[0]),
    )) as [string, string, string];
    const totals = async (meta: string): Promise<string> =>
      `${meta.slice(0, -'meta'.length)}${await redis.hget(meta, 'incarnation')}:userTotals:0`;
    const [bucket0, bucket1, bucket2] = [await totals(meta0), await totals(meta1), await totals(meta2)];
    const touched = [meta0, meta1, meta2, bucket0, bucket1, bucket2];
    const saved = await Promise.all(touched.map((key) => redis.dumpBuffer(key)));
    const stray = `${meta0.slice(0, -'meta'.length)}0123456789ab:userTotals:0`;

    await redis.hset(bucket0, (await redis.hkeys(bucket0))[0], 'foreign');
    await redis.hset(stray, 'field', 'value');
    await redis.hset(meta0, 'position', Number(await redis.hget(meta0, 'position')) - 2);
    await redis.hdel(bucket1, (await redis.hkeys(bucket1))[0]);
    await redis.hset(meta1, 'entries:userWindows@60000000', 1, 'generation', 999_999);
    await redis.hset(bucket2, '0000another', 'value');
    await redis.hset(meta2, 'logId', 'another', 'entries:userTotals', 7, 'damaged', 1);
    const escaped = (text: string): RegExp => new RegExp(text.replace(/[{}.]/g, '\\$&'));
    await expectFound([
      ['I2', escaped(bucket0), /another value/],
      ['I2', escaped(stray), /belongs to no task/],
      ['I2', escaped(meta0), /is at position/],
      ['I2', escaped(bucket1), /is missing/],
      ['I2', escaped(meta1), /userWindows@60000000/],
      ['I2', escaped(meta1), /generation 999999, which nobody claimed/],
      ['I2', escaped(bucket2), /is not in the changelog/],
      ['I2', escaped(meta2), /log another/],
      ['I2', escaped(meta2), /entries:userTotals = 7/],
      ['I2', escaped(meta2), /marked as damaged/],
    ]);

    await redis.del(meta0);
    await expectFound([['I2', /^events\/0$/, /expected one copy, found \[\]/]]);

    await redis.del(stray);
    for (const [i, key] of touched.entries()) await redis.restore(key, 0, saved[i], 'REPLACE');
    expect((await judgeCluster(run.judged)).violations).toEqual([]);
    known = [];
  });

  test('finds records of outputs that are doubled, foreign, altered, out of place or replayed', async () => {
    const [copies, large, totals, windows, tens] = await Promise.all(
      ['-copies', '-large', '-totals', '-windows', '-tens'].map((output) => run.read(`${NAME}${output}`)),
    );
    const small = run.load.events.find(({ amount }) => amount < 50)!;
    const edited = (record: WrittenRecord, change: (row: Record<string, number>) => void): string => {
      const row = JSON.parse(record.value) as Record<string, number>;
      change(row);
      return JSON.stringify(row);
    };
    await run.inTransaction((transaction) => {
      const append = (output: string, { partition, timestamp, key }: WrittenRecord, value: string | null): void =>
        transaction.append(`${NAME}-${output}`, partition, timestamp, key, value, null);
      append('copies', copies[0], copies[0].value);
      append(
        'copies',
        { ...copies[1], partition: (copies[1].partition + 1) % PARTITIONS },
        edited(copies[1], (row) => (row.id = 1_000_000)),
      );
      const { id, user, amount } = small;
      append('large', { ...large[0], key: user }, JSON.stringify({ id, user, amount }));
      append('totals', totals[0], totals[0].value);
      append(
        'totals',
        totals.at(-1)!,
        edited(totals.at(-1)!, (row) => row.n++),
      );
      append('windows', windows[0], windows[0].value);
      append(
        'windows',
        windows[1],
        edited(windows[1], (row) => row.n--),
      );
      append(
        'windows',
        windows[2],
        edited(windows[2], (row) => row.total++),
      );
      append('tens', tens[0], tens[0].value);
    });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: `${NAME}-line-copies`, messages: [{ partition: 0, value: 'no line of ours' }] });
    await producer.disconnect();

    await expectFound([
      ['I1', /-copies-/, /for the second time/],
      ['I1', /-copies-/, /id 1000000 does not belong here/],
      ['I1', /-large-/, new RegExp(`id ${small.id} does not belong here`)],
      ['I1', /-totals-/, /goes from/],
      ['I2', /-totals key/, /expected/],
      ['I4', /-totals key/, /with which no committed batch ended/],
      ['I1', /-windows-/, /is also at/],
      ['I8', /-windows-/, /expected/],
      ['I2', /-windows-/, /expected/],
      ['I1', /-tens-/, /is also at/],
      ['I4', /-copies-/, /committed an output, and writes no changelog/],
      ['I1', /-line-copies-/, /not a record of this output/],
      ['I4', /-line-copies-0/, /outside any transaction/],
    ]);
  });

  test('finds transactions that are less or more than one batch of their task', async () => {
    const copies = (await run.read(`${NAME}-copies`)).filter(({ partition }) => partition === 0);
    const [first, later] = [copies[0], copies.find(({ timestamp }) => timestamp > copies[0].timestamp)!];
    const commit = (await run.read(`${NAME}.lines.changelog`)).findLast(({ key }) => key === '\0commit')!;
    const append = (topic: string, record: WrittenRecord) => (transaction: Transaction) =>
      transaction.append(topic, record.partition, record.timestamp, record.key, record.value, null);
    const again = append(`${NAME}-copies`, first);
    const ofLater = append(`${NAME}-copies`, later);
    const commitAgain = append(`${NAME}.lines.changelog`, commit);
    const ofTask = (id: string, ...appends: readonly ((transaction: Transaction) => void)[]): Promise<void> =>
      run.inTransaction((transaction) => appends.forEach((each) => each(transaction)), 'commit', `${NAME}.${id}`);

    await ofTask('events.0', again);
    await ofTask('events.0', again, ofLater);
    await ofTask(`lines.${commit.partition}`, commitAgain, commitAgain);
    // A row of the word `w1`, 63 times.
    const row = Buffer.from([1, 5, 2, 0x77, 0x31, 3, 126]);
    await ofTask('lines.0', (transaction) =>
      transaction.append(`${NAME}.wordCounts.repartition`, 0, first.timestamp, 'sw1\0', row, null),
    );
    await expectFound([
      ['I4', /-copies-0 offset/, /events\/0 has 1 commits of the batch time \d+, this is transaction number 2 of it/],
      ['I4', /-copies-0 offset/, /one transaction of several batches/],
      ['I4', /lines\.changelog-\d offset/, /a committed transaction with 2 ownership records/],
      ['I3', /lines\.changelog-\d offset/, /has batchId/],
      ['I4', /wordCounts\.repartition-\d offset/, /no committed batch has this row/],
    ]);
  });

  test('finds input that nobody processed, and output without a commit', async () => {
    const extra = run.load.nextEvents(20);
    await run.feed(extra);
    const { partition, value, key } = extra.find((each) => /"amount":[5-9]\d/.test(each.value))!;
    const { id, user, amount } = JSON.parse(value) as { id: number; user: string; amount: number };
    const copy = JSON.stringify({ id, user, amount });
    const writeCopy = (transaction: Transaction): void =>
      transaction.append(`${NAME}-copies`, partition, Math.floor(systemClock.now()), key, copy, null);
    await run.inTransaction(writeCopy, 'commit', `${NAME}.events.${partition}`);
    const where = new RegExp(`-events-${partition} `);
    await expectFound([
      ['I6', where, /records were never taken by a batch/],
      ['I1', /-copies$/, /is missing/],
      ['I1', /-large$/, /is missing/],
      ['I2', /-totals key/, /expected/],
      [
        'I4',
        new RegExp(`\\.events\\.changelog-${partition}$`),
        /-copies has id \d+, at offset \d+ of an input committed to/,
      ],
      ['I4', new RegExp(`-copies-${partition} offset`), /one transaction has records of no batch/],
      ['I4', new RegExp(`-copies-${partition} offset`), /has 0 commits of the batch time/],
    ]);
  });

  test('finds every break of the chain of a changelog', async () => {
    const log = await run.read(`${NAME}.events.changelog`);
    const lastOf = (partition: number, key: string): WrittenRecord =>
      log.filter((each) => each.partition === partition && each.key === key).at(-1)!;
    type Said = Record<string, unknown> & { inputs: Record<string, number>; batchId: number; generation: number };
    const append = (partition: number, key: string, value: string | null) => (transaction: Transaction) =>
      transaction.append(`${NAME}.events.changelog`, partition, Math.floor(systemClock.now()), key, value, null);

    // Two owners at once: the same commit record for a second time.
    const twice = lastOf(0, '\0commit');
    await run.inTransaction(append(0, twice.key!, twice.value));
    // A batch that says to have read what the outputs do not have.
    const commit = lastOf(1, '\0commit');
    const said = JSON.parse(commit.value) as Said;
    const inputs = { [`${NAME}-events`]: said.inputs[`${NAME}-events`] + 3 };
    const generation = said.generation - 1;
    const torn = JSON.stringify({ ...said, generation, position: commit.offset, batchId: said.batchId + 1, inputs });
    await run.inTransaction(append(1, '\0commit', torn));
    // State without a commit record, and something that is neither.
    await run.inTransaction((transaction) => {
      append(2, '\x01userTotals\0snobody\0', 'no row')(transaction);
      append(2, 'neither', 'x')(transaction);
    });
    await expectFound([
      ['I3', /changelog-0 offset/, /has position/],
      ['I3', /changelog-0 offset/, /has batchId/],
      ['I3', /changelog-1 offset/, /has generation/],
      ['I4', /changelog-1 offset/, /the outputs have \d+ of \d+ records/],
      ['I3', /changelog-2 offset/, /1 changes of state behind the last commit record/],
      ['I3', /changelog-2 offset/, /a foreign record: neither/],
      ['I4', /changelog-2 offset/, /a committed transaction with 0 ownership records, none at its end/],
      ['I3', /changelog-\d offset/, /producer \d+ writes to/],
    ]);

    // A claim that goes back, over a log whose beginning is gone.
    const claim = JSON.parse(lastOf(0, '\0claim').value) as Said;
    const back = JSON.stringify({ ...claim, logId: 'another', batchTimeMs: 1, inputs: { [`${NAME}-events`]: 0 } });
    await run.inTransaction(append(0, '\0claim', back));
    await allowDeletion(`${NAME}.lines.changelog`);
    await run.transport.topics.deleteRecords([{ topic: `${NAME}.lines.changelog`, partition: 0, offset: 3 }]);
    await expectFound([
      ['I3', /events\.changelog-0 offset/, /inputs goes back from \d+ to 0/],
      ['I3', /events\.changelog-0 offset/, /batchTimeMs goes back/],
      ['I3', /events\.changelog-0 offset/, /is of another log/],
      ['I3', /lines\.changelog-0$/, /the log begins only at offset 3/],
    ]);
  });

  test('finds offsets of the group that are not those of the last commit records, and transactions that hang', async () => {
    const admin = kafka.admin();
    await admin.connect();
    const topic = `${NAME}-lines`;
    await admin.setOffsets({ groupId: NAME, topic, partitions: [{ partition: 0, offset: '1' }] });
    await admin.disconnect();
    await run.inTransaction(
      (transaction) => transaction.append(`${NAME}-tens`, 0, Math.floor(systemClock.now()), null, '{}', null),
      'none',
    );
    await expectFound([
      ['I5', /-lines-0$/, /the group is at 1/],
      ['I5', /-lines-0$/, /written by somebody else/],
      ['I6', /-tens-0$/, /last stable offset/],
      ['I6', /-tens-0 offset/, /has not ended its transaction/],
    ]);
  });

  test('judges nothing that is not there', async () => {
    await expect(judgeCluster({ ...run.judged, topology: 'nobody' })).rejects.toThrow('there is no topic');
  });
});
