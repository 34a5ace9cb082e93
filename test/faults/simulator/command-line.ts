import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PARTS, type Part } from '../workload/topology.ts';
import type { Replay } from './replay.ts';
import type { ScenarioChoice } from './scenario.ts';
import { FAULT_KINDS, type FaultKind } from './step.ts';

export interface CommandLine {
  readonly choice: ScenarioChoice;
  readonly from: number;
  readonly to: number;
  readonly replay: Replay | null;
  readonly traces: boolean;
  readonly json: boolean;
  readonly shrinks: boolean;
  readonly keeps: boolean;
}

export const USAGE = `npm run simulate -- [options]      the engine over a broker and a Redis in this process, in virtual time
  --seeds 1-500         seeds to run, or one; default 1-100
  --parts windows,tens  of ${PARTS.join(', ')}; default: as the seed says
  --faults redis        where faults come from: ${FAULT_KINDS.join(', ')}; default all
  --replay file.json    runs what a failure printed, instead of seeds
  --trace               prints everything that happens
  --no-shrink           leaves the schedule of a failure as long as it is
  --json                prints the summary as JSON
  --keep                keeps the result for the report
Exit code 1 when an invariant was broken.
`;

/** @throws Error when it makes no sense */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1-100' },
      parts: { type: 'string' },
      faults: { type: 'string' },
      replay: { type: 'string' },
      trace: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const [from, to = from] = values.seeds.split('-').map(Number);
  if (!Number.isInteger(from) || !Number.isInteger(to)) throw new Error(`--seeds ${values.seeds}: not a range`);
  return {
    choice: choiceOf(values.parts, values.faults),
    from,
    to,
    replay: values.replay === undefined ? null : (JSON.parse(readFileSync(values.replay, 'utf8')) as Replay),
    traces: values.trace,
    json: values.json,
    shrinks: !values['no-shrink'],
    keeps: values.keep,
  };
}

function choiceOf(parts: string | undefined, faults: string | undefined): ScenarioChoice {
  return {
    ...(parts === undefined ? {} : { parts: among<Part>(PARTS, parts) }),
    ...(faults === undefined ? {} : { faults: among<FaultKind>(FAULT_KINDS, faults) }),
  };
}

function among<T extends string>(known: readonly T[], list: string): T[] {
  return list.split(',').map((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) throw new Error(`${name} is none of ${known.join(', ')}`);
    return found;
  });
}

/** How often each fault took place, the commonest first. */
export const faultsText = (faults: ReadonlyMap<string, number>): string =>
  [...faults]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');
