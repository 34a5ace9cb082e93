import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { explain, explainJson } from '../../src/plan/explain.ts';
import type { PhysicalPlan, SubTopology } from '../../src/plan/physical-plan.ts';
import { planTopology } from '../../src/plan/plan.ts';
import { loadTopology } from '../../src/topology/load-topology.ts';
import { planOf } from '../support/engine-harness.ts';

interface Parts {
  readonly source?: string;
  readonly views: string;
  readonly sinks: string;
}

const WATERMARK = 'watermark: { column: ts, delay: 10 minutes }';

const topology = ({ source = WATERMARK, views, sinks }: Parts): string => `
apiVersion: millrace/v1
name: words
sources:
  lines:
    topic: lines
    value: { format: json, schema: "word string, ts timestamp, other timestamp, n bigint" }
    ${source}
views:
${views}
sinks:
${sinks}
`;

/** A grouped view `counts`, with further keys. */
const counts = (groupBy: string, more = ''): string => `  counts:
    from: lines
    groupBy:
${groupBy
  .split('; ')
  .map((group) => `      - ${group}`)
  .join('\n')}
    aggregate: [ count(*) as c ]
${more === '' ? '' : `    ${more}\n`}`;

const BY_WINDOW = "window(ts, '10 minutes') as win; word";
const UPDATE = '  out: { from: counts, topic: out, outputMode: update }';
const APPEND = '  out: { from: counts, topic: out, outputMode: append }';
const COMPLETE = '  out: { from: counts, topic: out, outputMode: complete, key: word }';

interface Found {
  readonly code: string;
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
}

function complaints(parts: Parts): Found[] {
  const yaml = topology(parts);
  const diagnostics = new Diagnostics();
  const spec = loadTopology(yaml, 'test.yaml', diagnostics, () => undefined);
  if (spec !== null) planTopology(spec, diagnostics);
  return diagnostics.all.map(({ code, message, remedy, span }) => ({
    code,
    message,
    remedy,
    place: yaml.slice(span.start, span.end),
  }));
}

const subOf = (plan: PhysicalPlan, id: string): SubTopology =>
  plan.subTopologies.find((sub) => sub.id === id) ?? expect.fail(`no sub-topology ${id}`);

const operations = (sub: SubTopology): string[] => sub.nodes.map((node) => `${node.view}: ${node.operation}`);

describe('the watermark of a source', () => {
  test('is in the plan, and its column is decoded though nothing else reads it', () => {
    const plan = planOf(
      topology({ views: '  v:\n    from: lines\n    select: [ word ]', sinks: '  out: { from: v, topic: out }' }),
    );
    const { input } = subOf(plan, 'lines');
    expect(input).toMatchObject({
      eventTime: { column: 1, delayUs: 600_000_000, idleTimeoutMs: 30_000 },
      needed: [true, true, false, false, false],
    });
  });

  test('may stand in records as a number: the format says what it counts, the plan shows it and has another fingerprint', () => {
    const yaml = topology({ views: counts(BY_WINDOW), sinks: APPEND });
    const plain = planOf(yaml);
    const counted = planOf(yaml.replace('n bigint"', 'n bigint", options: { timestampFormat: epochSeconds }'));
    expect(subOf(counted, 'lines').input).toMatchObject({ format: { name: 'json', timestampFormat: 'epochSeconds' } });
    expect(explain(counted, 'text')).toContain('lines as lines (json with timestamps as epochSeconds, from');
    expect(explain(plain, 'text')).toContain('lines as lines (json, from');
    expect(counted.fingerprint).not.toBe(plain.fingerprint);
  });

  test.each<[string, string, string, string]>([
    ['{ column: othr, delay: 1 minute }', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', 'othr', 'did you mean `other`?'],
    ['{ column: word, delay: 1 minute }', 'EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE', 'word', '"word timestamp"'],
    ['{ column: n, delay: 1 minute }', 'EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE', 'n', 'timestampFormat: epochMillis'],
    [
      '{ column: _record.timestamp, delay: 1 minute }',
      'EVENT_TIME_MUST_BE_TOP_LEVEL_COLUMN',
      '_record.timestamp',
      'value',
    ],
  ])('%s is refused at the column', (watermark, code, place, remedy) => {
    const [found, ...others] = complaints({
      source: `watermark: ${watermark}`,
      views: counts(BY_WINDOW),
      sinks: APPEND,
    });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code, place });
    expect(found.remedy).toContain(remedy);
  });
});

