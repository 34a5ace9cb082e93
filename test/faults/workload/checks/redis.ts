import { tableName } from '../../../../src/state/bucket-table.ts';
import { bucketOf, hashOf } from '../../../../src/state/hashing.ts';
import { fieldOf, TaskLayout } from '../../../../src/state/redis/layout.ts';
import { segmentOf } from '../../../../src/core/segment-key.ts';
import type { Case, Check } from './case.ts';
import { textOf } from './records.ts';
import type { Report } from './report.ts';
import { lastCommit, ownershipOf, stateAt, type TaskLog } from './task-logs.ts';

type Hash = ReadonlyMap<string, Buffer>;

/** Redis holds what the changelogs say as of their last commit records, byte for byte where it belongs, and no more. */
export const checkRedis: Check = (seen, report) => {
  const { redis } = seen.evidence;
  if (redis === null) return;
  const { name } = seen.topology;
  const known = new Set<string>();
  for (const log of seen.logs) {
    if (log.subTopology.stores.length === 0) continue;
    const layout = new TaskLayout(name, { subTopology: log.subTopology.id, partition: log.partition });
    const keys = [...redis.keys()].filter((key) => key.startsWith(`${layout.tag}:`));
    for (const key of keys) known.add(key);
    const copy = new Copy(layout, redis);
    if (copy.meta === null) {
      if (!seen.allowances.keysDeleted) report('I2', layout.meta, `expected the copy of ${log.name}, found nothing`);
      continue;
    }
    checkMeta(copy, log, report);
    checkEntries(seen, copy, log, report);
    for (const key of keys) {
      if (key === layout.meta || copy.buckets.has(key) || copy.isGarbage(key)) continue;
      report('I2', key, 'a key that is no bucket of the copy and is not listed as garbage');
    }
  }
  for (const key of redis.keys()) {
    if (key.startsWith(`{${name}:`) && !known.has(key)) report('I2', key, 'a key that belongs to no task with state');
  }
};

/** What Redis holds under the tag of a task. */
class Copy {
  readonly name: string;
  readonly meta: Hash | null;
  readonly incarnation: string;
  /** Buckets that the meta hash counts, by key: table, number, entries. */
  readonly buckets = new Map<string, { readonly table: string; readonly count: number }>();
  readonly #layout: TaskLayout;
  readonly #redis: ReadonlyMap<string, Hash>;

  constructor(layout: TaskLayout, redis: ReadonlyMap<string, Hash>) {
    this.#layout = layout;
    this.#redis = redis;
    this.name = layout.meta;
    this.meta = redis.get(layout.meta) ?? null;
    this.incarnation = this.field('incarnation') ?? '';
    for (const field of this.meta?.keys() ?? []) {
      if (!field.startsWith('count:')) continue;
      const table = field.slice(6, field.lastIndexOf(':'));
      const bucket = Number(field.slice(field.lastIndexOf(':') + 1));
      this.buckets.set(layout.bucket(this.incarnation, table, bucket), { table, count: Number(this.field(field)) });
    }
  }

  /** A field of the meta hash; null when it is absent. */
  field(name: string): string | null {
    return this.meta?.get(name)?.toString() ?? null;
  }

  bucketsOf(table: string): number {
    return Number(this.field(`buckets:${table}`) ?? 1);
  }

  keyOf(table: string, bucket: number): string {
    return this.#layout.bucket(this.incarnation, table, bucket);
  }

  hash(key: string): Hash {
    return this.#redis.get(key) ?? new Map<string, Buffer>();
  }

  /** Whether the bucket is one of a former incarnation that is listed to be removed: by name, or with all that nobody remembers. */
  isGarbage(key: string): boolean {
    const lines = (this.field('garbage') ?? '').split('\n').map((line) => line.split(' '));
    return lines.some(
      ([incarnation, , ...table]) =>
        incarnation === '*' || key.startsWith(`${this.#layout.tag}:${incarnation}:${table.join(' ')}:`),
    );
  }
}

const FIELDS = ['logId', 'incarnation', 'generation', 'position', 'positionTimestamp', 'garbage'];
const LISTS = ['buckets:', 'entries:', 'count:'];

