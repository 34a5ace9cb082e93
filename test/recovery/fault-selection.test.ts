import { describe, expect, inject, test } from 'vitest';
import { runCampaign } from '../faults/campaign/campaign.ts';

/** One of each family, and those at which the most went wrong while this was built. `npm run faults` has the others. */
const SELECTION = [
  'worker-kill-again-and-again',
  'F6-kill',
  'F8-zombie',
  'duplicate-end-txn',
  'redis-flushall',
  'redis-failover',
  'leader-kill',
  'sink-added',
];

describe.skipIf(inject('kafka') === null || inject('redis') === null)('three brokers, three workers', () => {
  test('no invariant is broken by a selection of real faults', async () => {
    const lines: string[] = [];
    const results = await runCampaign({
      seed: 1,
      count: SELECTION.length,
      faults: SELECTION,
      mutation: null,
      minutes: 60,
      keeps: false,
      say: (line) => lines.push(line),
    });
    expect(
      results.flatMap(({ violations }) => violations),
      lines.join('\n'),
    ).toEqual([]);
    expect(
      results
        .flatMap(({ faults }) => faults)
        .map(({ fault }) => fault)
        .toSorted(),
      lines.join('\n'),
    ).toEqual(SELECTION.toSorted());
  }, 900_000);
});
