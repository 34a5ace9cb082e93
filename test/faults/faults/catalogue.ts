import { DEPLOY_FAULTS } from './deploy-faults.ts';
import { FAILPOINT_FAULTS } from './failpoint-faults.ts';
import type { Fault } from './fault.ts';
import { HOST_FAULTS } from './host-faults.ts';
import { KAFKA_FAULTS } from './kafka-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PARTITION_FAULTS } from './partition-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { WORKER_FAULTS } from './worker-faults.ts';

/** Every fault of the campaign, by name. */
export const CATALOGUE: ReadonlyMap<string, Fault> = new Map(
  [
    ...WORKER_FAULTS,
    ...FAILPOINT_FAULTS,
    ...NETWORK_FAULTS,
    ...KAFKA_FAULTS,
    ...PARTITION_FAULTS,
    ...REDIS_FAULTS,
    ...HOST_FAULTS,
    ...DEPLOY_FAULTS,
  ].map((fault) => [fault.name, fault]),
);
