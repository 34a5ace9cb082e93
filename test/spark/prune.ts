/** Takes off the list of known differences what agrees by now, or is no pair any more: `node test/spark/prune.ts`. */
import { writeFileSync } from 'node:fs';
import { families } from './corpus.ts';
import { differencesFile, readDifferences, reasonOf, writtenDifferences } from './differences.ts';
import { judge } from './judge.ts';

const differences = readDifferences();
const differing = families.flatMap((family) => judge(family).filter((pair) => !pair.agrees));
const kept = differences.map(({ reason }) => ({
  reason,
  pairs: differing.filter((pair) => reasonOf(differences, pair) === reason),
}));
writeFileSync(differencesFile, writtenDifferences(kept.filter(({ pairs }) => pairs.length > 0)));
