import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { systemClock } from '../core/system-clock.ts';
import type { Finding, Verdict } from '../service/doctor/finding.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadProject } from './project.ts';
import { complain, count } from './report.ts';
import { readTopologyFiles } from './topology-files.ts';

export function registerDoctor(program: Command, finish: Finish): void {
  program
    .command('doctor')
    .description('check all that topologies need: brokers, topics, access rights, transactions, Redis')
    .argument('[files...]', 'topology files, or folders of them', [])
    .action((files: string[], _options: object, command: Command) => finish(doctor(files, globalOptions(command))));
}

async function doctor(paths: readonly string[], globals: GlobalOptions): Promise<number> {
  const project = loadProject(readTopologyFiles(paths), globals);
  if (complain(project) || project.config === null) return EXIT.rejected;
  const { config } = project.config;
  const plans = project.topologies.map(({ plan }) => plan);
  const { diagnose } = await import('../service/doctor/doctor.ts');
  const { connectKafka } = await import('../service/connect-kafka.ts');
  const { inspectState } = await import('../service/remote-services.ts');
  const findings: Finding[] = [];
  let subject = '';
  for await (const finding of diagnose({
    plans,
    config,
    clock: systemClock,
    nodeVersion: process.version,
    connectKafka: () => connectKafka(config),
    inspectRedis: () => inspectState(config, plans[0].name, systemClock),
    scratch: randomUUID(),
  })) {
    findings.push(finding);
    if (globals.json) continue;
    if (finding.subject !== subject) process.stdout.write(`${finding.subject}\n`);
    ({ subject } = finding);
    process.stdout.write(describe(finding));
  }
  if (globals.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  const of = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  process.stderr.write(
    `${count(findings.length - of('skipped'), 'check')}: ${count(of('failed'), 'failure')}, ${count(of('warning'), 'warning')}\n`,
  );
  return of('failed') > 0 ? EXIT.rejected : EXIT.ok;
}

const SIGNS: Readonly<Record<Verdict, string>> = { ok: '✓', warning: '!', failed: '✗', skipped: '-' };

const WIDTH = 16;

function describe({ check, verdict, message, remedy }: Finding): string {
  const line = `  ${SIGNS[verdict]} ${check.padEnd(WIDTH)} ${message}\n`;
  return remedy === null ? line : `${line}    ${' '.repeat(WIDTH)} remedy: ${remedy}\n`;
}