describe('a view grouped by a window of the event time', () => {
  const plan = planOf(topology({ views: counts(BY_WINDOW), sinks: APPEND }));
  const behind = subOf(plan, 'counts');

  test('keeps its groups in segments, which are the ends of their windows', () => {
    expect(operations(behind)).toEqual(['counts: timed aggregate', 'counts: project']);
    const [store] = behind.stores;
    expect(store.segmented).toBe(true);
    expect(store.segmentOf?.([[100, 200], 'owl'])).toBe(200);
  });

  test('gets the watermarks of its source by markers', () => {
    expect(behind.input).toMatchObject({ kind: 'repartition', upstream: 'lines', timed: true });
    expect(subOf(plan, 'lines').sinks).toEqual([expect.objectContaining({ kind: 'repartition', timed: true })]);
  });

  test('is aggregated before the repartition, with the number of rows behind each part', () => {
    expect(operations(subOf(plan, 'lines'))).toEqual(['counts: partial aggregate']);
    expect(behind.input.relation.schema.map((column) => column.name)).toEqual(['win', 'word', '_buffer0', '_rows']);
  });

  test('has another store when its window is another one', () => {
    const fingerprint = (groups: string): string =>
      subOf(planOf(topology({ views: counts(groups), sinks: UPDATE })), 'counts').stores[0].fingerprint;
    const same = fingerprint('window(ts, interval 10 minutes) as win; word');
    expect(same).toBe(behind.stores[0].fingerprint);
    for (const other of ["'11 minutes'", "'10 minutes', '5 minutes'", "'10 minutes', '10 minutes', '1 minute'"]) {
      expect(fingerprint(`window(ts, ${other}) as win; word`)).not.toBe(same);
    }
  });

  test('has another fingerprint of the plan, but not of the store, when the delay is another one', () => {
    const later = planOf(
      topology({ source: WATERMARK.replace('10 minutes', '1 hour'), views: counts(BY_WINDOW), sinks: APPEND }),
    );
    expect(later.fingerprint).not.toBe(plan.fingerprint);
    expect(subOf(later, 'counts').stores[0].fingerprint).toBe(behind.stores[0].fingerprint);
  });

  test('closes by the wall clock where it says so', () => {
    const closing = planOf(topology({ views: counts(BY_WINDOW, 'close: { idle: 1 minute }'), sinks: APPEND }));
    expect(subOf(closing, 'counts').nodes.map((node) => node.closeIdleMs)).toEqual([60_000, null]);
  });
});

describe('where event time goes', () => {
  /** The event-time columns of the last node of the sub-topology, or the complaints. */
  function eventTime(views: string, id: string, sink = 'from: v'): string[] {
    const plan = planOf(topology({ views, sinks: `  out: { ${sink}, topic: out, outputMode: update }` }));
    const { relation } = subOf(plan, id).nodes.at(-1) ?? expect.fail('no node');
    return relation.eventTimes.map(({ column, kind }) => `${relation.schema[column].name} ${kind}`);
  }

  test('through filters and selections, under any name', () => {
    expect(eventTime('  v:\n    from: lines\n    where: n > 1\n    select: [ n, ts as t ]', 'lines')).toEqual([
      't instant',
    ]);
    expect(eventTime('  v:\n    from: lines\n    where: n > 1', 'lines')).toEqual(['ts instant']);
  });

  test('past the elements of an array', () => {
    const views = "  v:\n    from: lines\n    select:\n      - posexplode(split(word, ' ')) as (i, w)\n      - ts";
    expect(eventTime(views, 'lines')).toEqual(['ts instant']);
  });

  test('not through an expression', () => {
    expect(eventTime('  v:\n    from: lines\n    select: [ ts + interval 1 hour as ts ]', 'lines')).toEqual([]);
  });

  test('into windows of a selection, one row for each', () => {
    const views =
      "  v:\n    from: lines\n    select:\n      - window(ts, '10 minutes', '5 minutes') as w\n      - word";
    expect(eventTime(views, 'lines')).toEqual(['w window']);
  });

  test('on from the final rows of an aggregation, as the window and as its last microsecond', () => {
    const views = `${counts(BY_WINDOW, 'emit: final')}
  v:
    from: counts
    select: [ win, window_time(win) as t, c ]`;
    expect(eventTime(views, 'counts')).toEqual(['win window', 't windowTime']);
  });

  test('is a segment later for a last microsecond, so that what is final at once is never late at once', () => {
    const views = `${counts(BY_WINDOW, 'emit: final')}
  v:
    from: counts
    groupBy:
      - window_time(win) as t
    aggregate: [ sum(c) as c ]`;
    const plan = planOf(topology({ views, sinks: '  out: { from: v, topic: out }' }));
    expect(subOf(plan, 'v').stores[0].segmentOf?.([199])).toBe(200);
  });

  test('nowhere, for a null: its group stays', () => {
    const plan = planOf(topology({ views: counts('ts'), sinks: APPEND }));
    const { segmentOf } = subOf(plan, 'counts').stores[0];
    expect([segmentOf?.([5]), segmentOf?.([null])]).toEqual([5, Number.MAX_SAFE_INTEGER]);
  });
});

