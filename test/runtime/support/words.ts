import type { ObservedEngine, TestRecord } from '../../support/engine-harness.ts';
import type { VirtualKafka } from './virtual-kafka.ts';

const MINUTE_MS = 60_000;
const BEGIN_MS = Date.UTC(2026, 0, 1, 12);

/** A row of the topic `words`, of schema `word string, ts timestamp`. */
export interface Word {
  readonly word: string;
  /** Its event time, in minutes from noon. */
  readonly minute: number;
  /** Default 0. */
  readonly partition?: number;
  readonly key?: string | Uint8Array | null;
}

/** Writes the words in one transaction. */
export const feed = (kafka: VirtualKafka, words: readonly Word[]): Promise<void> =>
  kafka.write(
    words.map(({ word, minute, partition = 0, key = null }) => {
      const ts = new Date(BEGIN_MS + minute * MINUTE_MS).toISOString();
      return { topic: 'words', partition, key, value: JSON.stringify({ word, ts }) };
    }),
  );

/** The values of the records, their fields with blanks between, sorted; `start` in minutes from noon. */
export const outcomes = (records: readonly TestRecord[]): string[] =>
  records
    .map(({ value }) => Object.entries(JSON.parse(value ?? '{}') as Record<string, string | number>))
    .map((fields) => fields.map(([name, value]) => (name === 'start' ? minuteOf(String(value)) : value)).join(' '))
    .sort();

const minuteOf = (time: string): number => (Date.parse(time) - BEGIN_MS) / MINUTE_MS;

/** How many rows came late to a view in this process. */
export const lateRows = ({ batches }: ObservedEngine): number =>
  batches.flatMap(({ views }) => views).reduce((sum, view) => sum + view.lateRows, 0);
