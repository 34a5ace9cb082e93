import type { Evidence } from '../evidence.ts';
import { withRedis, type Inflicted } from './damage.ts';

type Hashes = Map<string, Map<string, Buffer>>;

/** The first bucket of a table with entries. */
const bucketOf = (hashes: Hashes, table: string): [key: string, hash: Map<string, Buffer>] => {
  const found = [...hashes].find(([key]) => /^[^}]*\}:[^:]*:([^:]*):\d+$/.exec(key)?.[1] === table);
  if (found === undefined) throw new RangeError(`Redis has no bucket of ${table}`);
  return found;
};
const metaOf = (hashes: Hashes, subTopology: string): Map<string, Buffer> => {
  const found = [...hashes].find(([key]) => key.startsWith(`{plain:${subTopology}:`) && key.endsWith(':meta'));
  if (found === undefined) throw new RangeError(`Redis has no copy of ${subTopology}`);
  return found[1];
};
const inRedis =
  (change: (hashes: Hashes) => void) =>
  (evidence: Evidence): Evidence =>
    withRedis(evidence, change);
const inBucket = (table: string, change: (hash: Map<string, Buffer>) => void): ((evidence: Evidence) => Evidence) =>
  inRedis((hashes) => change(bucketOf(hashes, table)[1]));
const inMeta = (change: (meta: Map<string, Buffer>) => void): ((evidence: Evidence) => Evidence) =>
  inRedis((hashes) => change(metaOf(hashes, 'events')));
const firstOf = <T>(items: Iterable<T>): T => {
  for (const item of items) return item;
  throw new RangeError('there is nothing to damage');
};
const increment = (meta: Map<string, Buffer>, field: string, by: number): void => {
  meta.set(field, Buffer.from(String(Number(meta.get(field)?.toString()) + by)));
};

/** An entry lies under another hash than that of its key. */
const rehashed = (hash: Map<string, Buffer>): void => {
  const [field, value] = firstOf(hash);
  hash.delete(field);
  hash.set(`zzzz${field.slice(4)}`, value);
};

/** What can be wrong with Redis. */
export const REDIS_DAMAGES: readonly Inflicted[] = [
  {
    what: 'an entry lost in Redis',
    invariant: 'I2',
    shows: /:userTotals:\d+ field .*found nothing/,
    inflict: inBucket('userTotals', (hash) => hash.delete(firstOf(hash.keys()))),
  },
  {
    what: 'another value in Redis',
    invariant: 'I2',
    shows: /:wordCounts:\d+ field .*expected [0-9a-f]+, found [0-9a-f]+/,
    inflict: inBucket('wordCounts', (hash) => hash.set(firstOf(hash.keys()), Buffer.from('x'))),
  },
  {
    what: 'an entry too many in Redis',
    invariant: 'I2',
    shows: /:userTotals:\d+ field .*the changelog has not/,
    inflict: inBucket('userTotals', (hash) => hash.set('0000sx\0', Buffer.from('x'))),
  },
  {
    what: 'an entry under another hash',
    invariant: 'I2',
    shows: /:userTotals:\d+ field/,
    inflict: inBucket('userTotals', rehashed),
  },
  {
    what: 'a bucket lost',
    invariant: 'I2',
    shows: /:userTotals:\d+ field/,
    inflict: inRedis((hashes) => hashes.delete(bucketOf(hashes, 'userTotals')[0])),
  },
  {
    what: 'a bucket of a former incarnation',
    invariant: 'I2',
    shows: /:former:userTotals:0: .*garbage/,
    inflict: inRedis((hashes) => {
      const [key, hash] = bucketOf(hashes, 'userTotals');
      hashes.set(`${key.slice(0, key.indexOf('}') + 1)}:former:userTotals:0`, hash);
    }),
  },
  {
    what: 'a key of no task',
    invariant: 'I2',
    shows: /\{plain:other.*no task/,
    inflict: inRedis((hashes) => hashes.set('{plain:other:0:0}:meta', new Map())),
  },
  {
    what: 'a copy lost',
    invariant: 'I2',
    shows: /\{plain:events:.*:meta: expected the copy/,
    inflict: inRedis((hashes) =>
      hashes.delete(firstOf([...hashes.keys()].filter((key) => /^\{plain:events:.*:meta$/.test(key)))),
    ),
  },
  {
    what: 'a position that went back',
    invariant: 'I2',
    shows: /:meta: position: expected/,
    inflict: inMeta((meta) => increment(meta, 'position', -1)),
  },
  {
    what: 'a generation to come',
    invariant: 'I2',
    shows: /:meta: generation: expected/,
    inflict: inMeta((meta) => increment(meta, 'generation', 1e6)),
  },
  {
    what: 'a generation that went back',
    invariant: 'I2',
    shows: /:meta: generation: expected/,
    inflict: inMeta((meta) => meta.set('generation', Buffer.from('0'))),
  },
  {
    what: 'a copy of another log',
    invariant: 'I2',
    shows: /:meta: logId: expected/,
    inflict: inMeta((meta) => meta.set('logId', Buffer.from('x'))),
  },
  {
    what: 'a copy that is still being restored',
    invariant: 'I2',
    shows: /:meta: the field restoring/,
    inflict: inMeta((meta) => meta.set('restoring', Buffer.from('1'))),
  },
  {
    what: 'a damaged copy',
    invariant: 'I2',
    shows: /:meta: the field damaged/,
    inflict: inMeta((meta) => meta.set('damaged', Buffer.from('1'))),
  },
  {
    what: 'a table with another number of entries',
    invariant: 'I2',
    shows: /:meta: entries of userTotals/,
    inflict: inMeta((meta) => increment(meta, 'entries:userTotals', 1)),
  },
  {
    what: 'a bucket with another number of entries',
    invariant: 'I2',
    shows: /:meta: count of/,
    inflict: inMeta((meta) =>
      increment(meta, firstOf([...meta.keys()].filter((field) => field.startsWith('count:userTotals'))), 1),
    ),
  },
  {
    what: 'a segment that is listed and empty',
    invariant: 'I2',
    shows: /:meta: entries:userWindows@1 is listed/,
    inflict: inMeta((meta) => meta.set('entries:userWindows@1', Buffer.from('0'))),
  },
  {
    what: 'another number of buckets',
    invariant: 'I2',
    shows: /:userTotals:\d+ field/,
    inflict: inMeta((meta) => meta.set('buckets:userTotals', Buffer.from('8'))),
  },
];
