import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keep, ofNow } from '../campaign/results.ts';
import { huntAll, type Finding } from './hunt.ts';
import { filesOf, mutate } from './mutation.ts';
import { EQUIVALENTS, mutationNamed, MUTATIONS } from './mutations.ts';
import { recordSeeds } from './seeds.ts';

/**
 * Plants every bug of the list in turn and looks for it with the simulator:
 *
 *     node test/faults/mutations/run.ts [--mutation name]… [--seeds 1-300] [--jobs 2] [--equivalents] [--record] [--json file] [--keep]
 *
 * Exit code 1 when one was not found; with `--equivalents`, which plants what cannot be seen, when one was.
 */
const USAGE = 'run.ts [--mutation name]… [--seeds 1-300] [--jobs 2] [--equivalents] [--record] [--json file]';

const { values } = parseArgs({
  options: {
    mutation: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '1-300' },
    jobs: { type: 'string', default: '2' },
    /** Seconds that a seed may take. */
    patience: { type: 'string', default: '120' },
    equivalents: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const range = /^(\d+)(?:-(\d+))?$/.exec(values.seeds);
if (range === null) throw new Error(USAGE);
const from = Number(range[1]);
const to = Number(range[2] ?? range[1]);
const all = values.equivalents ? EQUIVALENTS : MUTATIONS.filter(({ foundBy }) => foundBy === 'simulator');
const chosen = values.mutation?.map(mutationNamed) ?? all;

// What does not apply is known before hours are spent on the others.
for (const mutation of chosen) {
  for (const file of filesOf(mutation)) {
    mutate(mutation, file, readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'));
  }
}

const findings: Finding[] = [];
const tell = (finding: Finding): void => {
  findings.push(finding);
  if (values.record) recordSeeds([finding]);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(findings, null, 2)}\n`);
  if (values.keep) keepFinding(finding);
  print(finding);
};

const keepFinding = ({ name, seed, invariant, seeds, seconds }: Finding): void => {
  const { what, foundBy } = mutationNamed(name);
  keep({ kind: 'mutation', ...ofNow(), mutation: name, what, foundBy, seed, invariant, seeds, seconds });
};

const print = ({ name, seed, invariant, what, seeds, seconds }: Finding): void => {
  const outcome = seed === null ? 'NOT FOUND' : `${invariant} ${seed === 'history' ? 'in history' : `at seed ${seed}`}`;
  process.stdout.write(`${name.padEnd(40)} ${outcome.padEnd(18)} ${seeds} seeds, ${seconds} s  ${firstLine(what)}\n`);
};

const firstLine = (text: string): string => text.split('\n', 1)[0].slice(0, 160);

const options = { from, to, patienceMs: Number(values.patience) * 1000 };
await huntAll(chosen, Number(values.jobs), () => options, tell);
const found = findings.filter(({ seed }) => seed !== null).length;
process.stdout.write(`${found} of ${findings.length} found\n`);
process.exitCode = (values.equivalents ? found === 0 : found === findings.length) ? 0 : 1;
