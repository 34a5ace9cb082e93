import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';
import { huntAll, type Finding } from './hunt.ts';
import { filesOf, mutate } from './mutation.ts';
import { EQUIVALENTS, mutationNamed, MUTATIONS } from './mutations.ts';
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

describe('the simulator finds every bug that it is able to see', () => {
  const known = knownSeeds();
  const sought = MUTATIONS.filter(({ foundBy }) => foundBy === 'simulator');
  const findings = new Map<string, Finding>();

  beforeAll(async () => {
    const seedOf = (name: string): number => known.get(name)?.seed ?? 1;
    await huntAll(
      sought.filter(({ name }) => known.has(name)),
      availableParallelism(),
      ({ name }) => ({ from: seedOf(name), to: seedOf(name), patienceMs: PATIENCE_MS }),
      (finding) => findings.set(finding.name, finding),
    );
  }, 10 * 60_000);

  test.each(sought.map(({ name }) => name))('%s', (name) => {
    const again = `for a seed that finds it: node test/faults/mutations/run.ts --record --mutation ${name}`;
    expect(findings.get(name)?.invariant, again).toMatch(/^I[1-9]$/);
  });
});

/** For one seed, on a machine that has other things to do. */
const PATIENCE_MS = 60_000;
