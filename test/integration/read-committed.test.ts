import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { readCommitted } from '../support/read-committed.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

describeWithServices('the independent reader', ['kafka'], ({ kafka: broker }) => {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });

  test('shows committed records with everything they carry, and hides aborted ones', async () => {
    const topic = uniqueName('read-committed');
    const admin = kafka.admin();
    await admin.connect();
    // The records are old, which the broker's retention must not see.
    const configEntries = [{ name: 'retention.ms', value: '-1' }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }] });
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const write = async (messages: Parameters<typeof producer.send>[0]['messages'], commit: boolean) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages });
      await (commit ? transaction.commit() : transaction.abort());
    };

    await write([{ partition: 0, key: 'aborted', value: 'x' }], false);
    await write(
      [
        { partition: 1, key: Buffer.from([0xff, 0x00]), value: null, timestamp: '1000' },
        { partition: 0, key: 'ä"\n', value: '', timestamp: '2000', headers: { h: 'v', raw: Buffer.from([0xfe]) } },
      ],
      true,
    );
    await write([{ partition: 0, key: 'aborted', value: 'y' }], false);
    await producer.disconnect();
    await admin.disconnect();

    expect(await readCommitted(broker, topic)).toEqual([
      {
        partition: 0,
        offset: 2,
        timestamp: 2000,
        key: 'ä"\n',
        value: '',
        headers: [
          { name: 'h', value: 'v' },
          { name: 'raw', value: 'base64:/g==' },
        ],
      },
      { partition: 1, offset: 0, timestamp: 1000, key: 'base64:/wA=', value: null, headers: [] },
    ]);
  });

  test('fails on a topic that does not exist, rather than finding it empty', async () => {
    await expect(readCommitted(broker, uniqueName('nowhere'))).rejects.toThrow();
  });
});
