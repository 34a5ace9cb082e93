import { readFileSync, writeFileSync } from 'node:fs';
import type { Invariant } from '../workload/evidence.ts';
import type { Finding } from './hunt.ts';

/** A seed that is known to find a mutation. */
export interface KnownSeed {
  readonly seed: number;
  readonly invariant: Invariant;
  readonly seconds: number;
}

const FILE = new URL('seeds.json', import.meta.url);

/** Known seeds by mutation. They change with the simulator: `run.ts --record` finds new ones. */
export const knownSeeds = (): ReadonlyMap<string, KnownSeed> =>
  new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, KnownSeed>));

/** Writes down which seeds found what, and forgets those of mutations that were looked for in vain, or are found by their history. */
export function recordSeeds(findings: readonly Finding[]): void {
  const known = new Map(knownSeeds());
  for (const { name, seed, invariant, seconds, seeds } of findings) {
    if (typeof seed !== 'number' || invariant === null) known.delete(name);
    else known.set(name, { seed, invariant, seconds: Math.round((10 * seconds) / seeds) / 10 });
  }
  const sorted = [...known].toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