describe('aggregations in a chain', () => {
  const hours = `  hours:
    from: counts
    groupBy:
      - window(win, '1 hour') as hour
    aggregate: [ sum(c) as total ]`;

  test('go from one repartition to the next, each with markers', () => {
    const plan = planOf(
      topology({ views: `${counts(BY_WINDOW, 'emit: final')}\n${hours}`, sinks: '  out: { from: hours, topic: out }' }),
    );
    expect(plan.subTopologies.map((sub) => [sub.id, operations(sub)])).toEqual([
      ['lines', ['counts: partial aggregate']],
      ['counts', ['counts: timed aggregate', 'counts: emit', 'counts: project', 'hours: partial aggregate']],
      ['hours', ['hours: timed aggregate', 'hours: project']],
    ]);
    expect(subOf(plan, 'hours').input).toMatchObject({ upstream: 'counts', timed: true });
  });

  test('stay in one sub-topology where the partitioning allows it', () => {
    const plan = planOf(
      topology({
        source: `partitionedBy: word\n    ${WATERMARK}`,
        views: `${counts(BY_WINDOW, 'emit: final')}\n${hours.replace('as hour\n', 'as hour\n      - word\n')}`,
        sinks: '  out: { from: hours, topic: out }',
      }),
    );
    expect(plan.subTopologies.map((sub) => sub.stores.map((store) => store.name))).toEqual([['counts', 'hours']]);
  });

  test.each([
    [BY_WINDOW, '`emit: final`'],
    ['word', 'group the stream'],
  ])('are refused over changes, of groups by %s, with the way out', (groups, remedy) => {
    const [found] = complaints({
      views: `${counts(groups)}\n  again:\n    from: counts\n    aggregate: [ sum(c) as total ]`,
      sinks: '  out: { from: again, topic: out, outputMode: update }',
    });
    expect(found).toMatchObject({ code: 'MILLRACE_NOT_YET', place: 'sum(c) as total' });
    expect(found.remedy).toContain(remedy);
  });
});

describe('rows travel as they are', () => {
  test('where late rows go to a stream of their own, which views and sinks read', () => {
    const plan = planOf(
      topology({
        views: `${counts(BY_WINDOW, 'lateRows: tooLate')}\n  later:\n    from: tooLate\n    where: n > 1`,
        sinks: `${APPEND}\n  late: { from: tooLate, topic: late }\n  later: { from: later, topic: later }`,
      }),
    );
    expect(operations(subOf(plan, 'lines'))).toEqual(['counts: assign groups']);
    const behind = subOf(plan, 'counts');
    expect(operations(behind)).toEqual([
      'counts: timed aggregate',
      'tooLate: late rows',
      'counts: project',
      'later: filter',
      'later: project',
    ]);
    const late = behind.nodes[1].relation;
    expect(late.schema.map((column) => column.name)).toEqual(['word', 'ts', 'other', 'n', '_record']);
    expect([late.kind, late.eventTimes, late.partitioning]).toEqual(['stream', [], null]);
    const { input } = subOf(plan, 'lines');
    expect(input.kind === 'source' && input.needed).toEqual([true, true, true, true, true]);
  });

  test('where the order of rows matters', () => {
    const views = counts(BY_WINDOW).replace('count(*) as c', 'collect_list(n) as c');
    const plan = planOf(topology({ views, sinks: APPEND }));
    const sent = subOf(plan, 'lines').nodes[0];
    expect([sent.operation, sent.detail]).toEqual([
      'assign groups',
      expect.stringContaining('(not aggregated yet: the order of rows matters)'),
    ]);
    expect(subOf(plan, 'counts').input).toMatchObject({ timed: true });
  });

  test('not otherwise', () => {
    const plan = planOf(topology({ views: counts(BY_WINDOW), sinks: APPEND }));
    expect(operations(subOf(plan, 'lines'))).toEqual(['counts: partial aggregate']);
  });
});