function checkMeta(copy: Copy, log: TaskLog, report: Report): void {
  const expect = (field: string, expected: unknown): void => {
    const found = copy.field(field);
    if (found !== expected)
      report('I2', copy.name, `${field}: expected ${String(expected)}, found ${found ?? 'nothing'}`);
  };
  const records = ownershipOf(log);
  const commit = records.findLast(({ record }) => record.kind === 'commit');
  expect('logId', records.at(-1)?.record.logId);
  expect('position', String(lastCommit(log)));
  const generation = Number(copy.field('generation'));
  const [lowest, highest] = [
    commit?.record.kind === 'commit' ? commit.record.generation : 0,
    records.at(-1)?.offset ?? 0,
  ];
  if (!(generation >= lowest && generation <= highest)) {
    report(
      'I2',
      copy.name,
      `generation: expected one from ${lowest} to ${highest}, found ${copy.field('generation') ?? 'nothing'}`,
    );
  }
  for (const field of copy.meta?.keys() ?? []) {
    if (FIELDS.includes(field) || LISTS.some((list) => field.startsWith(list))) continue;
    report('I2', copy.name, `the field ${field} at rest: ${textOf(copy.field(field))}`);
  }
}

function checkEntries(seen: Case, copy: Copy, log: TaskLog, report: Report): void {
  const position = Number(copy.field('position'));
  const tables = new Map<string, number>();
  const placed = new Map<string, Map<string, Buffer>>();
  const state = stateAt(log, position);
  for (const { name: store, segmented } of log.subTopology.stores) {
    if (!segmented) tables.set(store, 0);
    for (const [key, value] of state.get(store) ?? []) {
      const table = tableName(store, segmented ? segmentOf(key) : null);
      const hash = hashOf(key);
      const bucket = copy.keyOf(table, bucketOf(hash, copy.bucketsOf(table)));
      const entries = placed.get(bucket) ?? new Map<string, Buffer>();
      placed.set(bucket, entries.set(fieldOf(hash, key), value));
      tables.set(table, (tables.get(table) ?? 0) + 1);
    }
  }
  for (const bucket of new Set([...placed.keys(), ...copy.buckets.keys()])) {
    const wanted = placed.get(bucket) ?? new Map<string, Buffer>();
    const found = copy.hash(bucket);
    const count = copy.buckets.get(bucket)?.count ?? 0;
    if (count !== wanted.size) report('I2', copy.name, `count of ${bucket}: expected ${wanted.size}, found ${count}`);
    if (found.size === 0 && seen.allowances.keysDeleted) continue;
    expectSame(bucket, wanted, found, report);
  }
  checkDirectory(copy, tables, report);
}

/** Tables are listed with what they hold; a segment only while it holds something. */
function checkDirectory(copy: Copy, tables: ReadonlyMap<string, number>, report: Report): void {
  for (const [table, entries] of tables) {
    const listed = copy.field(`entries:${table}`);
    const found = Number(listed ?? 0);
    if (found !== entries)
      report('I2', copy.name, `entries of ${table}: expected ${entries}, found ${listed ?? 'nothing'}`);
  }
  for (const field of copy.meta?.keys() ?? []) {
    const list = field.startsWith('buckets:') ? 'buckets:' : field.startsWith('entries:') ? 'entries:' : null;
    if (list !== null && !tables.has(field.slice(list.length))) {
      report('I2', copy.name, `${field} is listed, and the changelog has nothing of it`);
    }
  }
}

function expectSame(bucket: string, wanted: Hash, found: Hash, report: Report): void {
  for (const [field, value] of wanted) {
    const other = found.get(field);
    if (other !== undefined && other.equals(value)) continue;
    report(
      'I2',
      `${bucket} field ${textOf(field)}`,
      `expected ${value.toString('hex')}, found ${other?.toString('hex') ?? 'nothing'}`,
    );
  }
  for (const field of found.keys()) {
    if (!wanted.has(field))
      report('I2', `${bucket} field ${textOf(field)}`, 'an entry that the changelog has not, or not here');
  }
}
