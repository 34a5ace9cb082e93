import { describe, expect, test } from 'vitest';
import { planOf } from '../support/engine-harness.ts';

/** Whether a record key of these columns tells the rows of the table apart, which is grouped by a word and a window. */
function isWhole(key: string, select = '[word, win, n]', window = "window(ts, '1 hour') as win"): boolean {
  const plan = planOf(`
apiVersion: millrace/v1
name: words
sources:
  lines: { topic: lines, value: { format: json, schema: "word string, ts timestamp" } }
views:
  counts:
    from: lines
    groupBy: [word, "${window}"]
    aggregate: count(*) as n
  selected:
    from: counts
    select: ${select}
sinks:
  out: { from: selected, topic: out, outputMode: update, key: ${key} }
`);
  const [sink] = plan.subTopologies.flatMap(({ sinks }) => sinks).filter(({ kind }) => kind === 'kafka');
  return sink.kind === 'kafka' && sink.wholeKey;
}

describe('a record key', () => {
  test.each(['[word, win]', '[win, n, word]', '[word, win.start]', '[word, win.end]'])(
    '%s holds the whole key of a table by word and window',
    (key) => {
      expect(isWhole(key)).toBe(true);
    },
  );

  test.each(['word', 'win', '[word, n]', '[word, win.start + interval 1 hour]', '[upper(word), win]'])(
    '%s does not',
    (key) => {
      expect(isWhole(key)).toBe(false);
    },
  );

  test('holds it under other names, too', () => {
    expect(isWhole('[spoken, opens]', '[word as spoken, win.start as opens, n]')).toBe(true);
    expect(isWhole('[again, ends]', '[word, word as again, win.end as ends]')).toBe(true);
  });

  test('does not hold what was selected away', () => {
    expect(isWhole('word', '[word, n]')).toBe(false);
    expect(isWhole('[word, day]', '[word, cast(win.start as date) as day]')).toBe(false);
  });

  test('has to hold the window itself where windows follow the clock of a zone, on which two may begin at one moment', () => {
    const local = "window(ts, '2 hours', '1 hour', '0 seconds', 'Europe/Amsterdam') as win";
    expect(isWhole('[word, win.start]', '[word, win, n]', local)).toBe(false);
    expect(isWhole('[word, win]', '[word, win, n]', local)).toBe(true);
  });

  test('does not hold a struct by one of its fields', () => {
    expect(isWhole('[word, win.start]', '[word, win, n]', 'struct(ts as start, ts as `end`) as win')).toBe(false);
  });
});
