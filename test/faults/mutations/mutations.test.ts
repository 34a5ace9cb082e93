import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';
import { huntAll, type Finding } from './hunt.ts';
import { filesOf, mutate } from './mutation.ts';
import { EQUIVALENTS, mutationNamed, MUTATIONS, NOT_FOUND_YET } from './mutations.ts';
import { knownSeeds } from './seeds.ts';

const sourceOf = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

describe('the list of planted bugs', () => {
  test.each([...MUTATIONS, ...EQUIVALENTS].map((mutation) => [mutation.name, mutation] as const))(
    '%s applies to the product as it is, and what comes of it parses',
    (_, mutation) => {
      for (const file of filesOf(mutation)) {
        const source = sourceOf(file);
        const mutated = mutate(mutation, file, source);
        expect(mutated).not.toBe(source);
        expect(() => stripTypeScriptTypes(mutated)).not.toThrow();
      }
    },
  );

  test('names each bug once', () => {
    const names = [...MUTATIONS, ...EQUIVALENTS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('knows seeds of its own bugs only', () => {
    for (const name of knownSeeds().keys()) expect(() => mutationNamed(name)).not.toThrow();
  });

  test('says of each bug that is not found why, and of no other', () => {
    const known = knownSeeds();
    const notFound = MUTATIONS.filter(
      ({ name, foundBy, history }) => foundBy === 'simulator' && history === undefined && !known.has(name),
    );
    expect(notFound.map(({ name }) => name).toSorted()).toEqual([...NOT_FOUND_YET.keys()].toSorted());
  });

  test('refuses a text that is not there exactly once', () => {
    const twice = {
      name: 'twice',
      what: '',
      edits: [{ file: 'a.ts', find: 'x', replace: 'y' }],
      foundBy: 'simulator',
    } as const;
    expect(() => mutate(twice, 'a.ts', 'x x')).toThrow('occurs 2 times in a.ts');
    expect(() => mutate(twice, 'a.ts', 'z')).toThrow('occurs 0 times in a.ts');
    expect(mutate(twice, 'a.ts', 'x z')).toBe('y z');
  });
});

/** Bugs that have a history, or show in one of the first so many seeds, are looked for here, the others by `npm run mutations`. */
const EASY = 1;
/** What takes a seed so long hangs, until patience ends: that, too, is left to `npm run mutations`. */
const HUNG_SECONDS = 60;
/** Any change of the product changes what becomes of a seed. */
const SEEDS = 40;
/** For one seed, on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

describe('the simulator finds bugs', () => {
  const known = knownSeeds();
  const easy = MUTATIONS.filter(({ name, history }) => {
    const { seed = Infinity, seconds = Infinity } = known.get(name) ?? {};
    return history !== undefined || (seed <= EASY && seconds < HUNG_SECONDS);
  });
  const findings = new Map<string, Finding>();

  beforeAll(async () => {
    await huntAll(
      easy,
      availableParallelism(),
      ({ history }) => ({ from: 1, to: history === undefined ? SEEDS : 0, patienceMs: PATIENCE_MS }),
      (finding) => findings.set(finding.name, finding),
    );
  }, 20 * 60_000);

  test.each(easy.map(({ name }) => name))('%s', (name) => {
    expect(findings.get(name)?.invariant).toMatch(/^I[1-9]$/);
  });
});
