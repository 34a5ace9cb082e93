import { Refused, type Reply } from './reply.ts';
import { matcherOf, scanStep } from './scan.ts';

/** Hashes by name, and values by field. Names and fields are strings of bytes, a character for each: any bytes may be in them. */
export type Keyspace = Map<string, Map<string, Buffer>>;

/** A command on the data alone: what it may do decides when it is refused. */
export interface Command {
  readonly writes: boolean;
  /** It may need memory: refused where there is none. */
  readonly grows: boolean;
  /** Arguments it has at least. */
  readonly atLeast: number;
  run(data: Keyspace, args: readonly Buffer[]): Reply;
}

export const nameOf = (bytes: Buffer): string => bytes.toString('latin1');
const bytesOf = (name: string): Buffer => Buffer.from(name, 'latin1');
const NOTHING: ReadonlyMap<string, Buffer> = new Map();
const hashAt = (data: Keyspace, key: Buffer): ReadonlyMap<string, Buffer> => data.get(nameOf(key)) ?? NOTHING;

const reading = (atLeast: number, run: Command['run']): Command => ({ writes: false, grows: false, atLeast, run });
const removing = (atLeast: number, run: Command['run']): Command => ({ writes: true, grows: false, atLeast, run });

function removeKeys(data: Keyspace, keys: readonly Buffer[]): number {
  let removed = 0;
  for (const key of keys) if (data.delete(nameOf(key))) removed++;
  return removed;
}

function setFields(data: Keyspace, [key, ...pairs]: readonly Buffer[]): number {
  if (pairs.length % 2 === 1) throw new Refused("ERR wrong number of arguments for 'hset' command");
  const name = nameOf(key);
  let hash = data.get(name);
  if (hash === undefined) data.set(name, (hash = new Map()));
  const before = hash.size;
  for (let i = 0; i < pairs.length; i += 2) hash.set(nameOf(pairs[i]), pairs[i + 1]);
  return hash.size - before;
}

function deleteFields(data: Keyspace, [key, ...fields]: readonly Buffer[]): number {
  const name = nameOf(key);
  const hash = data.get(name);
  if (hash === undefined) return 0;
  let deleted = 0;
  for (const field of fields) if (hash.delete(nameOf(field))) deleted++;
  if (hash.size === 0) data.delete(name);
  return deleted;
}

/** The options MATCH and COUNT. */
function scanOptions(args: readonly Buffer[]): { pattern: string | null; count: number } {
  let pattern: string | null = null;
  let count = 10;
  for (let i = 0; i < args.length; i += 2) {
    const option = nameOf(args[i]).toLowerCase();
    if (option === 'match') pattern = nameOf(args[i + 1]);
    else if (option === 'count') count = Number(args[i + 1]);
    else throw new Refused('ERR syntax error');
  }
  return { pattern, count };
}

function scanKeys(data: Keyspace, [cursor, ...options]: readonly Buffer[]): Reply {
  const { pattern, count } = scanOptions(options);
  const step = scanStep(data.keys(), Number(cursor), pattern, count);
  return [Buffer.from(String(step.cursor)), step.found.map(bytesOf)];
}

function scanFields(data: Keyspace, [key, cursor, ...options]: readonly Buffer[]): Reply {
  const { pattern, count } = scanOptions(options);
  const hash = hashAt(data, key);
  const step = scanStep(hash.keys(), Number(cursor), pattern, count);
  return [Buffer.from(String(step.cursor)), step.found.flatMap((field) => [bytesOf(field), hash.get(field)!])];
}

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    hset: { writes: true, grows: true, atLeast: 3, run: setFields },
    hget: reading(2, (data, [key, field]) => hashAt(data, key).get(nameOf(field)) ?? null),
    hmget: reading(2, (data, [key, ...fields]) => {
      const hash = hashAt(data, key);
      return fields.map((field) => hash.get(nameOf(field)) ?? null);
    }),
    hdel: removing(2, deleteFields),
    hlen: reading(1, (data, [key]) => hashAt(data, key).size),
    hkeys: reading(1, (data, [key]) => [...hashAt(data, key).keys()].map(bytesOf)),
    hgetall: reading(1, (data, [key]) => [...hashAt(data, key)].flatMap(([field, value]) => [bytesOf(field), value])),
    hscan: reading(2, scanFields),
    scan: reading(1, scanKeys),
    keys: reading(1, (data, [pattern]) => {
      const matcher = matcherOf(nameOf(pattern));
      return [...data.keys()].filter((name) => matcher.test(name)).map(bytesOf);
    }),
    exists: reading(1, (data, keys) => keys.filter((key) => data.has(nameOf(key))).length),
    del: removing(1, removeKeys),
    unlink: removing(1, removeKeys),
  }),
);
