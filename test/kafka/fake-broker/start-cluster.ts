import { onTestFinished } from 'vitest';
import type { BrokerLink } from '../../../src/kafka/api.ts';
import { FakeCluster, type FakeClusterOptions } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { Client } from '../../conformance/client.ts';
import { JumpingClock } from '../../conformance/jumping-clock.ts';

export interface StartedCluster {
  readonly cluster: FakeCluster;
  readonly clock: JumpingClock;
  readonly link: BrokerLink;
  readonly client: Client;
}

/** A cluster for one test, on a clock that jumps over waits, with one client. */
export function startCluster(options: Partial<FakeClusterOptions> = {}): StartedCluster {
  const clock = new JumpingClock();
  const cluster = new FakeCluster({ clock, transit: clock.transit, ...options });
  onTestFinished(() => cluster.close());
  const link = cluster.link();
  return { cluster, clock, link, client: new Client(link, clock, 'test') };
}
