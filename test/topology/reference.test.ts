import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { planTopology } from '../../src/plan/plan.ts';
import { runTest } from '../../src/testing/run-test.ts';
import { functionPage } from '../../src/topology/function-reference.ts';
import { allKeyTables, withKeyTables } from '../../src/topology/key-tables.ts';
import { loadTopology } from '../../src/topology/load-topology.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

const examplesOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml]) => yaml);

/** Puts the parts of a topology together, plans them without a complaint, and runs the tests in them. */
async function expectSound(parts: readonly string[]): Promise<void> {
  const text = stringify(merged(parts.map((yaml) => parse(yaml) as unknown)));
  const diagnostics = new Diagnostics();
  const spec = loadTopology(text, 'example.yaml', diagnostics, () => undefined);
  const plan = spec === null ? null : planTopology(spec, diagnostics);
  expect(diagnostics.all).toEqual([]);
  const topics = new Map(spec!.sources.map(({ name, topic }) => [name.value, topic.value]));
  expect(spec!.tests).not.toEqual([]);
  for (const each of spec!.tests) expect((await runTest(each, plan!, topics)).mismatches).toEqual([]);
}

test('the example of README.md is a topology, and its test holds', async () => {
  await expectSound(examplesOf(page('../README.md')));
});

test('docs/functions.md is what the catalogue says (else: node src/topology/write-reference.ts)', () => {
  expect(page('functions.md')).toBe(functionPage());
});

describe('docs/topology.md', () => {
  const topology = page('topology.md');

  test('has the keys of the shape (else: node src/topology/write-reference.ts)', () => {
    expect(topology).toBe(withKeyTables(topology));
  });

  test('has a table of every map that a topology may hold', () => {
    for (const table of allKeyTables()) expect(topology).toContain(table);
  });

  test('shows an example of every key', () => {
    const examples = examplesOf(topology).join('');
    const keys = [...allKeyTables()].flatMap((table) => [...table.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key));
    // There is one trigger only; the page has a table of all.
    const others = ['continuous'];
    for (const key of keys.filter((name) => !others.includes(name))) {
      expect(examples, `an example of \`${key}\``).toMatch(new RegExp(`\\b${key}:`));
    }
  });

  test('has examples that make one topology, and tests that hold', async () => {
    await expectSound(examplesOf(topology));
  });
});

/** Maps joined key by key. */
function merged(parts: readonly unknown[]): unknown {
  const [first] = parts;
  if (parts.length === 1) return first;
  const maps = parts as readonly Readonly<Record<string, unknown>>[];
  const keys = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  return Object.fromEntries(keys.map((key) => [key, merged(maps.filter((map) => key in map).map((map) => map[key]))]));
}
