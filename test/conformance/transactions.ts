import { describeFetch } from './client.ts';
import type { Script } from './script.ts';

/** Transactions from begin to end: what each side may do when, and what readers see of it. */
export const transactions: Script = async (client, note) => {
  const topic = await client.createTopic('orders');
  const other = await client.createTopic('counts');
  const id = client.name('task');
  note('described before it is initialised', await client.describeTransaction(id));
  const producer = await client.init(id);
  note('described when new', await client.describeTransaction(id));
  const produce = (to: string, sequence: number): Promise<[number, number]> =>
    client.produce(to, client.batch(2, { producer, sequence, transactional: true }), id);
  const settle = (commit: boolean): Promise<number> =>
    client.until(
      () => client.endTxnOnce(producer, commit),
      (code) => code === 0,
    );

  note('first epoch', producer.epoch);
  note('end before begin', await client.endTxnOnce(producer, true));
  note('abort before begin', await client.endTxnOnce(producer, false));
  note('produce before begin', await produce(topic, 0));
  note('add partitions', await client.addPartitions(producer, { [topic]: [0], [other]: [0] }));
  note('add partitions again', await client.addPartitions(producer, { [topic]: [0] }));
  note('produce', await produce(topic, 0));
  note('produce more', await produce(topic, 2));
  note('offsets while open', await client.offsets(topic));
  note('described while open', await client.describeTransaction(id));
  note('fetch while open', describeFetch(await client.fetch(topic, 0)));
  note(
    'outside a transaction while one is open',
    await client.produce(topic, client.batch(1, { producer, sequence: 4 })),
  );
  note('somebody else', await client.produce(topic, client.batch(1)));
  note('commit', await client.endTxnOnce(producer, true));
  note('commit again', await settle(true));
  note('described after commit', await client.describeTransaction(id));
  note('abort after commit', await client.endTxnOnce(producer, false));
  note('offsets after commit', await client.offsets(topic));
  note('offsets where nothing was written', await client.offsets(other));
  note('fetch after commit', describeFetch(await client.fetch(topic, 0)));
  note('produce after commit', await produce(topic, 4));
  note('produce again what was committed', await produce(topic, 2));

  note('begin anew', await client.addPartitions(producer, { [topic]: [0] }));
  note('to a partition that was not added', await produce(other, 0));
  note('sequence goes on', await produce(topic, 4));
  note('abort', await client.endTxnOnce(producer, false));
  note('abort again', await settle(false));
  note('described after abort', await client.describeTransaction(id));
  note('commit after abort', await client.endTxnOnce(producer, true));
  note('fetch after abort', describeFetch(await client.fetch(topic, 0), [producer]));
  note('fetch behind the abort', describeFetch(await client.fetch(topic, 9), [producer]));

  const missing = client.name('missing');
  note('add a missing topic', await client.addPartitions(producer, { [topic]: [0], [missing]: [0] }));
  note('add a missing partition', await client.addPartitions(producer, { [topic]: [7] }));
  const unknown = { ...producer, transactionalId: client.name('unknown') };
  note('add for an unknown id', await client.addPartitions(unknown, { [topic]: [0] }));
  note('end of an unknown id', await client.endTxn(unknown, true));
  const impostor = { ...producer, producerId: producer.producerId + 1_000_000 };
  note('add for another producer id', await client.addPartitions(impostor, { [topic]: [0] }));
  note('end of another producer id', await client.endTxn(impostor, true));
  const future = { ...producer, epoch: producer.epoch + 1 };
  note('add for an epoch to come', await client.addPartitions(future, { [topic]: [0] }));
  note('end of an epoch to come', await client.endTxn(future, true));
};

/** Overlapping transactions that abort: readers hear of them in the order in which they ended. */
export const abortedOrder: Script = async (client, note) => {
  const topic = await client.createTopic('overlap');
  const producers = [];
  for (const name of ['a', 'b', 'c']) producers.push(await client.init(client.name(name)));
  const [a, b, c] = producers;
  for (const producer of producers) await client.addPartitions(producer, { [topic]: [0] });
  for (const producer of producers) {
    const batch = client.batch(2, { producer, sequence: 0, transactional: true });
    note(
      `produce ${client.plain(producer.transactionalId)}`,
      await client.produce(topic, batch, producer.transactionalId),
    );
  }
  const end = async (producer: typeof a, commit: boolean): Promise<void> => {
    await client.endTxnOnce(producer, commit);
    await client.until(
      () => client.endTxnOnce(producer, commit),
      (code) => code === 0,
    );
  };
  await end(c, false);
  note('the last began, ended first', await client.offsets(topic));
  await end(b, true);
  note('the second ended', await client.offsets(topic));
  await end(a, false);
  note('the first ended last', await client.offsets(topic));
  note('fetch from the start', describeFetch(await client.fetch(topic, 0), producers));
  note('fetch from behind the first', describeFetch(await client.fetch(topic, 2), producers));
  note('fetch from the first marker', describeFetch(await client.fetch(topic, 6), producers));
  note('fetch from the last marker', describeFetch(await client.fetch(topic, 8), producers));
  await client.transact(a, topic, 2, false);
  note('fetch with a fourth', describeFetch(await client.fetch(topic, 0), producers));
  note('fetch little', describeFetch(await client.fetch(topic, 0, { maxBytes: 100 }), producers));
};
