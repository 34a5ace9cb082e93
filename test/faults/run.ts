/** `npm run faults`: see README.md. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onClosedOutput } from '../../src/cli/closed-output.ts';
import { runCampaign } from './campaign/campaign.ts';
import { renderReport } from './campaign/report.ts';
import { allResults } from './campaign/results.ts';
import { CATALOGUE } from './faults/catalogue.ts';

const USAGE = `npm run faults -- [options]      real faults on a real cluster: three brokers, a Redis with a replica, three workers
  --seed N          where the choices begin (default 1)
  --count N         how many faults (default: each once)
  --fault NAME      only these; may be repeated
  --minutes N       begin nothing new after so long (default 600)
  --mutation NAME   plants a bug in the workers; exit code 0 when the judge finds it
  --list            what faults there are
  --report          write docs/faults.md from all results that were kept
npm run simulate -- --help       the same in virtual time, thousands of times
npm run mutations -- --help      whether planted bugs are found`;

const REPORT = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

onClosedOutput(() => undefined);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    fault: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: '600' },
    mutation: { type: 'string' },
    list: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(`${USAGE}\n`);
else if (values.list) {
  for (const { name, about } of CATALOGUE.values()) process.stdout.write(`${name.padEnd(34)}${about}\n`);
} else if (values.report) writeFileSync(REPORT, renderReport(allResults()));
else {
  const results = await runCampaign({
    seed: Number(values.seed),
    count: Number(values.count ?? (values.fault.length > 0 ? values.fault.length : CATALOGUE.size)),
    faults: values.fault,
    mutation: values.mutation ?? null,
    minutes: Number(values.minutes),
    keeps: true,
    say,
  });
  const violations = results.flatMap((result) => result.violations);
  say(`${results.flatMap(({ faults }) => faults).length} faults, ${violations.length} violations`);
  process.exitCode = violations.length > 0 === (values.mutation === undefined) ? 1 : 0;
}
