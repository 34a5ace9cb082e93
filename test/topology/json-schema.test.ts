import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SCHEMA_FILE, topologyJsonSchema } from '../../src/topology/json-schema.ts';
import { SOUND } from './marked.ts';

const committed = readFileSync(SCHEMA_FILE, 'utf8');
const schema = z.fromJSONSchema(JSON.parse(committed) as Parameters<typeof z.fromJSONSchema>[0]);
const accepts = (yaml: string): boolean => schema.safeParse(parse(yaml)).success;

test('the committed schema is what the shape gives; `node src/topology/json-schema.ts` writes it', () => {
  expect(committed).toBe(topologyJsonSchema());
});

describe('the schema', () => {
  const folder = new URL('../../topologies/', import.meta.url);
  test.each(readdirSync(folder))('accepts the shipped topology %s', (file) => {
    expect(accepts(readFileSync(new URL(file, folder), 'utf8'))).toBe(true);
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
