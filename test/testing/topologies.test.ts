import { describe, expect, test } from 'vitest';
import { loadTestProject } from '../../src/cli/test-files.ts';
import { runTest } from '../../src/testing/run-test.ts';

const { suites, diagnostics } = loadTestProject(['topologies']);

test('the shipped topologies and their tests have no errors', () => {
  expect(diagnostics.all).toEqual([]);
  const tested = suites.map(({ spec }) => spec.file);
  expect(tested).toEqual(expect.arrayContaining(['topologies/article-views.yaml', 'topologies/word-count.yaml']));
});

describe.each(suites)('the tests of $file', ({ spec, plan, tests }) => {
  const topics = new Map(spec.sources.map(({ name, topic }) => [name.value, topic.value]));
  test.each(tests.map((each) => [each.name.value, each] as const))('%s', async (_, each) => {
    expect((await runTest(each, plan, topics)).mismatches).toEqual([]);
  });
});
