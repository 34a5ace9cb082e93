import { describeFetch } from './client.ts';
import type { Script } from './script.ts';

/** InitProducerId takes an id over: epochs rise, the owner before can do nothing more. */
export const fencing: Script = async (client, note) => {
  const topic = await client.createTopic('fenced');
  const id = client.name('task');
  note('no timeout', (await client.initOnce(id, 0)).errorCode);
  note('too long a timeout', (await client.initOnce(id, 900_001)).errorCode);
  note('no id', (await client.initOnce('')).errorCode);

  const first = await client.init(id);
  const produce = (producer: typeof first, sequence: number): Promise<[number, number]> =>
    client.produce(topic, client.batch(1, { producer, sequence, transactional: true }), id);
  await client.addPartitions(first, { [topic]: [0] });
  note('the first owner produces', await produce(first, 0));
  note('init meets the open transaction', (await client.initOnce(id)).errorCode);
  const second = await client.init(id);
  note('epochs', [first.epoch, second.epoch]);
  note('the same producer id', second.producerId === first.producerId);
  note('the transaction is aborted', describeFetch(await client.fetch(topic, 0), [second]));
  note('the zombie produces to the partition', await produce(first, 1));
  note('the zombie adds a partition', await client.addPartitions(first, { [topic]: [0] }));
  note('the zombie commits', await client.endTxn(first, true));
  note('the zombie aborts', await client.endTxn(first, false));

  await client.addPartitions(second, { [topic]: [0] });
  note('the second owner in mid-sequence', await produce(second, 1));
  note('the second owner from the start', await produce(second, 0));
  note('the zombie produces meanwhile', await produce(first, 1));
  note('the second owner commits', await client.endTxn(second, true));
  const third = await client.init(id);
  note('without an open transaction the epoch rises by one', [second.epoch, third.epoch]);
  note('the second owner commits again', await client.endTxn(second, true));
  note('what is left', describeFetch(await client.fetch(topic, 0), [second]));
};

/** An EndTxn that comes late ends the next transaction of the same epoch: why a client has to ask for a new epoch after any doubt. */
export const delayedEndTxn: Script = async (client, note) => {
  const topic = await client.createTopic('delayed');
  const producer = await client.init(client.name('task'));
  await client.transact(producer, topic, 0, true);
  await client.addPartitions(producer, { [topic]: [0] });
  const batch = client.batch(1, { producer, sequence: 1, transactional: true });
  note('produce in the next transaction', await client.produce(topic, batch, producer.transactionalId));
  note('the late commit of the one before', await client.endTxnOnce(producer, true));
  const settled = await client.until(
    () => client.offsets(topic),
    ([, stable, end]) => stable === end,
  );
  note('it committed what nobody had', settled);
  await client.init(producer.transactionalId);
  note('after an init it is refused', await client.endTxnOnce(producer, true));
};

/** A transaction that is left open: the coordinator aborts it and fences its owner. */
export const transactionTimeout: Script = async (client, note) => {
  const topic = await client.createTopic('timeout');
  const producer = await client.init(client.name('task'), 1_000);
  await client.addPartitions(producer, { [topic]: [0] });
  const batch = client.batch(1, { producer, sequence: 0, transactional: true });
  await client.produce(topic, batch, producer.transactionalId);
  note('open', await client.offsets(topic));
  const aborted = await client.until(
    () => client.offsets(topic),
    ([, stable, end]) => stable === end,
  );
  note('aborted', aborted);
  note('what readers see', describeFetch(await client.fetch(topic, 0), [producer]));
  note('the owner commits', await client.endTxn(producer, true));
  note('the owner begins', await client.addPartitions(producer, { [topic]: [0] }));
  const next = await client.init(producer.transactionalId);
  note('the next epoch', next.epoch);
};
