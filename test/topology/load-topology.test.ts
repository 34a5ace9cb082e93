import { describe, expect, test } from 'vitest';
import type { TopologySpec } from '../../src/topology/spec.ts';
import { TextPositions } from '../../src/topology/text-position.ts';
import { changed, load, loadSound, markedPlace, SOUND } from './marked.ts';

/** A file with one fault, the mark before the place that must be pointed at. */
interface Fault {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  readonly subject?: string;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'a misspelt key of a view',
    file: changed('    where: amount', '    ▸wher: amount'),
    code: 'MILLRACE_UNKNOWN_KEY',
    message: 'there is no key `wher` here',
    remedy:
      'did you mean `where`? known keys: from, where, groupBy, aggregate, having, select, repartition, emit, close, compression, onError, lateRows',
    subject: 'view `big`',
  },
  {
    name: 'a misspelt key of the file, which is not reported as missing as well',
    file: changed('sources:', '▸source:'),
    code: 'MILLRACE_UNKNOWN_KEY',
    message: 'there is no key `source` here',
    remedy:
      'did you mean `sources`? known keys: apiVersion, name, sources, views, sinks, trigger, onError, settings, dev, tests',
  },
  {
    name: 'a key of a later version',
    file: changed('    from: big\n', '    from: big\n    ▸join: { stream: x }\n'),
    code: 'MILLRACE_NOT_AVAILABLE',
    message: '`join` is not available in this version',
    subject: 'view `perCountry`',
  },
  {
    name: 'a watermark of a view, which belongs to a later version',
    file: changed('    from: big\n', '    from: big\n    ▸watermark: { column: ts, delay: 1 minute }\n'),
    code: 'MILLRACE_NOT_AVAILABLE',
    message: '`watermark` is not available in this version',
    subject: 'view `perCountry`',
  },
  {
    name: 'a delay that is no duration',
    file: changed('    topic: orders\n', '    topic: orders\n    watermark: { column: ts, delay: ▸soon }\n'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`delay` is not a duration',
    remedy: 'write it like `10 minutes` or `0 seconds`',
    subject: 'source `orders`',
  },
  {
    name: 'a watermark without its delay',
    file: changed('    topic: orders\n', '    topic: orders\n    ▸watermark: { column: ts }\n'),
    code: 'MILLRACE_MISSING_KEY',
    message: '`delay` is missing',
    subject: 'source `orders`',
  },
  {
    name: 'an idle timeout of no time',
    file: changed(
      '    topic: orders\n',
      '    topic: orders\n    watermark: { column: ts, delay: 0 seconds, idleTimeout: ▸0 seconds }\n',
    ),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`idleTimeout` is not a duration',
  },
  {
    name: 'an emit of an unknown kind',
    file: changed('    from: big\n', '    from: big\n    emit: ▸finals\n'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`emit` cannot be `finals`',
    remedy: 'did you mean `final`? it is one of `changes`, `final`, `newKeys`',
  },
  {
    name: 'an emit of a view that does not group',
    file: changed('    where: amount', '    emit: ▸final\n    where: amount'),
    code: 'MILLRACE_CONFLICTING_KEYS',
    message: '`emit` is about groups, and this view has none',
    remedy: 'remove it, or add groupBy',
    subject: 'view `big`',
  },
  {
    name: 'late rows of a view that does not group',
    file: changed('    where: amount', '    lateRows: ▸late\n    where: amount'),
    code: 'MILLRACE_CONFLICTING_KEYS',
    message: '`lateRows` is about groups, and this view has none',
    subject: 'view `big`',
  },
  {
    name: 'late rows under the name of a view',
    file: changed('    from: big\n', '    from: big\n    lateRows: ▸Big\n'),
    code: 'MILLRACE_DUPLICATE_NAME',
    message: '`Big` is the name of a view already; names are compared without regard to case',
    subject: 'stream of late rows `Big`',
  },
  {
    name: 'a view that reads late rows made from itself',
    file: changed('from: orders', 'from: ▸late').replace('    from: big\n', '    from: big\n    lateRows: late\n'),
    code: 'RECURSIVE_VIEW',
    message: 'the view reads itself: `big` reads `perCountry` reads `big`',
    subject: 'view `big`',
  },
  {
    name: 'a format of a later version',
    file: changed('    key: country\n', '    key: country\n    value: { format: ▸avro }\n'),
    code: 'MILLRACE_NOT_AVAILABLE',
    message: '`avro` is not available in this version',
    subject: 'sink `out`',
  },
  {
    name: 'a trigger of two kinds',
    file: changed(
      'trigger: { processingTime: 5 seconds }',
      'trigger: ▸{ processingTime: 5 seconds, continuous: 1 second }',
    ),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`trigger` names one kind of trigger',
    remedy: 'write for example `processingTime: 5 seconds`',
  },
  {
    name: 'a missing key, at the key of what lacks it',
    file: changed('  out:\n    from: perCountry\n', '  ▸out:\n'),
    code: 'MILLRACE_MISSING_KEY',
    message: '`from` is missing',
    remedy: 'add `from: …`',
    subject: 'sink `out`',
  },
  {
    name: 'a missing name of the topology',
    file: `▸${changed('name: test\n', '')}`,
    code: 'MILLRACE_MISSING_KEY',
    message: '`name` is missing',
  },
  {
    name: 'a number where a text belongs',
    file: changed('topic: orders', 'topic: ▸17'),
    code: 'MILLRACE_WRONG_TYPE',
    message: '`topic` must be a text, not a number',
    remedy: 'quote it',
    subject: 'source `orders`',
  },
  {
    name: 'a map where an expression belongs',
    file: changed('where: amount > 100', 'where: ▸{ amount: 100 }'),
    code: 'MILLRACE_WRONG_TYPE',
    message: '`where` must be a text, not a map',
    subject: 'view `big`',
  },
  {
    name: 'a list within a list of expressions',
    file: changed('aggregate: count(*) as n', 'aggregate: [ count(*), ▸[ x ] ]'),
    code: 'MILLRACE_WRONG_TYPE',
    message: 'item 2 of `aggregate` must be a text, not a list',
    subject: 'view `perCountry`',
  },
  {
    name: 'a key without a value',
    file: changed('    where: amount > 100\n', '    ▸where:\n'),
    code: 'MILLRACE_WRONG_TYPE',
    message: '`where` must be a text, not nothing',
    remedy: 'give it a value, or remove the key',
  },
  {
    name: 'an unknown output mode',
    file: changed('outputMode: update', 'outputMode: ▸upsert'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`outputMode` cannot be `upsert`',
    remedy: 'write one of `append`, `update`, `complete`',
    subject: 'sink `out`',
  },
  {
    name: 'a misspelt output mode',
    file: changed('outputMode: update', 'outputMode: ▸udpate'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`outputMode` cannot be `udpate`',
    remedy: 'did you mean `update`? it is one of `append`, `update`, `complete`',
  },
  {
    name: 'a trigger that is no duration',
    file: changed('5 seconds', '▸5 fortnights'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`processingTime` is not a duration',
    remedy: 'write it like `5 seconds` or `200 ms`',
  },
  {
    name: 'a version that this program does not read',
    file: changed('millrace/v1', '▸millrace/v2'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`apiVersion` cannot be `millrace/v2`',
    remedy: 'did you mean `millrace/v1`?',
  },
  {
    name: 'an illegal name of a view',
    file: changed('  big:', '  ▸9big:').replace('from: big', 'from: orders'),
    code: 'MILLRACE_INVALID_NAME',
    message: '`9big` is not a legal name',
    remedy: 'start with a letter or _, then use letters, digits, _ and -',
    subject: 'view `9big`',
  },
  {
    name: 'an illegal name of a topology',
    file: changed('name: test', 'name: ▸Test_1'),
    code: 'MILLRACE_INVALID_NAME',
    message: '`Test_1` is not a legal topology name',
  },
  {
    name: 'an illegal name of a topic',
    file: changed('topic: orders', 'topic: ▸orders/new'),
    code: 'MILLRACE_INVALID_NAME',
    message: '`orders/new` is not a legal topic name',
    subject: 'source `orders`',
  },
  {
    name: 'a name that makes the names of internal topics too long',
    file: changed('  big:', `  ▸${'b'.repeat(196)}:`).replace('from: big', `from: ${'b'.repeat(196)}`),
    code: 'MILLRACE_INVALID_NAME',
    message: 'the name makes internal topics of 201 characters, and 200 is the limit',
  },
  {
    name: 'a view with the name of a source',
    file: changed('  big:', '  ▸Orders:').replace('from: big', 'from: Orders'),
    code: 'MILLRACE_DUPLICATE_NAME',
    message: '`Orders` is the name of a source already; names are compared without regard to case',
    subject: 'view `Orders`',
  },
  {
    name: 'two sources of one topic',
    file: changed('views:', '  again: { topic: ▸orders, value: { format: text } }\nviews:'),
    code: 'MILLRACE_DUPLICATE_TOPIC',
    message: 'the topic `orders` is read by the source `orders` already',
    remedy: 'let views read `orders`, or make two topologies',
    subject: 'source `again`',
  },
  {
    name: 'two sinks of one name',
    file: changed('sinks:', 'sinks:\n  Out: { from: big, console: true }').replace('  out:', '  ▸out:'),
    code: 'MILLRACE_DUPLICATE_NAME',
    message: '`out` is the name of a sink already; names are compared without regard to case',
    subject: 'sink `out`',
  },
  {
    name: 'a key that occurs twice',
    file: changed('    where: amount > 100\n', '    where: amount > 100\n    ▸where: amount > 200\n'),
    code: 'MILLRACE_DUPLICATE_KEY',
    message: 'the key `where` occurs twice in this map',
  },
  {
    name: 'a from that names nothing',
    file: changed('from: big', 'from: ▸bigg'),
    code: 'TABLE_OR_VIEW_NOT_FOUND',
    message: 'there is no source or view `bigg`',
    remedy: 'did you mean `big`? sources and views: orders, big, perCountry',
    subject: 'view `perCountry`',
  },
  {
    name: 'a from with an alias that names nothing: the name alone is pointed at',
    file: changed('from: big', 'from: ▸bigg as b'),
    code: 'TABLE_OR_VIEW_NOT_FOUND',
    message: 'there is no source or view `bigg`',
  },
  {
    name: 'a view that reads a sink',
    file: changed('from: big', 'from: ▸out'),
    code: 'TABLE_OR_VIEW_NOT_FOUND',
    message: '`out` is a sink, which cannot be read',
  },
  {
    name: 'a from that names two things',
    file: changed('from: big', 'from: ▸big, orders'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`big, orders` is not the name of one source or view',
    remedy: 'write a name, or `name as alias`',
  },
  {
    name: 'views that read each other',
    file: changed('from: orders', 'from: ▸perCountry'),
    code: 'RECURSIVE_VIEW',
    message: 'the view reads itself: `big` reads `perCountry` reads `big`',
    subject: 'view `big`',
  },
  {
    name: 'groups of which nothing comes out',
    file: changed('    groupBy: country\n    aggregate: count(*) as n', '    groupBy: ▸country'),
    code: 'MILLRACE_MISSING_KEY',
    message: 'groupBy says how rows are grouped, but nothing says what comes out of a group',
    subject: 'view `perCountry`',
  },
  {
    name: 'having without groups',
    file: changed('    where: amount > 100\n', '    having: ▸amount > 100\n'),
    code: 'MILLRACE_CONFLICTING_KEYS',
    message: 'having filters groups, and this view has none',
    remedy: 'use `where`, or add groupBy',
  },
  {
    name: 'a sink without a place to write to',
    file: changed('  out:\n    from: perCountry\n    topic: out\n', '  ▸out:\n    from: perCountry\n'),
    code: 'MILLRACE_MISSING_KEY',
    message: 'nothing says where the rows go',
    remedy: 'add `topic: …` or `console: true`',
  },
  {
    name: 'a sink with two places to write to',
    file: changed('    topic: out\n    key: country\n', '    topic: ▸out\n    console: true\n'),
    code: 'MILLRACE_CONFLICTING_KEYS',
    message: '`topic` belongs to a sink that writes a topic, and this one prints to the console',
  },
  {
    name: 'JSON without columns',
    file: changed('format: json, schema: "id string, country string, amount double"', 'format: ▸json'),
    code: 'MILLRACE_MISSING_KEY',
    message: '`format: json` needs the columns to read',
    subject: 'source `orders`',
  },
  {
    name: 'text with columns',
    file: changed('format: json, schema: "id', 'format: text, schema: "▸id'),
    code: 'MILLRACE_CONFLICTING_KEYS',
    message: '`schema` has no meaning with `format: text`, whose columns are fixed',
  },
  {
    name: 'a feed for no source',
    file: `${SOUND}dev: { feed: { ▸order: { file: x } } }\n`,
    code: 'TABLE_OR_VIEW_NOT_FOUND',
    message: 'there is no source `order`',
    remedy: 'did you mean `orders`?',
  },
  {
    name: 'a list whose item was cut at a comma',
    file: changed('aggregate: count(*) as n', 'aggregate: [ sum(amount), ▸coalesce(max(amount), 0) as m ]'),
    code: 'MILLRACE_FLOW_LIST_SPLIT',
    message: 'a comma ends an item of a list [a, b], so this became 2 items',
    remedy: 'quote it: "coalesce(max(amount), 0) as m", or write one item a line with a dash before it',
    subject: 'view `perCountry`',
  },
  {
    name: 'a list that is no YAML because of a comma and a quote',
    file: changed('aggregate: count(*) as n', "aggregate: [ concat(country, ▸', ') as n ]"),
    code: 'MILLRACE_YAML_SYNTAX',
    message: expect.any(String) as string,
    remedy: 'quote the item: in a list [a, b] a comma ends an item, so an item with a comma needs quotes',
  },
  {
    name: 'an expression with a colon and a blank, which YAML takes for a key',
    file: changed('aggregate: count(*) as n', "aggregate:\n      - concat(country, ': ▸') as n"),
    code: 'MILLRACE_YAML_SYNTAX',
    message: expect.any(String) as string,
    remedy: 'quote the whole text: it holds `: `, which ends a key in YAML',
  },
  {
    name: 'a tab in the indentation',
    file: changed('    from: orders', '▸\tfrom: orders'),
    code: 'MILLRACE_YAML_SYNTAX',
    message: expect.any(String) as string,
    remedy: 'indent with spaces',
  },
  {
    name: 'a variable that is not set',
    file: changed('topic: orders', 'topic: app-▸${TOPIC}'),
    code: 'MILLRACE_INTERPOLATION',
    message: 'the environment variable `TOPIC` is not set',
    remedy: 'set it, or give a default: ${TOPIC:-…}',
  },
  {
    name: 'a schema that is no DDL',
    file: changed('amount double', 'amount ▸doubel'),
    code: expect.any(String) as string,
    message: expect.stringContaining('doubel') as string,
  },
];

describe('a topology file with one fault', () => {
  test.each(FAULTS)('$name is reported once, at its place', ({ file, code, message, remedy, subject }) => {
    const { text, line, column } = markedPlace(file);
    const { spec, all } = load(text);
    expect(spec).toBeNull();
    expect(all.map((d) => [d.code, d.message])).toEqual([[code, message]]);
    expect(new TextPositions(text).at(all[0].span.start)).toEqual({ line, column });
    if (remedy !== undefined) expect(all[0].remedy).toBe(remedy);
    if (subject !== undefined) expect(all[0].subject).toBe(subject);
  });
});

describe('a topology file with many faults', () => {
  const text = changed('from: orders', 'fro: orders')
    .replace('from: perCountry', 'from: perContry')
    .replace('outputMode: update', 'outputMode: udpate')
    .replace('name: test', 'name: Test');

  test('has every one of them reported in one run', () => {
    expect(
      load(text)
        .all.map((d) => d.code)
        .toSorted(),
    ).toEqual(['MILLRACE_INVALID_NAME', 'MILLRACE_INVALID_VALUE', 'MILLRACE_UNKNOWN_KEY']);
  });

  test('a view that is broken is not reported as missing where it is read', () => {
    const { all } = load(changed('where: amount > 100', 'where: [ amount > 100 ]'));
    expect(all.map((d) => d.code)).toEqual(['MILLRACE_WRONG_TYPE']);
  });

  test('gives its sound parts to the plan: what is broken, and what reads it, is left out', () => {
    const more = changed(
      'sinks:',
      '  other:\n    from: orders\n    wher: x\nsinks:\n  second: { from: other, console: true }',
    ).replace('groupBy: country', 'groupBy: { country: 1 }');
    const { spec } = loadSound(more);
    expect(spec?.views.map((view) => view.name.value)).toEqual(['big']);
    expect(spec?.sinks.map((sink) => sink.name.value)).toEqual([]);
  });
});

describe('a sink with the name of the view that it reads', () => {
  const sameName = changed('  out:', '  perCountry:');

  test('is no error', () => {
    const { spec, all } = load(sameName);
    expect(all).toEqual([]);
    expect(spec?.sinks.map((sink) => [sink.name.value, sink.from.value])).toEqual([['perCountry', 'perCountry']]);
  });

  test('does not take the view along when it is broken', () => {
    const { spec } = loadSound(sameName.replace('update', 'updat'));
    expect(spec?.views.map((view) => view.name.value)).toEqual(['big', 'perCountry']);
    expect(spec?.sinks).toEqual([]);
  });
});

describe('a sound topology file', () => {
  test('fills in the defaults', () => {
    const { spec, all } = load(SOUND.replace('    outputMode: update\n', '').replace(/trigger.*\n/, ''));
    expect(all).toEqual([]);
    expect(spec?.sinks[0].outputMode.value).toBe('append');
    expect(spec?.trigger).toEqual({ kind: 'default' });
    expect(spec?.sources[0].startingOffsets.value).toBe('earliest');
    expect(spec?.sources[0].partitionedBy).toBeNull();
    expect(spec?.views[0]).toMatchObject({
      repartition: 'allow',
      groupBy: null,
      aggregate: null,
      select: null,
      having: null,
    });
    expect(spec?.views[0].alias).toBe('orders');
    expect(spec?.sinks[0].target).toMatchObject({ kind: 'kafka', format: { name: 'json' }, select: null });
    expect(spec?.feeds).toEqual([]);
  });

  test('takes one text and a list of one for the same', () => {
    const one = load(SOUND).spec?.views[1];
    const list = load(changed('groupBy: country', 'groupBy: [ country ]')).spec?.views[1];
    expect(list?.groupBy?.map((g) => g.value)).toEqual(one?.groupBy?.map((g) => g.value));
  });

  test('reads an alias', () => {
    const { spec } = load(changed('from: big', 'from: big as b'));
    expect(spec?.views[1]).toMatchObject({ alias: 'b', from: { value: 'big' } });
  });

  test('aggregates over all rows where there is no groupBy', () => {
    const { spec } = load(changed('    groupBy: country\n', '').replace('    key: country\n', ''));
    expect(spec?.views[1]).toMatchObject({ groupBy: null, aggregate: [{ value: 'count(*) as n' }] });
  });

  test.each([
    ['trigger: availableNow', { kind: 'availableNow' }],
    ['trigger: default', { kind: 'default' }],
    ['trigger: { processingTime: 200 ms }', { kind: 'interval', intervalMs: 200 }],
  ])('%s', (text, trigger) => {
    expect(load(changed('trigger: { processingTime: 5 seconds }', text)).spec?.trigger).toEqual(trigger);
  });

  test.each([
    ['true', { numRows: 20, truncate: 20 }],
    ['{ numRows: 5, truncate: false }', { numRows: 5, truncate: 0 }],
    ['{ truncate: 7 }', { numRows: 20, truncate: 7 }],
    ["{ numRows: '${ROWS}', truncate: '${CUT:-false}' }", { numRows: 3, truncate: 0 }],
  ])('console: %s', (text, options) => {
    const { spec, all } = load(changed('    topic: out\n    key: country\n', `    console: ${text}\n`), { ROWS: '3' });
    expect(all).toEqual([]);
    expect(spec?.sinks[0].target).toMatchObject({ kind: 'console', ...options });
  });

  test('keeps settings as dotted paths', () => {
    const { spec } = load(`${SOUND}settings: { kafka: { brokers: [a:1, b:2] }, workers: 2 }\n`);
    expect([...(spec?.settings ?? [])].map(([path, { value }]) => [path, value])).toEqual([
      ['kafka.brokers', ['a:1', 'b:2']],
      ['workers', 2],
    ]);
  });

  test('reads feeds', () => {
    const { spec } = load(
      `${SOUND}dev: { feed: { orders: { file: a.jsonl, rowsPerSecond: 2.5, loop: true, key: id } } }\n`,
    );
    expect(spec?.feeds).toMatchObject([
      { source: { value: 'orders' }, file: { value: 'a.jsonl' }, rowsPerSecond: 2.5, loop: true, key: { value: 'id' } },
    ]);
  });
});

describe('event time in a topology file', () => {
  const specOf = (...changes: [from: string, to: string][]): TopologySpec => {
    const { spec, all } = load(changes.reduce((text, [from, to]) => text.replace(from, to), SOUND));
    if (spec === null) throw new Error(all.map((d) => d.message).join('; '));
    return spec;
  };

  test('a watermark has its delay, and partitions are idle after 30 seconds unless it says otherwise', () => {
    const watermark = (text: string): unknown =>
      specOf(['    topic: orders\n', `    topic: orders\n    watermark: ${text}\n`]).sources[0].watermark;
    expect(watermark('{ column: ts, delay: 10 minutes }')).toMatchObject({
      column: { value: 'ts' },
      delayUs: 600_000_000,
      idleTimeoutMs: 30_000,
    });
    expect(watermark('{ column: ts, delay: 0 seconds, idleTimeout: 2 minutes }')).toMatchObject({
      delayUs: 0,
      idleTimeoutMs: 120_000,
    });
  });

  test('a grouped view says what goes on of it, when it closes, and where its late rows go', () => {
    const { views } = specOf([
      '    from: big\n',
      '    from: big\n    emit: final\n    close: { idle: 1 minute }\n    lateRows: tooLate\n    compression: zstd\n',
    ]);
    expect(views[1]).toMatchObject({
      emit: { value: 'final' },
      closeIdleMs: { value: 60_000 },
      lateRows: { value: 'tooLate' },
      compression: 'zstd',
    });
    expect(specOf().views[1]).toMatchObject({
      emit: { value: 'changes' },
      closeIdleMs: null,
      lateRows: null,
      compression: 'none',
    });
  });

  test('late rows are read by their name', () => {
    const { sinks } = specOf(
      ['    from: big\n', '    from: big\n    lateRows: tooLate\n'],
      ['sinks:', 'sinks:\n  late: { from: tooLate, console: true }'],
    );
    expect(sinks.map((sink) => sink.from.value)).toContain('tooLate');
  });

  test.each([
    ['once', { kind: 'once' }],
    ['availableNow', { kind: 'availableNow' }],
    ['{ continuous: 1 second }', { kind: 'continuous', intervalMs: 1_000 }],
    ['{ processingTime: 5 seconds }', { kind: 'interval', intervalMs: 5_000 }],
  ])('trigger %s is accepted', (text, trigger) => {
    expect(specOf(['trigger: { processingTime: 5 seconds }', `trigger: ${text}`]).trigger).toEqual(trigger);
  });

  test('what reads the late rows of a broken view is left out with it', () => {
    const text = changed('    from: big\n', '    from: big\n    lateRows: tooLate\n    emit: never\n').replace(
      'sinks:',
      'sinks:\n  late: { from: tooLate, console: true }',
    );
    const { spec, all } = loadSound(text);
    expect(all.map((d) => d.code)).toEqual(['MILLRACE_INVALID_VALUE']);
    expect(spec?.sinks.map((sink) => sink.name.value) ?? []).not.toContain('late');
  });
});
