import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { loadTestFile } from '../../src/topology/load-test-file.ts';
import { TextPositions } from '../../src/topology/text-position.ts';
import { load, markedPlace, SOUND } from './marked.ts';

const withTests = (steps: string, head = ''): string =>
  `${SOUND}tests:\n  - name: one\n${head}    batches:\n${steps}\n`;
const step = (text: string): string => withTests(`      - ${text}`);
const expecting = (text: string): string => step(`expect: ${text}`);
const sending = (record: string): string => step(`send: { orders: [ ${record} ] }`);

interface Fault {
  readonly name: string;
  /** With a mark before the place. */
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'a misspelt key of a step',
    file: step('▸sned: { orders: [] }'),
    code: 'MILLRACE_UNKNOWN_KEY',
    message: 'there is no key `sned` here',
    remedy: 'did you mean `send`? known keys: send, advance, restart, expect',
  },
  {
    name: 'a step that does two things',
    file: step('▸{ advance: 1 second, restart: true }'),
    code: 'MILLRACE_INVALID_VALUE',
    message: 'item 1 of `batches` does more than one thing',
    remedy: 'make a step each of send, advance and restart',
  },
  {
    name: 'a test without steps',
    file: `${SOUND}tests: [ { name: one, batches: ▸[] } ]\n`,
    code: 'MILLRACE_INVALID_VALUE',
    message: '`batches` is empty',
  },
  {
    name: 'a duration that is none',
    file: step('advance: ▸soon'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`advance` is not a duration',
  },
  {
    name: 'a source that is not there',
    file: step('send: { ▸ordres: [] }'),
    code: 'MILLRACE_UNKNOWN_NAME',
    message: 'there is no source `ordres`',
    remedy: 'did you mean `orders`?',
  },
  {
    name: 'a sink that is not there',
    file: expecting('{ ▸outt: [] }'),
    code: 'MILLRACE_UNKNOWN_NAME',
    message: 'there is no sink `outt`',
    remedy: 'did you mean `out`?',
  },
  {
    name: 'a view that is not there',
    file: expecting('{ state: { ▸perCuntry: 1 } }'),
    code: 'MILLRACE_UNKNOWN_NAME',
    message: 'there is no view `perCuntry`',
    remedy: 'did you mean `perCountry`?',
  },
  {
    name: 'a text for a JSON source',
    file: sending('▸a line'),
    code: 'MILLRACE_WRONG_TYPE',
    message: 'a record of the JSON source `orders` must be a map of its columns, not a text',
  },
  {
    name: 'a time that is none',
    file: sending('{ value: {}, timestamp: ▸yesterday }'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`yesterday` is no time',
    remedy: 'write it like "2026-01-01T12:07:00Z", or as milliseconds since 1970',
  },
  {
    name: 'a partition that the test has not',
    file: sending('{ value: {}, partition: ▸1 }'),
    code: 'MILLRACE_INVALID_VALUE',
    message: 'there is no partition 1: the topics of this test have 1, counted from 0',
    remedy: 'write `partitions: 2` in the test',
  },
  {
    name: 'an error that does not exist',
    file: expecting('{ error: ▸RECORD_UNDECODEABLE }'),
    code: 'MILLRACE_INVALID_VALUE',
    message: '`RECORD_UNDECODEABLE` is no code of an error at run time',
    remedy: 'did you mean `RECORD_UNDECODABLE`?',
  },
  {
    name: 'an unknown key beside rows',
    file: expecting('{ out: { rows: [], ▸ordered: true } }'),
    code: 'MILLRACE_UNKNOWN_KEY',
    message: 'there is no key `ordered` here',
    remedy: 'known keys: rows, unordered',
  },
  {
    name: 'rows that are neither list nor number',
    file: expecting('{ out: { rows: ▸many } }'),
    code: 'MILLRACE_WRONG_TYPE',
    message: '`rows`, if it is no list, must be a whole number, not a text',
  },
  {
    name: 'a second test of the same name',
    file: `${SOUND}tests:\n  - { name: one, batches: [ {} ] }\n  - { name: ▸one, batches: [ {} ] }\n`,
    code: 'MILLRACE_DUPLICATE_NAME',
    message: 'there is a test `one` in this file already',
  },
];

describe('a test with one fault', () => {
  test.each(FAULTS)('$name is reported once, at its place', ({ file, code, message, remedy }) => {
    const { text, line, column } = markedPlace(file);
    const { all } = load(text);
    expect(all.map((d) => d.message)).toEqual([expect.stringContaining(message)]);
    expect(all[0].code).toBe(code);
    expect(new TextPositions(text).at(all[0].span.start)).toEqual({ line, column });
    if (remedy !== undefined) expect(all[0].remedy).toBe(remedy);
  });
});

describe('a record', () => {
  const valueOf = (record: string, schema = 'value double'): unknown => {
    const yaml = sending(record).replace(
      'id string, country string, amount double',
      `${schema}, amount double, country string`,
    );
    const { spec, all } = load(yaml);
    expect(all).toEqual([]);
    const action = spec!.tests[0].steps[0].action;
    return action.kind === 'send' ? action.records[0] : null;
  };

  test('is a map with `value` and no other keys than those of records', () => {
    expect(valueOf('{ key: 1, value: { value: 2 } }')).toMatchObject({ key: '1', value: '{"value":2}' });
    expect(valueOf('{ value: { a: 1 } }')).toMatchObject({ key: null, value: '{"a":1}' });
  });

  test('is the value alone where a map has any other key, or no `value`', () => {
    expect(valueOf('{ value: 2, amount: 1 }')).toMatchObject({ key: null, value: '{"value":2,"amount":1}' });
    expect(valueOf('{ key: k }', 'key string')).toMatchObject({ key: null, value: '{"key":"k"}' });
  });

  test('that could be either is refused, with the way out', () => {
    const { all } = load(sending('{ value: 2 }').replace('id string', 'value double'));
    expect(all.map((d) => d.message)).toEqual([
      'the value of a record must be a map of columns; write the columns within: { value: { value: … } }, not a number',
    ]);
  });
});

test('sinks with a name that means something else under expect are named under `sinks`', () => {
  const yaml = expecting('{ state: { perCountry: 1 }, sinks: { state: [] } }').replace('  out:\n', '  state:\n');
  const { spec, all } = load(yaml);
  expect(all).toEqual([]);
  expect(spec?.tests[0].steps[0].expect).toMatchObject({
    sinks: [{ sink: { value: 'state' } }],
    stateRows: [{ name: { value: 'perCountry' } }],
  });
});

test('a source with an error of its own is reported, and not what tests send to it', () => {
  const { all } = load(sending('a line').replace('amount double"', 'amount dubble"'));
  expect(all.map((d) => d.span.start < SOUND.length)).toEqual([true]);
});

describe('a file of tests', () => {
  const topology = load(SOUND).spec;
  const loadTests = (text: string): { tests: number | null; messages: string[] } => {
    const diagnostics = new Diagnostics();
    const find = ({ value }: { value: string }): typeof topology => (value === 'orders.yaml' ? topology : null);
    const file = loadTestFile(text, 'orders.test.yaml', diagnostics, () => undefined, find);
    return { tests: file?.tests.length ?? null, messages: diagnostics.all.map((d) => d.message) };
  };

  test('has the tests of the topology that it names', () => {
    const text = 'topology: orders.yaml\ntests: [ { name: one, batches: [ { expect: { out: [] } } ] } ]\n';
    expect(loadTests(text)).toEqual({ tests: 1, messages: [] });
  });

  test('is checked against it', () => {
    const text = 'topology: orders.yaml\ntests: [ { name: one, batches: [ { expect: { oot: [] } } ] } ]\n';
    expect(loadTests(text)).toEqual({ tests: 0, messages: ['there is no sink `oot`'] });
  });

  test('has to say which topology that is', () => {
    expect(loadTests('tests: []\n')).toEqual({ tests: null, messages: ['`topology` is missing'] });
  });
});
