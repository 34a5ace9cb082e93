import { crc32c } from '@node-rs/crc32';
import { encodeControlBatch, writeBatchCrc } from '../../src/kafka/record-batch/encode.ts';
import * as layout from '../../src/kafka/record-batch/layout.ts';
import { describeFetch, type Producer } from './client.ts';
import type { Script } from './script.ts';

const HOUR_MS = 3_600_000;

/** Produce outside any transaction: offsets, idempotence, and what a broker refuses. */
export const produce: Script = async (client, note) => {
  const topic = await client.createTopic('produce');
  note('first batch', await client.produce(topic, client.batch(3)));
  note('second batch', await client.produce(topic, client.batch(2)));

  const producer = await client.init(client.name('producer'));
  const send = (sequence: number, count = 2, by: Producer = producer): Promise<[number, number]> =>
    client.produce(topic, client.batch(count, { producer: by, sequence }));
  note('first sequence', await send(0));
  note('sent again', await send(0));
  note('next sequence', await send(2));
  note('first sequence sent again', await send(0));
  note('a gap in the sequence', await send(6));
  note('an overlapping sequence', await send(3));
  for (let sequence = 4; sequence < 14; sequence += 2) await send(sequence);
  note('sent again within the last five', await send(4));
  note('sent again behind the last five', await send(2));

  const later = { ...producer, epoch: producer.epoch + 1 };
  note('a later epoch in mid-sequence', await send(14, 2, later));
  note('a later epoch from its start', await send(0, 2, later));
  note('the epoch before', await send(14));
  note('the later epoch goes on', await send(2, 2, later));

  const stranger = { ...producer, producerId: producer.producerId + 1_000_000 };
  note('an unknown producer in mid-sequence', await send(77, 2, stranger));
  note('the unknown producer goes on', await send(79, 2, stranger));
  const last = { ...producer, producerId: producer.producerId + 2_000_000 };
  note('just below the largest sequence', await send(2 ** 31 - 2, 1, last));
  note('a batch over the largest sequence', await send(2 ** 31 - 1, 2, last));
  note('behind the wrap', await send(1, 1, last));
  note('over the wrap sent again', await send(2 ** 31 - 1, 2, last));

  const broken = client.batch(2);
  broken[broken.length - 1] ^= 1;
  note('a damaged batch', await client.produce(topic, broken));
  note('two batches at once', await client.produce(topic, Buffer.concat([client.batch(1), client.batch(1)])));
  note('a batch too large', await client.produce(topic, client.batch(1, { value: 'x'.repeat(1_100_000) })));
  const marker = {
    type: 'commit',
    producerId: 1,
    epoch: 0,
    timestampMs: client.clock.now(),
    coordinatorEpoch: 0,
  } as const;
  note('a control batch', await client.produce(topic, encodeControlBatch(marker)));
  const miscounted = client.batch(2);
  miscounted.writeInt32BE(5, layout.LAST_OFFSET_DELTA);
  writeBatchCrc(miscounted);
  note('a batch with a wrong offset delta', await client.produce(topic, miscounted));
  note('a producer without a sequence', await send(-1));
  note('a record of the far future', await client.produce(topic, client.batch(1, { ageMs: 2 * HOUR_MS })));
  note('a record of the near future', await client.produce(topic, client.batch(1, { ageMs: HOUR_MS / 2 })));
  note('a record of long ago', await client.produce(topic, client.batch(1, { ageMs: -1_000 * HOUR_MS })));
  note('what is there', describeFetch(await client.fetch(topic, 0)));

  const compacted = await client.createTopic('compacted', { 'cleanup.policy': 'compact' });
  note('no key on a compacted topic', await client.produce(compacted, client.batch(1, { key: null })));
  note('a key on a compacted topic', await client.produce(compacted, client.batch(1)));

  const stamped = await client.createTopic('stamped', { 'message.timestamp.type': 'LogAppendTime' });
  note('append time takes any time', await client.produce(stamped, client.batch(1, { ageMs: 9_000 * HOUR_MS })));
  const { records } = await client.fetch(stamped, 0);
  note('append time is flagged', describeFetch(await client.fetch(stamped, 0)));
  note('the checksum is right', crc32c(records.subarray(layout.ATTRIBUTES)) === records.readUInt32BE(layout.CRC));

  const small = await client.createTopic('small', { 'max.message.bytes': '100' });
  note('a batch over the limit of the topic', await client.produce(small, client.batch(10)));
  const old = await client.createTopic('bounded', { 'message.timestamp.before.max.ms': String(HOUR_MS) });
  note('a record too old for the topic', await client.produce(old, client.batch(1, { ageMs: -2 * HOUR_MS })));
};
