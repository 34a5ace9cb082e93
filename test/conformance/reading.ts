import { describeFetch } from './client.ts';
import type { Script } from './script.ts';

/** Fetch: where it begins, how much it gives, how long it waits. */
export const fetching: Script = async (client, note) => {
  const topic = await client.createTopic('fetching');
  note('an empty partition', describeFetch(await client.fetch(topic, 0)));
  note('beyond the end of nothing', describeFetch(await client.fetch(topic, 1)));
  for (const count of [3, 4, 5]) await client.produce(topic, client.batch(count));
  note('from the start', describeFetch(await client.fetch(topic, 0)));
  note('from the middle of a batch', describeFetch(await client.fetch(topic, 5)));
  note('from the end', describeFetch(await client.fetch(topic, 12)));
  note('beyond the end', describeFetch(await client.fetch(topic, 13)));
  note('below the start', describeFetch(await client.fetch(topic, -1)));
  note('at least one batch', describeFetch(await client.fetch(topic, 0, { maxBytes: 1 })));
  note('no more than asked', describeFetch(await client.fetch(topic, 0, { maxBytes: 250 })));

  const waiting = client.fetch(topic, 12, { maxWaitMs: 20_000 });
  note('appended meanwhile', await client.produce(topic, client.batch(2)));
  note('the wait ends with the append', describeFetch(await waiting));
  note('the wait ends without any', describeFetch(await client.fetch(topic, 14, { maxWaitMs: 50 })));

  const producer = await client.init(client.name('task'));
  await client.addPartitions(producer, { [topic]: [0] });
  const stable = client.fetch(topic, 14, { maxWaitMs: 20_000 });
  const batch = client.batch(2, { producer, sequence: 0, transactional: true });
  note('an open transaction', await client.produce(topic, batch, producer.transactionalId));
  await client.endTxn(producer, true);
  const committed = await stable;
  note('the wait ends with the commit', describeFetch(committed));
  await client.until(
    () => client.offsets(topic),
    ([, lastStable, end]) => lastStable === end,
  );
};

/** ListOffsets and DeleteRecords. */
export const offsets: Script = async (client, note) => {
  const { link } = client;
  const topic = await client.createTopic('offsets');
  note('of an empty topic', await client.offsets(topic));
  const base = client.clock.now() - 1_000_000;
  for (const ms of [100, 300, 200, 500]) await client.produce(topic, client.batch(2, { atMs: base + ms }));
  for (const ms of [0, 100, 101, 201, 301, 500, 501]) {
    note(`first at or after ${ms}`, await client.listOffset(topic, base + ms));
  }
  const producer = await client.init(client.name('task'));
  await client.addPartitions(producer, { [topic]: [0] });
  const batch = client.batch(2, { producer, sequence: 0, transactional: true, atMs: base + 700 });
  await client.produce(topic, batch, producer.transactionalId);
  note('committed, while a transaction is open', await client.listOffset(topic, base + 700));
  note('uncommitted', await client.listOffset(topic, base + 700, 'read_uncommitted'));
  note('end, while a transaction is open', await client.offsets(topic));
  await client.endTxn(producer, false);
  await client.until(
    () => client.offsets(topic),
    ([, stable, end]) => stable === end,
  );
  note('aborted records count', await client.listOffset(topic, base + 700));
  note('markers count', await client.listOffset(topic, base + 701));

  const deleteTo = async (name: string, offset: number): Promise<unknown> => {
    const request = { timeoutMs: 5_000, topics: [{ topic: name, partitions: [{ partition: 0, offset }] }] };
    const reply = await link.send(await client.leaderOf(name), 'DeleteRecords', request);
    const { errorCode, lowWatermark } = reply.topics[0].partitions[0];
    return [errorCode, lowWatermark];
  };
  note('delete the first three', await deleteTo(topic, 3));
  note('delete fewer', await deleteTo(topic, 1));
  note('offsets after it', await client.offsets(topic));
  note('fetch below the start', describeFetch(await client.fetch(topic, 2)));
  note('fetch from the start', describeFetch(await client.fetch(topic, 3), [producer]));
  note('time below the start', await client.listOffset(topic, base + 100));
  note('delete beyond the end', await deleteTo(topic, 99));
  note('delete to a negative offset', await deleteTo(topic, -5));
  note('delete all', await deleteTo(topic, -1));
  note('offsets after all', await client.offsets(topic));
  note('append after all', await client.produce(topic, client.batch(1)));
  note('the producer goes on', await client.addPartitions(producer, { [topic]: [0] }));
  const next = client.batch(1, { producer, sequence: 2, transactional: true });
  note('its sequence is remembered', await client.produce(topic, next, producer.transactionalId));
  note('delete in an open transaction', await deleteTo(topic, -1));
  note('offsets in an open transaction', await client.offsets(topic));
  await client.endTxn(producer, true);
  const compacted = await client.createTopic('compacted', { 'cleanup.policy': 'compact' });
  await client.produce(compacted, client.batch(3));
  note('delete from a compacted topic', await deleteTo(compacted, 1));
  note('delete from a missing topic', await deleteTo(client.name('missing'), 1));
};
