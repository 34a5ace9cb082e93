import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadTestProject } from '../../src/cli/test-files.ts';
import { runTest } from '../../src/testing/run-test.ts';
import type { TestSpec, TestStep } from '../../src/topology/test-spec.ts';

const FOLDER = 'test/cases';

const engines = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const { suites, diagnostics } = loadTestProject(engines.map(({ name }) => `${FOLDER}/${name}`));

test('the topologies of all cases have no errors', () => {
  expect(diagnostics.all).toEqual([]);
});

test('the list of cases names every file, and no other', () => {
  const links = [...readFileSync(`${FOLDER}/README.md`, 'utf8').matchAll(/\]\((\w+\/[\w-]+\.yaml)\)/g)];
  const listed = new Set(links.map(([, file]) => `${FOLDER}/${file}`));
  expect([...listed].toSorted()).toEqual(suites.map(({ file }) => file).toSorted());
});

describe.each(suites)('the cases of $file', ({ spec, plan, tests }) => {
  const topics = new Map(spec.sources.map(({ name, topic }) => [name.value, topic.value]));
  const named = tests.map((each) => [each.name.value, each] as const);

  test.each(named)('%s', async (_, each) => {
    expect((await runTest(each, plan, topics)).mismatches).toEqual([]);
  });

  test.each(named)('%s, also with a restart behind each step', async (_, each) => {
    expect((await runTest(withRestarts(each), plan, topics)).mismatches).toEqual([]);
  });
});

const withRestarts = (each: TestSpec): TestSpec => ({
  ...each,
  steps: each.steps.flatMap((step) => [step, restartBehind(step)]),
});

/** A restart writes nothing, and leaves watermark and state as the step left them. */
function restartBehind({ span, expect: expected }: TestStep): TestStep {
  const silent = expected?.sinks.map((sink) => ({ ...sink, rows: { ...sink.rows, value: [] } })) ?? [];
  return {
    span,
    action: { kind: 'restart' },
    expect: expected && { ...expected, sinks: silent, lateRows: [] },
  };
}
