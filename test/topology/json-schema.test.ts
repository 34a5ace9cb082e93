import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SCHEMA_FILE, TESTS_SCHEMA_FILE, testsJsonSchema, topologyJsonSchema } from '../../src/topology/json-schema.ts';
import { SOUND } from './marked.ts';

const committed = readFileSync(SCHEMA_FILE, 'utf8');
const committedOfTests = readFileSync(TESTS_SCHEMA_FILE, 'utf8');
const schemaOf = (text: string): z.ZodType =>
  z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
const schema = schemaOf(committed);
const accepts = (yaml: string): boolean => schema.safeParse(parse(yaml)).success;

test('the committed schemas are what the shapes give; `node src/topology/json-schema.ts` writes them', () => {
  expect(committed).toBe(topologyJsonSchema());
  expect(committedOfTests).toBe(testsJsonSchema());
});

describe('the schema', () => {
  const folder = new URL('../../topologies/', import.meta.url);
  const isTest = (file: string): boolean => file.endsWith('.test.yaml');
  test.each(readdirSync(folder).filter((file) => !isTest(file)))('accepts the shipped topology %s', (file) => {
    expect(accepts(readFileSync(new URL(file, folder), 'utf8'))).toBe(true);
  });

  test.each(readdirSync(folder).filter(isTest))('of tests accepts the shipped %s', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    expect(schemaOf(committedOfTests).safeParse(parse(text)).success).toBe(true);
  });

  test('accepts the sound topology of these tests', () => expect(accepts(SOUND)).toBe(true));

  test.each([
    ['an unknown key', SOUND.replace('where:', 'wher:')],
    ['a missing key', SOUND.replace('    from: orders\n', '')],
    ['an unknown output mode', SOUND.replace('update', 'upsert')],
    ['a number for a topic', SOUND.replace('topic: out', 'topic: 1')],
    ['another version', SOUND.replace('millrace/v1', 'millrace/v2')],
  ])('refuses %s', (_, yaml) => expect(accepts(yaml)).toBe(false));

  test('accepts references where a choice or a number belongs', () => {
    expect(accepts(SOUND.replace('outputMode: update', 'outputMode: ${MODE}'))).toBe(true);
    expect(accepts(SOUND.replace('topic: out', 'topic: ${TOPIC}'))).toBe(true);
    expect(accepts(`${SOUND}dev: { feed: { orders: { file: x, rowsPerSecond: '\${N}' } } }`)).toBe(true);
  });
});
