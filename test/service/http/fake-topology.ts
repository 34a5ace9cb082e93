import { BIGINT, STRING, field } from '../../../src/core/types.ts';
import type { TopologyStatus } from '../../../src/service/progress/topology-status.ts';
import type { RunningTopology, StoreAnswer } from '../../../src/service/http/running-topology.ts';

/** A topology whose status is what a test told it, and whose stores answer what the test says. */
export function fakeTopology(
  status: TopologyStatus,
  readStore: (store: string, key: string) => Promise<StoreAnswer> = () => Promise.resolve({ kind: 'unknownStore' }),
): RunningTopology {
  return {
    name: status.identity.name,
    state: () => status.state(),
    graph: () => ({ nodes: ['lines', 'counts'] }),
    progress: (limit) => status.progress(limit),
    tasks: () => status.tasks(),
    errors: () => status.errors(),
    throughput: () => status.throughput(),
    stores: [
      { name: 'counts', keyColumns: [field('word', STRING)] },
      { name: 'pairs', keyColumns: [field('word', STRING), field('n', BIGINT)] },
    ],
    readStore,
  };
}
