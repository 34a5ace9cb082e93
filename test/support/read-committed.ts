import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kafkaLibraries } from '../../src/service/local-services/download.ts';
import { findJava } from '../../src/service/local-services/programs.ts';

/** A record as Kafka's Java client read it. */
export interface JavaRecord {
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
}

const READER = fileURLToPath(new URL('read-committed/ReadCommitted.java', import.meta.url));
const MAX_OUTPUT_BYTES = 1 << 30;

const execute = promisify(execFile);

/**
 * What a read_committed consumer sees in a topic, from its beginning to its last stable offsets now: partition after partition, each in
 * the order of its offsets. Kafka's own Java client reads, so that no test of exactly-once rests on our reader. Bytes that are not
 * UTF-8 come as `base64:…`. Takes a second or two; throws when the topic does not exist.
 */
export async function readCommitted(brokers: string, topic: string): Promise<JavaRecord[]> {
  const classPath = join(await kafkaLibraries(), '*');
  const args = [
    '-Xmx512m',
    '-XX:TieredStopAtLevel=1',
    '-Dlog4j2.level=ERROR',
    '-cp',
    classPath,
    READER,
    brokers,
    topic,
  ];
  const { stdout } = await execute(await findJava(), args, { maxBuffer: MAX_OUTPUT_BYTES });
  const records = stdout.split('\n').filter((line) => line !== '');
  return records.map(parse).sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

type Bytes = { readonly text: string } | { readonly base64: string } | null;

function parse(line: string): JavaRecord {
  const row = JSON.parse(line) as Omit<JavaRecord, 'key' | 'value' | 'headers'> & {
    key: Bytes;
    value: Bytes;
    headers: { name: string; value: Bytes }[];
  };
  const headers = row.headers.map(({ name, value }) => ({ name, value: printed(value) }));
  return { ...row, key: printed(row.key), value: printed(row.value), headers };
}

function printed(bytes: Bytes): string | null {
  if (bytes === null) return null;
  return 'text' in bytes ? bytes.text : `base64:${bytes.base64}`;
}
