import { Diagnostics } from '../../src/core/diagnostic.ts';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { loadSoundParts, loadTopology } from '../../src/topology/load-topology.ts';
import type { TopologySpec } from '../../src/topology/spec.ts';

/** Stands before the character that a complaint must point at; it is taken out before the text is read. */
export const MARK = '▸';

export interface Loaded {
  readonly spec: TopologySpec | null;
  readonly all: readonly Diagnostic[];
  readonly text: string;
}

export function load(text: string, env: Readonly<Record<string, string>> = {}): Loaded {
  const diagnostics = new Diagnostics();
  const spec = loadTopology(text, 'test.yaml', diagnostics, (name) => env[name]);
  return { spec, all: diagnostics.all, text };
}

export function loadSound(text: string): Loaded {
  const diagnostics = new Diagnostics();
  const spec = loadSoundParts(text, 'test.yaml', diagnostics, () => undefined);
  return { spec, all: diagnostics.all, text };
}

/** Line and column of the mark, counted by hand: lines by line feeds, columns by characters. */
export function markedPlace(marked: string): { readonly text: string; readonly line: number; readonly column: number } {
  const before = marked.slice(0, marked.indexOf(MARK)).split('\n');
  return { text: marked.replace(MARK, ''), line: before.length, column: [...before[before.length - 1]].length + 1 };
}

/** A topology that has no errors, of which tests change one thing. */
export const SOUND = `apiVersion: millrace/v1
name: test
sources:
  orders:
    topic: orders
    value: { format: json, schema: "id string, country string, amount double" }
views:
  big:
    from: orders
    where: amount > 100
  perCountry:
    from: big
    groupBy: country
    aggregate: count(*) as n
sinks:
  out:
    from: perCountry
    topic: out
    key: country
    outputMode: update
trigger: { processingTime: 5 seconds }
`;

/** The sound topology with one text in it replaced. */
export function changed(from: string, to: string): string {
  if (!SOUND.includes(from)) throw new Error(`the sound topology does not hold: ${from}`);
  return SOUND.replace(from, () => to);
}
