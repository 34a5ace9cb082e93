import { MillraceError } from '../core/errors.ts';
import type { Payload, Transport } from '../core/transport.ts';
import { deadLetterTopics, type PhysicalPlan } from '../plan/physical-plan.ts';

export type Header = readonly [name: string, value: Payload];

/** What a record takes besides key, value and headers, about: the header of its batch, and lengths. */
const OVERHEAD = 100;
/** Of the lengths of one header. */
const HEADER_OVERHEAD = 10;

/**
 * The largest batch, in bytes, that each topic takes in which a record too large must not stop the topology: those of dead letters, and of
 * sinks that leave out what fails. A broker refuses a record with its whole batch, so that it has to be known before.
 */
export async function recordLimits(plan: PhysicalPlan, transport: Transport): Promise<Map<string, number>> {
  const topics = new Set(deadLetterTopics(plan));
  for (const sink of plan.subTopologies.flatMap((sub) => sub.sinks)) {
    if (sink.kind === 'kafka' && sink.onError.action !== 'fail') topics.add(sink.topic);
  }
  const limits = new Map<string, number>();
  for (const topic of topics) {
    const limit = Number((await transport.topics.config(topic)).get('max.message.bytes'));
    if (limit > 0) limits.set(topic, limit);
  }
  return limits;
}

/** The bytes that a record takes where it is alone in its batch, before compression; a little more than less. */
export function recordBytes(key: Payload, value: Payload, headers: readonly Header[] | null): number {
  let size = OVERHEAD + payloadBytes(key) + payloadBytes(value);
  for (const [name, text] of headers ?? []) size += HEADER_OVERHEAD + payloadBytes(name) + payloadBytes(text);
  return size;
}

/**
 * Judges a record by its size before compression.
 * @throws RECORD_TOO_LARGE
 */
export function refuseTooLarge(topic: string, limit: number, key: Payload, value: Payload): void {
  // A character takes three bytes at most, so that counting them is mostly spared.
  if (OVERHEAD + 3 * ((key?.length ?? 0) + (value?.length ?? 0)) <= limit) return;
  const size = recordBytes(key, value, null);
  if (size <= limit) return;
  const message = `the record has ${size} bytes, and ${topic} takes ${limit} (max.message.bytes)`;
  throw new MillraceError('RECORD_TOO_LARGE', message, { details: { size } });
}

export const payloadBytes = (payload: Payload): number =>
  payload === null ? 0 : typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
