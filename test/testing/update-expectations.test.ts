import { describe, expect, test } from 'vitest';
import { correctExpectations } from '../../src/testing/update-expectations.ts';
import { counts, runYaml } from './run-yaml.ts';

/** The topology with its expectations corrected by what came. */
async function updated(yaml: string): Promise<string> {
  const corrections = (await runYaml(yaml)).flat().flatMap(({ span, actual }) => {
    return actual === null ? [] : [{ span, value: actual.value }];
  });
  return correctExpectations(yaml, corrections);
}

const row = (word: string): string => `{ word: ${word}, ts: "2026-01-01T12:01:00Z" }`;

const changed = async (yaml: string): Promise<string[]> => {
  const [before, after] = [yaml.split('\n'), (await updated(yaml)).split('\n')];
  return after.filter((line) => !before.includes(line));
};

describe('an update', () => {
  test('changes expectations that do not hold, and no other byte', async () => {
    const yaml = counts(`
  - name:   oddly   spaced     # and commented
    batches:
    # before
    - send: { words: [ ${row('a')},${row('"b: c"')} ] }   # behind
      expect: {out:   [ {word: x} ],  # rows
          state: { counts: 2 }, lateRowsDropped: {counts:  7} }

    - advance:   1 second
      expect:
        watermark: { counts: '2026-01-01T12:00:00Z' } # quoted
`);
    const expected = yaml
      .replace('[ {word: x} ]', '[ { word: a, n: 1 }, { word: "b: c", n: 1 } ]')
      .replace('{counts:  7}', '{counts:  0}')
      .replace("'2026-01-01T12:00:00Z'", '2026-01-01T11:51:00.000Z');
    const actual = await updated(yaml);
    expect(actual).toBe(expected);
    expect((await runYaml(actual)).flat()).toEqual([]);
  });

  test('keeps a list of a dash a row as one, with what stands behind it', async () => {
    const yaml = counts(`
  - name: it
    batches:
      - send: { words: [ ${row('a')}, ${row('b')} ] }
        expect:
          out:
            - word: x
              n: 1
            # a comment behind the rows
      - advance: 1 second
`);
    const actual = await updated(yaml);
    expect(actual).toContain(
      '          out:\n            - { word: a, n: 1 }\n            - { word: b, n: 1 }\n            # a comment behind the rows\n      - advance',
    );
    expect((await runYaml(actual)).flat()).toEqual([]);
  });

  test('writes a row a line where a line would be too long', async () => {
    const words = Array.from({ length: 12 }, (_, i) => `word-${i}`);
    const yaml = counts(`
  - name: it
    batches:
      - send: { words: [ ${words.map(row).join(', ')} ] }
        expect: { out: { unordered: true, rows: [] } }
`);
    const lines = await changed(yaml);
    expect(lines).toHaveLength(14);
    expect(lines[1]).toBe('            { word: word-0, n: 1 },');
    expect((await runYaml(await updated(yaml))).flat()).toEqual([]);
  });

  test('empties a list', async () => {
    const yaml = counts(`
  - name: it
    batches:
      - advance: 1 second
        expect:
          out:
          - word: x
          state: { counts: 0 }
`);
    const actual = await updated(yaml);
    expect((await runYaml(actual)).flat()).toEqual([]);
  });

  test('corrects a count, and an error', async () => {
    const yaml = counts(`
  - name: it
    batches:
      - send: { words: [ ${row('a')} ] }
        expect: { out: { rows: 17 } }
      - send: { words: [ { value: no JSON } ] }
        expect: { error: EXPRESSION_FAILED }
`);
    expect(await changed(yaml)).toEqual([
      '        expect: { out: { rows: 1 } }',
      '        expect: { error: RECORD_UNDECODABLE }',
    ]);
  });

  test('keeps the form of rows with their keys', async () => {
    const yaml = counts(`
  - name: it
    batches:
      - send: { words: [ ${row('a')} ] }
        expect: { out: [ { key: b, value: { word: b } } ] }
`);
    expect(await changed(yaml)).toEqual(['        expect: { out: [ { key: a, value: { word: a, n: 1 } } ] }']);
  });
});
