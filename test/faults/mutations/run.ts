import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keep, ofNow } from '../campaign/results.ts';
import { huntAll, type Finding } from './hunt.ts';
import { onClosedOutput } from '../../../src/cli/closed-output.ts';
import { filesOf, mutate } from './mutation.ts';
import { EQUIVALENTS, mutationNamed, MUTATIONS } from './mutations.ts';
import { recordSeeds } from './seeds.ts';

const USAGE = `npm run mutations -- [options]   plants every bug of the list in turn, and looks for it with the simulator
  --mutation NAME   only these; may be repeated
  --seeds FROM-TO   where to look (default 1-300)
  --jobs N          so many at a time (default 2)
  --patience N      seconds that a seed may take (default 120)
  --equivalents     those that cannot be seen instead
  --record          write down the seeds that found a bug, for CI
  --keep            keep what was found for the report
  --json FILE       write what was found
Exit code 1 when one was not found; with --equivalents, when one was.
`;

const { values } = parseArgs({
  options: {
    mutation: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '1-300' },
    jobs: { type: 'string', default: '2' },
    patience: { type: 'string', default: '120' },
    equivalents: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

onClosedOutput(() => undefined);
if (values.help) {
  process.stdout.write(USAGE);
  process.exit();
}
const range = /^(\d+)(?:-(\d+))?$/.exec(values.seeds);
if (range === null) throw new Error(`--seeds ${values.seeds}: neither N nor FROM-TO`);
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
