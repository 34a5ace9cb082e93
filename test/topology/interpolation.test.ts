import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changed, load, SOUND } from './marked.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  writeFileSync(join(folder, 'topic'), 'from-a-file\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const topicOf = (written: string, env: Record<string, string> = {}): string | undefined => {
  const { spec, all } = load(changed('topic: out', `topic: ${written}`), env);
  expect(all).toEqual([]);
  const target = spec?.sinks[0].target;
  return target?.kind === 'kafka' ? target.topic.value : undefined;
};

describe('a reference in a scalar', () => {
  test('is replaced by the variable', () => expect(topicOf('a-${X}-b', { X: 'mid' })).toBe('a-mid-b'));
  test('takes its default where the variable is not set', () => expect(topicOf('${X:-dflt}')).toBe('dflt'));
  test('takes the variable where both are there', () => expect(topicOf('${X:-dflt}', { X: 'set' })).toBe('set'));
  test('is replaced by a file without its last line break', () =>
    expect(topicOf(`\${file:${folder}/topic}`)).toBe('from-a-file'));

  test('is left alone behind a second dollar', () => {
    const { spec } = load(changed('amount > 100', "id <> '$${X}'"), { X: 'no' });
    expect(spec?.views[0].where?.value).toBe("id <> '${X}'");
  });

  test('cannot change the structure of the file', () => {
    const { spec } = load(changed('amount > 100', '${X}'), { X: "a: b\n    groupBy: [c, 'd" });
    expect(spec?.views[0].where?.value).toBe("a: b\n    groupBy: [c, 'd");
    expect(spec?.views[0].groupBy).toBeNull();
  });

  test('takes the type that its place asks for', () => {
    const dev = "dev: { feed: { orders: { file: x, rowsPerSecond: '${N}', loop: '${L}' } } }\n";
    expect(load(SOUND + dev, { N: '2.5', L: 'true' }).spec?.feeds[0]).toMatchObject({ rowsPerSecond: 2.5, loop: true });
  });

  test('that is no number is refused where a number belongs', () => {
    const { all } = load(`${SOUND}dev: { feed: { orders: { file: x, rowsPerSecond: '\${N}' } } }\n`, { N: 'many' });
    expect(all.map((d) => d.message)).toEqual(['`rowsPerSecond` must be a number, not a text']);
  });

  test('to a file that is not there is an error', () => {
    const { all } = load(changed('topic: out', 'topic: ${file:/nowhere/at-all}'));
    expect(all.map((d) => [d.code, d.message])).toEqual([
      ['MILLRACE_INTERPOLATION', 'the file `/nowhere/at-all` cannot be read (ENOENT)'],
    ]);
  });

  test.each(['${', '${}', '${1X}', '${X:=y}'])('%s is not one', (written) => {
    const { all } = load(changed('topic: out', `topic: "${written}"`), { X: 'x' });
    expect(all.map((d) => d.code)).toEqual(['MILLRACE_INTERPOLATION']);
  });
});