describe('output modes', () => {
  const NO_WATERMARK = '';
  const OTHER_WINDOW = "window(other, '10 minutes') as win; word";

  test.each<[what: string, parts: Parts]>([
    ['append of windows', { views: counts(BY_WINDOW), sinks: APPEND }],
    ['update of windows', { views: counts(BY_WINDOW), sinks: UPDATE }],
    ['complete of windows', { views: counts(BY_WINDOW), sinks: COMPLETE }],
    ['append of groups by the event time', { views: counts('ts; word'), sinks: APPEND }],
    ['update without a watermark', { source: NO_WATERMARK, views: counts(BY_WINDOW), sinks: UPDATE }],
    ['complete without a watermark', { source: NO_WATERMARK, views: counts(BY_WINDOW), sinks: COMPLETE }],
    ['update of groups without event time', { views: counts('word'), sinks: UPDATE }],
    ['append of final rows', { views: counts(BY_WINDOW, 'emit: final'), sinks: APPEND }],
    [
      'append of new keys without a watermark',
      { source: NO_WATERMARK, views: counts('word', 'emit: newKeys'), sinks: APPEND },
    ],
    [
      'append and update of one view',
      { views: counts(BY_WINDOW), sinks: `${APPEND}\n${UPDATE.replace('out:', 'two:')}` },
    ],
    [
      'append behind having and a selection',
      {
        views: `${counts(BY_WINDOW, 'having: count(*) > 1')}\n  v:\n    from: counts\n    select: [ word ]`,
        sinks: APPEND.replace('counts', 'v'),
      },
    ],
  ])('%s is accepted', (_, parts) => {
    expect(complaints(parts)).toEqual([]);
  });

  test.each<[what: string, parts: Parts, place: string, why: string, remedy: string]>([
    [
      'append without a watermark',
      { source: NO_WATERMARK, views: counts(BY_WINDOW), sinks: APPEND },
      'append',
      'no watermark reaches `counts`',
      'declare `watermark',
    ],
    [
      'append of groups without event time',
      { views: counts('word'), sinks: APPEND },
      'append',
      'hold no event time',
      "group by `window(ts, '10 minutes')`",
    ],
    [
      'append of windows of another column',
      { views: counts(OTHER_WINDOW), sinks: APPEND },
      'append',
      'is not one of `ts`',
      "group by `window(ts, '10 minutes')`",
    ],
    [
      'append of a view that is also written whole',
      { views: counts(BY_WINDOW), sinks: `${COMPLETE}\n${APPEND.replace('out:', 'two:')}` },
      'append',
      'the sink `out` writes all of `counts`',
      'make two views',
    ],
    [
      'complete of final rows',
      { views: counts(BY_WINDOW, 'emit: final'), sinks: COMPLETE },
      'complete',
      '`counts` is a stream',
      '`outputMode: append`',
    ],
    [
      'complete of new keys',
      { views: counts(BY_WINDOW, 'emit: newKeys'), sinks: COMPLETE },
      'complete',
      '`counts` is a stream',
      '`outputMode: append`',
    ],
    [
      'emit: final without a watermark',
      { source: NO_WATERMARK, views: counts(BY_WINDOW, 'emit: final'), sinks: UPDATE },
      'final',
      'no watermark reaches',
      'declare `watermark',
    ],
    [
      'emit: final of groups without event time',
      { views: counts('word', 'emit: final'), sinks: UPDATE },
      'final',
      'hold no event time',
      'group by',
    ],
    [
      'close without event time',
      { views: counts('word', 'close: { idle: 1 minute }'), sinks: UPDATE },
      '1 minute',
      '`close` has no meaning',
      'group by',
    ],
    [
      'late rows where nothing is late',
      { views: counts(BY_WINDOW, 'lateRows: late'), sinks: COMPLETE },
      'late',
      '`lateRows` has no meaning here',
      'make two views',
    ],
  ])('%s is refused at its place, with the reason and the way out', (_, parts, place, why, remedy) => {
    const [found, ...others] = complaints(parts);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION', place });
    expect(found.message).toContain(why);
    expect(found.remedy).toContain(remedy);
  });

  test('complete keeps every window: nothing is evicted, nothing is late, and no markers are needed', () => {
    const plan = planOf(topology({ views: counts(BY_WINDOW), sinks: COMPLETE }));
    const behind = subOf(plan, 'counts');
    expect(operations(behind)[0]).toBe('counts: aggregate');
    expect([behind.stores[0].segmented, behind.stores[0].segmentOf]).toEqual([false, null]);
    expect(behind.input).toMatchObject({ timed: false });
  });

  test('a sink counts for the view whose table it writes, through views that filter', () => {
    const plan = planOf(
      topology({
        views: `${counts(BY_WINDOW)}\n  big:\n    from: counts\n    where: c > 10`,
        sinks: COMPLETE.replace('counts', 'big'),
      }),
    );
    expect(operations(subOf(plan, 'counts'))[0]).toBe('counts: aggregate');
  });
});

