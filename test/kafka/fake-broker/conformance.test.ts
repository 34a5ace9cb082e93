import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { FakeCluster } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { Client } from '../../conformance/client.ts';
import { JumpingClock } from '../../conformance/jumping-clock.ts';
import { transcribe } from '../../conformance/script.ts';
import { SCRIPTS } from '../../conformance/scripts.ts';

const expected = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../conformance/expected/${name}.json`, import.meta.url), 'utf8'));

describe('the fake broker answers as Kafka 4.1.0 did', () => {
  test.each(Object.entries(SCRIPTS))('%s', async (name, script) => {
    const clock = new JumpingClock();
    const cluster = new FakeCluster({ clock, transit: clock.transit });
    const transcript = await transcribe(script, new Client(cluster.link(), clock, 'run'));
    await cluster.close();
    expect(transcript).toEqual(await expected(name));
  });

  test('a cluster of three nodes answers as one node does', async () => {
    const clock = new JumpingClock();
    const cluster = new FakeCluster({ clock, transit: clock.transit, nodes: 3 });
    const transcript = await transcribe(SCRIPTS.transactions, new Client(cluster.link(), clock, 'run'));
    await cluster.close();
    expect(transcript).toEqual(await expected('transactions'));
  });
});
