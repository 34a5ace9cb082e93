import { readFile } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';
import { partitionOf } from '../core/murmur2.ts';
import type { Transport } from '../core/transport.ts';
import type { TopologySpec } from '../topology/spec.ts';

/** Lines of a file for the topic of a source. */
export interface Feed {
  /** The topology whose `dev` part asks for it. */
  readonly app: string;
  readonly topic: string;
  readonly file: string;
  readonly rowsPerSecond: number;
  readonly loop: boolean;
  /** Field of the JSON lines whose text is the record key; null = records without a key. */
  readonly key: string | null;
}

/** The feeds that a topology asks `dev` for. */
export function feedsOf(spec: TopologySpec): Feed[] {
  const topics = new Map(spec.sources.map((source) => [source.name.value, source.topic.value]));
  return spec.feeds.flatMap(({ source, file, rowsPerSecond, loop, key }) => {
    const topic = topics.get(source.value);
    if (topic === undefined) return [];
    return [{ app: spec.name.value, topic, file: file.value, rowsPerSecond, loop, key: key?.value ?? null }];
  });
}

/** How often a feed that is faster than that writes. */
const TICK_MS = 100;

/**
 * Writes the lines of a file to a topic at a steady rate, until the file ends or the signal aborts: what `dev` feeds topologies with.
 * @returns how many rows it wrote
 */
export async function runFeed(feed: Feed, transport: Transport, clock: Clock, signal: AbortSignal): Promise<number> {
  const lines = await readLines(feed.file);
  const partitions = (await transport.topics.describe([feed.topic])).get(feed.topic)?.partitions ?? 1;
  const producer = await transport.openProducer({
    transactionalId: `${feed.app}.feed.${feed.topic}`,
    transactionTimeoutMs: 10_000,
    compression: 'none',
  });
  const started = clock.now();
  let sent = 0;
  const end = feed.loop ? Infinity : lines.length;
  try {
    while (!signal.aborted && sent < end) {
      const due = Math.min(end, Math.floor(((clock.now() - started) / 1000) * feed.rowsPerSecond) + 1);
      if (due > sent) {
        const transaction = await producer.begin();
        for (; sent < due; sent++) {
          const line = lines[sent % lines.length];
          const key = feed.key === null ? null : keyOf(line, feed.key, feed.file);
          const partition = key === null ? sent % partitions : partitionOf(partitions, Buffer.from(key));
          transaction.append(feed.topic, partition, Math.floor(clock.now()), key, line, null);
        }
        await transaction.send();
        await transaction.commit();
      }
      await clock.sleep(Math.max(TICK_MS, 1000 / feed.rowsPerSecond), signal);
    }
  } finally {
    producer.close();
  }
  return sent;
}

async function readLines(file: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new MillraceError('CONFIG_INVALID', `the feed file ${file} cannot be read`, { cause: error });
  }
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0) throw new MillraceError('CONFIG_INVALID', `the feed file ${file} is empty`);
  return lines;
}

function keyOf(line: string, field: string, file: string): string {
  let value: unknown;
  try {
    value = (JSON.parse(line) as Record<string, unknown>)[field];
  } catch (error) {
    throw new MillraceError('CONFIG_INVALID', `the feed file ${file} has a line that is not JSON: ${line}`, {
      cause: error,
    });
  }
  if (value === undefined || value === null) {
    throw new MillraceError('CONFIG_INVALID', `the feed file ${file} has a line without \`${field}\`: ${line}`);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
