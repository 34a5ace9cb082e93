import { expect, test } from 'vitest';
import { FAILPOINTS } from '../proxy/failpoint.ts';
import { CATALOGUE } from './catalogue.ts';
import { DEPLOY_FAULTS } from './deploy-faults.ts';
import { FAILPOINT_FAULTS } from './failpoint-faults.ts';
import { HOST_FAULTS } from './host-faults.ts';
import { KAFKA_FAULTS } from './kafka-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PARTITION_FAULTS } from './partition-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { WORKER_FAULTS } from './worker-faults.ts';

const FAMILIES = {
  worker: WORKER_FAULTS,
  failpoint: FAILPOINT_FAULTS,
  network: NETWORK_FAULTS,
  kafka: KAFKA_FAULTS,
  partition: PARTITION_FAULTS,
  redis: REDIS_FAULTS,
  host: HOST_FAULTS,
  deploy: DEPLOY_FAULTS,
};

test('no two faults have the same name', () => {
  const count = Object.values(FAMILIES).reduce((sum, faults) => sum + faults.length, 0);
  expect(CATALOGUE.size).toBe(count);
});

test.each(Object.entries(FAMILIES))('faults of the family %s say that they are', (family, faults) => {
  expect(new Set(faults.map((fault) => fault.family))).toEqual(new Set([family]));
});

test('at every failpoint a worker is killed and stalled', () => {
  for (const point of Object.keys(FAILPOINTS)) {
    expect(CATALOGUE.has(`${point}-kill`), point).toBe(true);
    expect(CATALOGUE.has(`${point}-zombie`), point).toBe(true);
  }
});
