import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complaints, counts, runYaml } from './run-yaml.ts';

const steps = (text: string, partitions = 1): string =>
  `  - name: it\n    partitions: ${partitions}\n    batches:\n${text}`;

const A = '{ word: a, ts: "2026-01-01T12:01:00Z" }';
const B = '{ word: b, ts: "2026-01-01T12:41:00Z" }';
const onPartition = (row: string, partition: number): string => `{ value: ${row}, partition: ${partition} }`;

describe('a step', () => {
  test('is one batch of what it sends, followed through every stage before it is looked at', async () => {
    const yaml = counts(
      steps(`
      - send: { words: [ ${A}, ${A}, ${B} ] }
        # The window of \`a\` is closed by the batch behind the one that \`b\` came in.
        expect: { out: [ { word: a, n: 2 }, { word: b, n: 1 } ], state: { counts: 1 } }
      - send: { words: [ ${B} ] }
        expect: { out: [ { word: b, n: 2 } ] }`),
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('closes windows that its watermark has passed, and counts rows that come too late', async () => {
    const yaml = counts(
      steps(`
      - send: { words: [ ${A} ] }
        expect: { out: [], watermark: { counts: "2026-01-01T11:51:00Z" } }
      - send: { words: [ ${B} ] }
        expect: { out: [ { word: a, n: 1 } ], watermark: { counts: "2026-01-01T12:31:00Z" }, state: { counts: 1 } }
      - send: { words: [ ${A}, ${A} ] }
        expect: { out: [], lateRowsDropped: { counts: 2 } }
      - send: { words: [ ${B} ] }
        expect: { lateRowsDropped: { counts: 0 } }`),
      { outputMode: 'append' },
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('sees a topology that has been stopped and started on the same broker and state', async () => {
    const yaml = counts(
      steps(`
      - send: { words: [ ${A} ] }
      - restart: true
        expect: { out: [], state: { counts: 1 } }
      - send: { words: [ ${A} ] }
        expect: { out: [ { word: a, n: 2 } ] }`),
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('may name the partition, the time and the headers of a record, and the key it has there', async () => {
    const yaml = `
apiVersion: millrace/v1
name: lines
sources: { lines: { topic: lines, value: { format: text } } }
views: { shown: { from: lines, select: [ key, value, partition, timestamp, "get(headers, 0).key as header" ] } }
sinks: { out: { from: shown, console: true } }
tests:
${steps(
  `
      - send:
          lines:
            - { key: k, value: v, partition: 2, timestamp: 2026-02-03T04:05:06Z, headers: { h: x } }
            - { value: 7, partition: 0, timestamp: 0 }
            - { key: [1, a], value: ~, partition: 1 }
            - plain
        expect:
          out:
            unordered: true
            rows:
              - { key: k, value: v, partition: 2, timestamp: "2026-02-03T04:05:06.000Z", header: h }
              - { value: "7", partition: 0, timestamp: "1970-01-01T00:00:00.000Z" }
              - { key: '[1,"a"]', partition: 1, timestamp: "2026-01-01T00:00:00.000Z" }
              - { value: plain, partition: 0, timestamp: "2026-01-01T00:00:00.000Z" }`,
  3,
)}`;
    expect(await complaints(yaml)).toEqual([]);
  });
});

describe('time', () => {
  test('stands still but for `advance`: batches see the start time, then that much more', async () => {
    const yaml = `
apiVersion: millrace/v1
name: clock
sources: { lines: { topic: lines, value: { format: text } } }
views: { shown: { from: lines, select: [ now() as t ] } }
sinks: { out: { from: shown, console: true } }
tests:
  - name: it
    startTime: 2026-05-01T00:00:00Z
    batches:
      - send: { lines: [ a ] }
        expect: { out: [ { t: "2026-05-01T00:00:00.000Z" } ] }
      - send: { lines: [ a ] }
        expect: { out: [ { t: "2026-05-01T00:00:00.000Z" } ] }
      - advance: 1 hour 30 seconds
        expect: { out: [] }
      - send: { lines: [ a ] }
        expect: { out: [ { t: "2026-05-01T01:00:30.000Z" } ] }`;
    expect(await complaints(yaml)).toEqual([]);
  });

  test('makes a partition idle exactly when its timeout is over', async () => {
    const yaml = counts(
      steps(
        `
      - send: { words: [ ${onPartition(A, 0)}, ${onPartition(A, 1)} ] }
      - send: { words: [ ${onPartition(B, 0)} ] }
        expect: { out: [], watermark: { counts: "2026-01-01T11:51:00Z" } }
      - advance: 29 seconds
        expect: { out: [], watermark: { counts: "2026-01-01T11:51:00Z" } }
      - advance: 1 second
        expect: { out: [ { word: a, n: 2 } ], watermark: { counts: "2026-01-01T12:31:00Z" } }`,
        2,
      ),
      { outputMode: 'append' },
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('does not make a partition idle that gets a row now and then', async () => {
    const yaml = counts(
      steps(
        `
      - send: { words: [ ${onPartition(A, 0)}, ${onPartition(B, 1)} ] }
      - advance: 20 seconds
      - send: { words: [ ${onPartition(A, 0)} ] }
      - advance: 20 seconds
        expect: { out: [], watermark: { counts: "2026-01-01T11:51:00Z" } }`,
        2,
      ),
      { outputMode: 'append', idleTimeout: '30 seconds' },
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('is not held back by partitions that never get anything', async () => {
    const yaml = counts(
      steps(
        `
      - send: { words: [ ${onPartition(A, 3)} ] }
      - send: { words: [ ${onPartition(B, 3)} ] }
        expect: { out: [ { word: a, n: 1 } ] }`,
        6,
      ),
      { outputMode: 'append' },
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test.each(['availableNow', '{ processingTime: 1 minute }', '{ continuous: 1 second }'])(
    'gives the same with trigger %s',
    async (trigger) => {
      const yaml = counts(
        steps(`
      - send: { words: [ ${A} ] }
        expect: { out: [] }
      - send: { words: [ ${B} ] }
        expect: { out: [ { word: a, n: 1 } ], watermark: { counts: "2026-01-01T12:31:00Z" } }
      - restart: true
        expect: { out: [], state: { counts: 1 } }`),
        { outputMode: 'append', trigger },
      );
      expect(await complaints(yaml)).toEqual([]);
    },
  );

  test('with trigger once, a run closes what the runs before it led to', async () => {
    const yaml = counts(
      steps(`
      - send: { words: [ ${A} ] }
      - send: { words: [ ${B} ] }
        expect: { out: [] }
      - send: { words: [] }
        expect: { out: [ { word: a, n: 1 } ] }`),
      { outputMode: 'append', trigger: 'once' },
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('goes on to the next tick of an interval, which a batch waits for', async () => {
    const yaml = `
apiVersion: millrace/v1
name: ticks
sources: { lines: { topic: lines, value: { format: text } } }
views: { shown: { from: lines, select: [ now() as t ] } }
sinks: { out: { from: shown, console: true } }
trigger: { processingTime: 5 minutes }
tests:
  - name: it
    batches:
      - send: { lines: [ a ] }
      - advance: 1 minute
      - send: { lines: [ a ] }
        expect: { out: [ { t: "2026-01-01T00:05:00.000Z" } ] }`;
    expect(await complaints(yaml)).toEqual([]);
  });
});

describe('a step of three stages on several partitions', () => {
  const minute = (n: number): string => new Date(Date.UTC(2026, 0, 1, 12, n)).toISOString();
  const record = ({ word, at, partition }: { word: string; at: number; partition: number }): string =>
    `{ value: { word: ${word}, ts: "${minute(at)}" }, partition: ${partition} }`;
  const hourly = (tests: string): string => `
apiVersion: millrace/v1
name: hourly
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 1 minute, idleTimeout: 10 hours }
views:
  minutes:
    from: words
    groupBy: [ "window(ts, '1 minute') as minute", word ]
    aggregate: [ count(*) as n ]
    emit: final
  hours:
    from: minutes
    groupBy: [ "window(minute, '1 hour') as hour" ]
    aggregate: [ sum(n) as n ]
sinks:
  out: { from: hours, topic: out, outputMode: append, value: { select: [ n, hour.start as start ] } }
tests:
${tests}`;

  test('ends when time alone, short of an idle timeout, would bring nothing more', async () => {
    const step = fc.array(fc.record({ word: fc.constantFrom('a', 'b', 'c'), at: fc.nat(300), partition: fc.nat(2) }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (sent) => {
        const all = sent.map((records) => `      - send: { words: [ ${records.map(record).join(', ')} ] }`);
        const waits = all.map((send) => `${send}\n      - advance: 1 minute\n        expect: { out: [] }`);
        expect(await complaints(hourly(steps(`\n${waits.join('\n')}`, 3)))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  test('loses nothing of minutes that are summed into hours', async () => {
    const words = [0, 1, 2].flatMap((partition) =>
      Array.from({ length: 30 }, (_, i) => record({ word: 'abc'[i % 3], at: i * 2, partition })),
    );
    const later = [0, 1, 2].map((partition) => record({ word: 'z', at: 240, partition }));
    const yaml = hourly(
      steps(
        `
      - send: { words: [ ${words.join(', ')} ] }
        expect: { out: [] }
      - send: { words: [ ${later.join(', ')} ] }
        expect: { out: [ { n: 90, start: "2026-01-01T12:00:00.000Z" } ] }`,
        3,
      ),
    );
    expect(await complaints(yaml)).toEqual([]);
  });
});

describe('what came otherwise', () => {
  test('is shown row by row, at the place of the expectation', async () => {
    const text = `      - send: { words: [ ${A}, ${B}, ${A} ] }\n        expect: { out: [ { word: a, n: 1 }, { word: b, n: 1 }, { word: c, n: 1 } ] }`;
    const yaml = counts(steps(text));
    const [[mismatch]] = await runYaml(yaml);
    expect(mismatch.message).toBe('sink `out`: 3 expected, 2 came');
    expect(mismatch.lines).toEqual([
      '- {"word":"a","n":1}',
      '+ {"word":"a","n":2}',
      '  {"word":"b","n":1}',
      '- {"word":"c","n":1}',
    ]);
    expect(yaml.slice(mismatch.span.start).startsWith('[ { word: a, n: 1 }, ')).toBe(true);
  });

  test('is judged in order, unless the order is said not to count', async () => {
    const send = `      - send: { words: [ ${A}, ${B} ] }\n`;
    const rows = '[ { word: b, n: 1 }, { word: a, n: 1 } ]';
    expect(await complaints(counts(steps(`${send}        expect: { out: ${rows} }`)))).not.toEqual([]);
    const unordered = counts(steps(`${send}        expect: { out: { unordered: true, rows: ${rows} } }`));
    expect(await complaints(unordered)).toEqual([]);
  });

  test('is told of counts, watermarks, late rows and state', async () => {
    const yaml = counts(
      steps(`
      - send: { words: [ ${A} ] }
        expect:
          out: { rows: 2 }
          watermark: { counts: "2026-01-01T12:00:00Z" }
          lateRowsDropped: { counts: 1 }
          state: { counts: 4 }`),
    );
    expect(await complaints(yaml)).toEqual([
      'sink `out`: 2 expected, 1 came',
      '  {"word":"a","n":1}',
      'the watermark of view `counts` is 2026-01-01T11:51:00.000Z, not 2026-01-01T12:00:00.000Z',
      'the number of late rows of view `counts` is 0, not 1',
      'the number of rows in the state of view `counts` is 1, not 4',
    ]);
  });

  test('types count, null members do not', async () => {
    const send = `      - send: { words: [ { ts: "2026-01-01T12:01:00Z" } ] }\n`;
    expect(await complaints(counts(steps(`${send}        expect: { out: [ { word: ~, n: 1 } ] }`)))).toEqual([]);
    expect(await complaints(counts(steps(`${send}        expect: { out: [ { n: "1" } ] }`)))).not.toEqual([]);
  });

  test('includes keys, where the expectation gives them', async () => {
    const send = `      - send: { words: [ ${A} ] }\n`;
    const keyed = (key: string): string =>
      counts(steps(`${send}        expect: { out: [ { key: ${key}, value: { word: a, n: 1 } } ] }`));
    expect(await complaints(keyed('a'))).toEqual([]);
    expect(await complaints(keyed('b'))).toEqual([
      'sink `out`: 1 expected, 1 came',
      '- {"key":"b","value":{"word":"a","n":1}}',
      '+ {"key":"a","value":{"word":"a","n":1}}',
    ]);
  });

  test('a key of null is none', async () => {
    const keyed = (key: string): string =>
      counts(
        steps(`      - send: { words: [ { word: ~, ts: 2026-01-01T00:00:00Z } ] }
        expect: { out: [ { key: ${key}, value: { n: 1 } } ] }`),
      );
    expect(await complaints(keyed('~'))).toEqual([]);
    expect(await complaints(keyed("'null'"))).toEqual([
      'sink `out`: 1 expected, 1 came',
      '- {"key":"null","value":{"n":1}}',
      '+ {"key":null,"value":{"n":1}}',
    ]);
  });
});

describe('a deletion', () => {
  test('is a row whose value is null', async () => {
    const yaml = `
apiVersion: millrace/v1
name: deletions
sources: { words: { topic: words, value: { format: json, schema: "word string, n int" } } }
views:
  sums: { from: words, groupBy: word, aggregate: [ sum(n) as n ], having: n > 0 }
sinks: { out: { from: sums, topic: out, key: word, outputMode: update } }
tests:
${steps(`
      - send: { words: [ { word: a, n: 1 } ] }
        expect: { out: [ { word: a, n: 1 } ] }
      - send: { words: [ { word: a, n: -1 } ] }
        expect: { out: [ { key: a, value: null } ] }`)}`;
    expect(await complaints(yaml)).toEqual([]);
  });
});

describe('a failure', () => {
  test('is expected by its code', async () => {
    const yaml = counts(
      steps(`      - send: { words: [ { value: no JSON } ] }\n        expect: { error: RECORD_UNDECODABLE }`),
    );
    expect(await complaints(yaml)).toEqual([]);
  });

  test('that is not expected ends the test, and says why', async () => {
    const yaml = counts(steps(`      - send: { words: [ { value: no JSON } ] }\n      - send: { words: [] }`));
    const found = await complaints(yaml);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('the topology failed in this step: error[RECORD_UNDECODABLE] source `words`');
  });

  test('that was expected and did not come is a mismatch', async () => {
    const yaml = counts(steps(`      - send: { words: [ ${A} ] }\n        expect: { error: RECORD_UNDECODABLE }`));
    expect(await complaints(yaml)).toEqual(['RECORD_UNDECODABLE was expected, and nothing failed']);
  });

  test('stops the topology: a step behind it needs a restart', async () => {
    const broken = `      - send: { words: [ { value: no JSON } ] }\n        expect: { error: RECORD_UNDECODABLE }\n`;
    const [after] = await complaints(counts(steps(`${broken}      - send: { words: [] }`)));
    expect(after).toContain('the topology failed in the step before; `restart: true` starts it anew');
    const again = `${broken}      - restart: true\n        expect: { error: RECORD_UNDECODABLE }`;
    expect(await complaints(counts(steps(again)))).toEqual([]);
  });
});

test('tests do not see each other', async () => {
  const one = `
  - name: X
    batches:
      - send: { words: [ ${A} ] }
        expect: { out: [ { word: a, n: 1 } ] }`;
  expect(await runYaml(counts(one + one.replace('X', 'Y')))).toEqual([[], []]);
});

test('a view that closes by the clock comes to rest, also where one of its tasks never had anything and others listen', async () => {
  const yaml = `
apiVersion: millrace/v1
name: rest
sources:
  orders:
    topic: orders
    value: { format: json, schema: "customer string, ts timestamp" }
    partitionedBy: [ customer ]
    watermark: { column: ts, delay: 10 minutes }
views:
  perMinute:
    from: orders
    groupBy: [ "window(ts, '1 minute') as w", customer ]
    aggregate: count(*) as n
    close: { idle: 5 minutes }
    emit: final
  perHour:
    from: perMinute
    groupBy: [ "window(w, '1 hour') as h" ]
    aggregate: sum(n) as n
    close: { idle: 5 minutes }
sinks:
  out: { from: perHour, topic: out, value: { select: [ n ] } }
tests:
  - name: it
    partitions: 2
    startTime: "2026-01-01T12:00:30Z"
    batches:
      - send: { orders: [ { key: ann, value: { customer: ann, ts: "2026-01-01T12:00:00Z" } } ] }
        expect: { out: [], state: { perMinute: 1 } }
      - advance: 30 minutes
        expect: { out: [], state: { perMinute: 0, perHour: 1 } }
      - advance: 40 minutes
        expect: { out: [ { n: 1 } ] }
`;
  expect(await complaints(yaml)).toEqual([]);
});
