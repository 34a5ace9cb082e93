import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { planTopology } from '../../src/plan/plan.ts';
import { deadLetterTopics, userTopics } from '../../src/plan/physical-plan.ts';
import { TextPositions } from '../../src/topology/text-position.ts';
import { planOf } from '../support/engine-harness.ts';
import { load, markedPlace } from './marked.ts';

interface Parts {
  readonly common?: string;
  readonly source?: string;
  readonly value?: string;
  readonly view?: string;
  readonly sink?: string;
  readonly target?: string;
}

const topology = ({ common = '', source = '', value, view = '', sink = '', target }: Parts): string => `
apiVersion: millrace/v1
name: test
${common}
sources:
  orders:
    topic: orders
    value: ${value ?? '{ format: json, schema: "id string, amount bigint, tags array<string>" }'}
    ${source}
views:
  big:
    from: orders
    where: amount > 1
    ${view}
sinks:
  out:
    from: big
    ${target ?? 'topic: out'}
    ${sink}
`;

describe('onError', () => {
  test('is the own one, else that of the topology, else fail', () => {
    const policies = (parts: Parts) => {
      const { spec } = load(topology(parts));
      return [spec?.sources[0], spec?.views[0], spec?.sinks[0]].map((part) => part?.onError.value);
    };
    const fail = { action: 'fail' };
    const skip = { action: 'skip' };
    const dlq = { action: 'dlq', topic: 'dead' };
    expect(policies({})).toEqual([fail, fail, fail]);
    expect(
      policies({ common: 'onError: skip', view: 'onError: fail', sink: 'onError: { action: dlq, topic: dead }' }),
    ).toEqual([skip, fail, dlq]);
    expect(policies({ common: 'onError: { action: dlq, topic: dead }', source: 'onError: { action: skip }' })).toEqual([
      skip,
      dlq,
      dlq,
    ]);
  });

  test('names topics that the plan writes, each once, and changes its fingerprint', () => {
    const plan = planOf(
      topology({ common: 'onError: { action: dlq, topic: dead }', sink: 'onError: { action: dlq, topic: out }' }),
    );
    expect(deadLetterTopics(plan)).toEqual(['dead', 'out']);
    expect(userTopics(plan)).toEqual({ sources: ['orders'], sinks: ['out', 'dead'] });
    expect(plan.fingerprint).not.toBe(planOf(topology({})).fingerprint);
  });
});

const csv = (schema: string, options = ''): string => `{ format: csv, schema: "${schema}"${options} }`;

const FAULTS: [name: string, file: string, code: string, message: string][] = [
  [
    'an action there is not',
    topology({ source: 'onError: ▸ignore' }),
    'MILLRACE_INVALID_VALUE',
    '`onError` cannot be `ignore`',
  ],
  [
    'dlq without a topic',
    topology({ view: 'onError: ▸dlq' }),
    'MILLRACE_INVALID_VALUE',
    '`onError` names no topic for the dead letters',
  ],
  [
    'dlq without a topic, as a map',
    topology({ view: 'onError: ▸{ action: dlq }' }),
    'MILLRACE_INVALID_VALUE',
    '`onError` names no topic for the dead letters',
  ],
  [
    'a topic without dlq',
    topology({ sink: 'onError: ▸{ action: skip, topic: dead }' }),
    'MILLRACE_INVALID_VALUE',
    '`onError` names a topic, and only `action: dlq` sends dead letters',
  ],
  [
    'a topic of no legal name',
    topology({ sink: 'onError: { action: dlq, topic: "▸a b" }' }),
    'MILLRACE_INVALID_NAME',
    '`a b` is not a legal topic name',
  ],
  [
    'onError of a console sink',
    topology({ target: 'console: true', sink: 'onError: ▸skip' }),
    'MILLRACE_CONFLICTING_KEYS',
    '`onError` belongs to a sink that writes a topic, and this one prints to the console',
  ],
  [
    'dead letters that are read again, once for all that inherit it',
    topology({ common: 'onError: { action: dlq, topic: ▸orders }' }),
    'MILLRACE_DEAD_LETTER_LOOP',
    'dead letters would be read again: `orders` is the topic of the source `orders`',
  ],
  [
    'options of a format without any',
    topology({ value: '{ format: text, options: ▸{ sep: ";" } }' }),
    'MILLRACE_CONFLICTING_KEYS',
    '`options` has no meaning with `format: text`',
  ],
  [
    'an option of csv for json',
    topology({ value: '{ format: json, schema: "amount int", options: { ▸sep: ";" } }' }),
    'MILLRACE_CONFLICTING_KEYS',
    '`sep` has no meaning with `format: json`',
  ],
  [
    'an option of csv for a sink of json',
    topology({ target: 'topic: out\n    value: { options: { ▸sep: ";" } }' }),
    'MILLRACE_CONFLICTING_KEYS',
    '`sep` has no meaning with `format: json`',
  ],
  [
    'an option of json for csv',
    topology({ value: csv('amount int', ', options: { sep: ";", ▸timestampFormat: epochMillis }') }),
    'MILLRACE_CONFLICTING_KEYS',
    '`timestampFormat` has no meaning with `format: csv`',
  ],
  [
    'a pattern for times in json',
    topology({ value: '{ format: json, schema: "amount int", options: { timestampFormat: ▸yyyy-MM-dd } }' }),
    'MILLRACE_INVALID_VALUE',
    '`timestampFormat` cannot be `yyyy-MM-dd`',
  ],
  [
    'csv without a schema',
    topology({ value: '{ format: ▸csv }' }),
    'MILLRACE_MISSING_KEY',
    '`format: csv` needs the columns to read',
  ],
  [
    'a separator of two characters',
    topology({ value: csv('amount int', ', options: { sep: "▸||" }') }),
    'MILLRACE_INVALID_VALUE',
    '`sep` must be one character',
  ],
  [
    'a separator that quotes',
    topology({ value: csv('amount int', ', options: ▸{ sep: ";", quote: ";" }') }),
    'MILLRACE_INVALID_VALUE',
    '`options` separates fields by a character that also quotes or escapes',
  ],
  [
    'an option of a later version',
    topology({ value: csv('amount int', ', options: { ▸dateFormat: dd.MM }') }),
    'MILLRACE_NOT_AVAILABLE',
    '`dateFormat` is not available in this version',
  ],
  [
    'an array in csv',
    topology({ value: csv('▸amount int, tags array<string>') }),
    'UNSUPPORTED_DATATYPE',
    'a field of csv holds no array<string>, and `tags` is one',
  ],
];

test.each(FAULTS)('%s is reported once, at its place', (_, marked, code, message) => {
  const { text, line, column } = markedPlace(marked);
  const diagnostics = new Diagnostics();
  const { spec, all } = load(text);
  if (spec !== null) planTopology(spec, diagnostics);
  const found = [...all, ...diagnostics.all];
  expect(found.map((d) => [d.code, d.message])).toEqual([[code, message]]);
  expect(new TextPositions(text).at(found[0].span.start)).toEqual({ line, column });
});

test('a sink cannot write an array as csv', () => {
  expect(() => planOf(topology({ target: 'topic: out\n    value: { format: csv }' }))).toThrow('UNSUPPORTED_DATATYPE');
});