describe('explain', () => {
  test('shows watermarks, windows, segments, markers, modes, and how rows travel', () => {
    const plan = planOf(
      topology({
        views: counts("window(ts, '10 minutes', '5 minutes') as win; word", 'close: { idle: 1 minute }'),
        sinks: APPEND,
      }),
    );
    const text = explain(plan, 'text');
    expect(text.slice(text.indexOf('\nsub-topology lines'), text.indexOf('\ntopics'))).toMatchInlineSnapshot(`
      "
      sub-topology lines
        input  lines as lines (json, from earliest; watermark ts - 10 minutes, a partition is idle after 30 seconds; reads word, ts)
          counts: partial aggregate [window(ts, '10 minutes', '5 minutes', '0 seconds') struct<start: timestamp, end: timestamp>, word string] count(*)
              stream win struct<start: timestamp, end: timestamp>, word string, _buffer0 bigint, _rows bigint; event time win
            → repartition words.counts.repartition, with markers
        log    words.lines.changelog

      sub-topology counts
        input  words.counts.repartition (repartition; watermark by markers from lines)
          counts: timed aggregate [window(ts, '10 minutes', '5 minutes', '0 seconds') struct<start: timestamp, end: timestamp>, word string] count(*)
              table win struct<start: timestamp, end: timestamp>, word string, count(*) bigint; event time win; rows become final
              closes 1 minute behind the wall clock while every input is idle
            counts: project win as win, word as word, \`count(*)\` as c
                table win struct<start: timestamp, end: timestamp>, word string, c bigint; event time win; rows become final
              → sink out: topic out, append, json, no key
        store  counts: [window(ts, '10 minutes', '5 minutes', '0 seconds') struct<start: timestamp, end: timestamp>, word string] count(*) of word string, ts timestamp, in segments by win
        log    words.counts.changelog
      "
    `);
  });

  test('says why rows are not aggregated first', () => {
    const text = explain(planOf(topology({ views: counts(BY_WINDOW, 'lateRows: late'), sinks: APPEND })), 'text');
    expect(text).toContain('(not aggregated yet: late rows go to a stream of their own)');
  });

  test('has the watermark in its data', () => {
    const plan = planOf(topology({ views: counts(BY_WINDOW), sinks: APPEND }));
    expect(explainJson(plan)).toMatchObject({
      subTopologies: [
        { input: { watermark: { column: 'ts', delay: '10 minutes', idleTimeout: '30 seconds' } } },
        { input: { watermark: { markers: 'lines' } }, stores: [{ segmented: true }] },
      ],
    });
  });
});
