import { describe, expect, test } from 'vitest';
import type { Row } from '../../src/core/types.ts';
import type { StoreAnswer } from '../../src/service/http/running-topology.ts';
import { queryStore } from '../../src/service/store-query.ts';
import { planOf } from '../support/engine-harness.ts';

const plan = planOf(`
apiVersion: millrace/v1
name: words
sources:
  lines:
    topic: lines
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 10 minutes }
views:
  counts:
    from: lines
    groupBy:
      - window(ts, '10 minutes') as win
      - word
    aggregate: [ count(*) as n ]
sinks:
  out: { from: counts, topic: out, outputMode: update }
`);

/** Asks for a key of a store that holds one buffer under each of the given keys. */
function ask(text: string, stored: ReadonlyMap<string, Row>): Promise<StoreAnswer> {
  const engine = { partitionsOf: () => 1, ownerOf: () => null, watermarkOf: () => 1_767_268_260_000_000 };
  const state = {
    read: (_task: unknown, _store: unknown, key: string) =>
      Promise.resolve({ row: stored.get(key) ?? null, position: 7 }),
  };
  return queryStore(plan, engine, state, 'counts', text);
}

const START = Date.parse('2026-01-31T12:00:00Z') * 1000;
const END = START + 600_000_000;

describe('a query of a windowed store', () => {
  const key = JSON.stringify([{ start: '2026-01-31T12:00:00Z', end: '2026-01-31T12:10:00Z' }, 'owl']);

  test('finds the entry in the segment of the window', async () => {
    const stored = new Map([[`${END}:ad${START}\0d${END}\0zsowl\0`, [3]]]);
    expect(await ask(key, stored)).toMatchObject({
      kind: 'found',
      value: { win: { start: '2026-01-31T12:00:00.000Z', end: '2026-01-31T12:10:00.000Z' }, word: 'owl', n: 3 },
      position: 7,
      watermark: '2026-01-01T11:51:00.000Z',
    });
  });

  test('finds nothing where the window has closed', async () => {
    expect(await ask(key, new Map())).toEqual({ kind: 'absent', position: 7, partition: 0 });
  });

  test('says what is wrong with a key', async () => {
    expect(await ask('["owl"]', new Map())).toMatchObject({ kind: 'badKey' });
  });
});
