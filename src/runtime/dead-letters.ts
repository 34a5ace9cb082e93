import type { MillraceError } from '../core/errors.ts';
import type { Payload, Transaction } from '../core/transport.ts';
import { payloadBytes, recordBytes, type Header } from './record-size.ts';

/** A record or row that was left out, for whoever looks into it. */
export interface DeadLetter {
  readonly key: Payload;
  readonly value: Payload;
  /** Those that the record had. */
  readonly headers: readonly Header[];
  readonly error: MillraceError;
  /** `source`, `view` or `sink` with its name, and of a record `topic`, `partition`, `offset` and `timestamp`. */
  readonly where: Readonly<Record<string, string | number>>;
}

/** Where the dead letters of a task go, and in whose name. */
export interface DeadLetterBox {
  readonly topology: string;
  readonly topic: string;
  readonly partition: number;
  readonly timestampMs: number;
  /** The largest record that the topic takes. */
  readonly maxBytes: number;
}

/** Longest error message in a header, characters. */
const MAX_MESSAGE = 1_000;

/**
 * Appends a dead letter: key, value and headers as they were, and behind those what is known of the failure. Of one that its topic does not
 * take only the latter goes, with the size of the value.
 */
export function appendDeadLetter(transaction: Transaction, box: DeadLetterBox, letter: DeadLetter): void {
  const { topic, partition, timestampMs, maxBytes } = box;
  const { key, value } = letter;
  const known = failureHeaders(letter, box.topology);
  const headers = [...letter.headers, ...known];
  if (recordBytes(key, value, headers) <= maxBytes) {
    transaction.append(topic, partition, timestampMs, key, value, headers);
    return;
  }
  const size: Header = ['millrace-value-bytes', String(payloadBytes(value))];
  transaction.append(topic, partition, timestampMs, null, null, [...known, size]);
}

const failureHeaders = ({ error, where }: DeadLetter, topology: string): Header[] => [
  ['millrace-error-code', error.code],
  ['millrace-error-message', error.message.slice(0, MAX_MESSAGE)],
  ['millrace-topology', topology],
  ...Object.entries(where).map(([name, value]): Header => [`millrace-${name}`, String(value)]),
];
