import { CODECS } from '../../../src/kafka/protocol/codecs.ts';
import { WireReader } from '../../../src/kafka/protocol/wire-reader.ts';
import type { KafkaMessage } from './kafka-protocol.ts';

// What rules want to know of messages, in the versions that the product speaks.

/** The transactional id of an InitProducerId, AddPartitionsToTxn, EndTxn or Produce, or of its reply; null without one. */
export function transactionalIdOf(message: KafkaMessage): string | null {
  const request = message.request ?? message;
  return request.direction === 'request' ? new WireReader(request.body).nullableString() : null;
}

/** Whether an EndTxn, or the one that a reply answers, asks for a commit. */
export function isCommit(message: KafkaMessage): boolean {
  const request = message.request ?? message;
  if (request.direction !== 'request' || request.name !== 'EndTxn') return false;
  const reader = new WireReader(request.body);
  reader.nullableString(); // transactional id
  reader.int64(); // producer id
  reader.int16(); // epoch
  return reader.boolean();
}

/** The error code of the reply to an InitProducerId, EndTxn, SyncGroup or Heartbeat. */
export function errorCodeOf(reply: KafkaMessage): number {
  const reader = new WireReader(reply.body);
  reader.int32(); // throttle time
  return reader.int16();
}

/** Topics of which the reply to a Fetch brings record batches. */
export function fetchedTopics(reply: KafkaMessage): string[] {
  const nothing = { maxWaitMs: 0, minBytes: 0, maxBytes: 0, topics: [] };
  const { topics } = CODECS.Fetch.reply(new WireReader(reply.body), nothing).reply;
  return topics
    .filter(({ partitions }) => partitions.some(({ records }) => records.length > 0))
    .map(({ topic }) => topic);
}

/** What a ListOffsets asks for, as `topic-partition`. */
export function listedPartitions(request: KafkaMessage): string[] {
  const reader = new WireReader(request.body);
  reader.int32(); // replica id
  reader.int8(); // isolation
  return reader
    .array((r) => {
      const topic = r.string();
      return r.array((p) => {
        const name = `${topic}-${p.int32()}`;
        p.int64(); // timestamp
        return name;
      });
    })
    .flat();
}
