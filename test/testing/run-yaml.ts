import { Diagnostics } from '../../src/core/diagnostic.ts';
import { planTopology } from '../../src/plan/plan.ts';
import type { Mismatch } from '../../src/testing/mismatch.ts';
import { runTest } from '../../src/testing/run-test.ts';
import { loadTopology } from '../../src/topology/load-topology.ts';

/** Counts of words in windows of ten minutes, behind a repartition; `more` goes in at the marked places. */
export const counts = (
  tests: string,
  more: { readonly outputMode?: string; readonly trigger?: string; readonly idleTimeout?: string } = {},
): string => `
apiVersion: millrace/v1
name: counts
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 10 minutes, idleTimeout: ${more.idleTimeout ?? '30 seconds'} }
views:
  counts:
    from: words
    groupBy: [ "window(ts, '10 minutes') as win", word ]
    aggregate: [ count(*) as n ]
sinks:
  out:
    from: counts
    topic: out
    key: word
    outputMode: ${more.outputMode ?? 'update'}
    value: { format: json, select: [ word, n ] }
trigger: ${more.trigger ?? 'default'}
tests:
${tests}
`;

/** What went otherwise than the tests of the topology say, by test. Throws with every complaint when the file has errors. */
export async function runYaml(yaml: string): Promise<Mismatch[][]> {
  const diagnostics = new Diagnostics();
  const spec = loadTopology(yaml, 'test.yaml', diagnostics, () => undefined);
  const plan = spec === null ? null : planTopology(spec, diagnostics);
  if (spec === null || plan === null) {
    throw new Error(diagnostics.all.map((d) => `${d.code}: ${d.message}; ${d.remedy}`).join('\n'));
  }
  const topics = new Map(spec.sources.map(({ name, topic }) => [name.value, topic.value]));
  const found: Mismatch[][] = [];
  for (const test of spec.tests) found.push([...(await runTest(test, plan, topics)).mismatches]);
  return found;
}

/** The messages of one test, each with its lines behind it. */
export async function complaints(yaml: string): Promise<string[]> {
  const [found] = await runYaml(yaml);
  return found.flatMap(({ message, lines }) => [message, ...lines]);
}
