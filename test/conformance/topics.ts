import { ANY_NODE } from '../../src/kafka/api.ts';
import type { Client } from './client.ts';
import type { Script } from './script.ts';

interface Spec {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: Record<string, string>;
}

async function create(client: Client, topic: string, spec: Spec = {}): Promise<number> {
  const { partitions = 1, replicationFactor = 1, config = {} } = spec;
  const entries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const reply = await client.link.send(ANY_NODE, 'CreateTopics', {
    timeoutMs: 5000,
    topics: [{ topic, partitions, replicationFactor, config: entries }],
  });
  return reply.topics[0].errorCode;
}

export const topics: Script = async (client, note) => {
  const { link } = client;
  const topic = await client.createTopic('topics', {}, 3);
  const refused = (spec: Spec): Promise<number> => create(client, client.name('refused'), spec);

  note('create a topic that exists', await create(client, topic));
  note('create with a bad name', await create(client, 'a b'));
  note('create with a name of dots', await create(client, '..'));
  note('create with no partitions', await refused({ partitions: 0 }));
  note('create with too many replicas', await refused({ replicationFactor: 99 }));
  note('create with an unknown setting', await refused({ config: { 'no.such.setting': '1' } }));
  for (const [name, value] of [
    ['cleanup.policy', 'shred'],
    ['retention.ms', 'soon'],
    ['retention.ms', '-2'],
    ['segment.bytes', '1000'],
    ['min.insync.replicas', '0'],
    ['message.timestamp.type', 'Whenever'],
    ['max.message.bytes', '-1'],
  ]) {
    note(`create with ${name}=${value}`, await refused({ config: { [name]: value } }));
  }

  const missing = client.name('missing');
  const described = async (name: string): Promise<unknown> => {
    const reply = await link.send(ANY_NODE, 'Metadata', { topics: [name] });
    const { errorCode, partitions } = reply.topics[0];
    return [errorCode, partitions.map((each) => `${each.partition}: ${each.errorCode}`).sort()];
  };
  note('metadata of a topic', await described(topic));
  note('metadata of a missing topic', await described(missing));
  note('metadata of a bad name', await described('a b'));

  // What a topic does not say itself its server does: how large segments are differs from one server of the tests to the next.
  const configOf = async (name: string, serversOwn: readonly string[]): Promise<unknown> => {
    const reply = await link.send(ANY_NODE, 'DescribeConfigs', { topic: name });
    const entries = reply.entries.filter((each) => !serversOwn.includes(each.name));
    return [reply.errorCode, entries.map((each) => `${each.name}=${each.value}`).sort()];
  };
  note('settings of a topic', await configOf(topic, ['segment.bytes', 'segment.index.bytes']));
  note('settings of a missing topic', await configOf(missing, []));
  const compacted = await client.createTopic('compacted', { 'cleanup.policy': 'compact', 'segment.bytes': '1048576' });
  note('settings that were set', await configOf(compacted, ['segment.index.bytes']));

  note('produce to a missing topic', await client.produce(missing, client.batch(1)));
  note('fetch from a missing topic', (await client.fetch(missing, 0)).errorCode);
  note('offsets of a missing topic', await client.listOffset(missing, -1));

  const deleted = async (name: string): Promise<number> =>
    (await link.send(ANY_NODE, 'DeleteTopics', { timeoutMs: 5000, topics: [name] })).topics[0].errorCode;
  note('delete', await deleted(topic));
  note('delete again', await deleted(topic));
};
