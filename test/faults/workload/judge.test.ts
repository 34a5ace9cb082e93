import { beforeAll, describe, expect, test } from 'vitest';
import { compacted } from './damage/compacted.ts';
import { DAMAGES } from './damage/damages.ts';
import { REDIS_DAMAGES } from './damage/redis.ts';
import type { Violation } from './evidence.ts';
import { judge } from './judge.ts';
import { plainRun, type PlainRun } from './plain-run.ts';
import { leastOutputs } from './reference.ts';
import { SIMULATED_PARTS, type TopologyOptions } from './topology.ts';

const VARIANTS: readonly (readonly [string, Pick<TopologyOptions, 'compression' | 'lateRows'>])[] = [
  ['plain', {}],
  ['with compressed state', { compression: 'zstd' }],
  ['with late rows', { lateRows: true }],
];

/** What has to be noticed even where the beginnings of changelogs are compacted. */
const FOUND_IN_COMPACTED = DAMAGES.filter(({ what }) =>
  ['an event lost', 'a window lost', 'a window that was not closed', 'an entry lost in Redis'].includes(what),
);

describe('a run without faults has no violation', { timeout: 60_000 }, () => {
  test.each(SIMULATED_PARTS)('%s', async (part) => {
    const { evidence, load, topology } = await plainRun([part]);
    expect(judge(evidence, load, topology)).toEqual([]);
  });

  test.each(VARIANTS)('all parts, %s', async (_, options) => {
    const { evidence, load, topology } = await plainRun(SIMULATED_PARTS, options);
    expect(judge(evidence, load, topology)).toEqual([]);
  });
});

describe('the evidence of a run', () => {
  let run: PlainRun;
  beforeAll(async () => {
    run = await plainRun(SIMULATED_PARTS, { lateRows: true });
  }, 60_000);

  test.each(DAMAGES)('$what: $invariant', ({ invariant, shows, inflict }) => {
    const { evidence, load, topology } = run;
    const violations = judge(inflict(evidence), load, topology);
    const found = violations.filter(({ where, what }) => shows.test(`${where}: ${what}`));
    expect(found, JSON.stringify(violations, null, 1)).not.toEqual([]);
    expect(found.map((violation) => violation.invariant)).toContain(invariant);
  });

  test('may be compacted, and what is left is still looked at', () => {
    const { load, topology } = run;
    const evidence = compacted(run.evidence);
    expect(judge(evidence, load, topology, { compacted: true })).toEqual([]);
    expect(judge(evidence, load, topology)).not.toEqual([]);
    for (const { what, inflict, invariant } of FOUND_IN_COMPACTED) {
      const found = judge(inflict(evidence), load, topology, { compacted: true });
      expect(
        found.map((violation) => violation.invariant),
        what,
      ).toContain(invariant);
    }
  });

  test('may lack keys of Redis that were deleted, and the others are still looked at', () => {
    const { load, topology } = run;
    const inflicted = (what: string): Violation[] => {
      const damage = REDIS_DAMAGES.find((each) => each.what === what);
      if (damage === undefined) throw new RangeError(what);
      return judge(damage.inflict(run.evidence), load, topology, { keysDeleted: true });
    };
    for (const what of ['a bucket lost', 'a copy lost']) {
      expect(inflicted(what), what).toEqual([]);
    }
    for (const what of [
      'an entry lost in Redis',
      'another value in Redis',
      'a position that went back',
      'a bucket of a former incarnation',
    ]) {
      expect(inflicted(what), what).not.toEqual([]);
    }
  });

  test('holds at least as many records as can be counted on', () => {
    const least = leastOutputs(run.load, run.topology);
    expect([...least.keys()].sort()).toEqual([
      ...[
        'plain-copies',
        'plain-crowds',
        'plain-large',
        'plain-line-copies',
        'plain-tens',
        'plain-totals',
        'plain-windows',
        'plain-words',
      ],
    ]);
    for (const [topic, count] of least) {
      expect(count, topic).toBeGreaterThan(0);
      expect(run.evidence.topics.get(topic)?.length, topic).toBeGreaterThanOrEqual(count);
    }
  });

  test('that lacks a topic is refused', () => {
    const topics = new Map(run.evidence.topics);
    topics.delete('plain-copies');
    expect(() => judge({ ...run.evidence, topics }, run.load, run.topology)).toThrow(/plain-copies/);
  });

  test('is told of no more than twenty violations of a check', () => {
    const topics = new Map(run.evidence.topics).set('plain-copies', []);
    const missing = judge({ ...run.evidence, topics }, run.load, run.topology).filter(
      ({ where }) => where === 'plain-copies',
    );
    expect(missing).toHaveLength(20);
  });
});
