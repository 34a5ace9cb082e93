import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { Client } from '../conformance/client.ts';
import { JumpingClock } from '../conformance/jumping-clock.ts';
import { transcribe, type Script, type Transcript } from '../conformance/script.ts';
import { SCRIPTS } from '../conformance/scripts.ts';
import { wallClock } from '../conformance/wall-clock.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

describeWithServices('the fake broker answers as Kafka does', ['kafka'], ({ kafka }) => {
  let link: KafkajsLink;
  beforeAll(() => {
    link = new KafkajsLink({ brokers: [kafka], clientId: 'conformance' });
  });
  afterAll(() => link.close());

  test.each(Object.entries(SCRIPTS))('%s', async (name, script) => {
    const real = await transcribe(script, new Client(link, wallClock, uniqueName(name)));
    expect(await onFakeCluster(script)).toEqual(real);
  });
});

async function onFakeCluster(script: Script): Promise<Transcript> {
  const clock = new JumpingClock();
  const cluster = new FakeCluster({ clock, transit: clock.transit });
  const transcript = await transcribe(script, new Client(cluster.link(), clock, 'run'));
  await cluster.close();
  return transcript;
}
