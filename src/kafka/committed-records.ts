import type { TopicPartition } from '../core/task.ts';
import type { RecordChunk } from '../core/transport.ts';
import { AbortedTransactions } from './aborted-transactions.ts';
import type { FetchedPartition } from './api.ts';
import { decodeBatch, offsetAfter, readBatch, readControlType } from './record-batch/decode.ts';

export interface CommittedRecords {
  readonly chunks: RecordChunk[];
  /** Where the next fetch begins: behind the last whole batch, whatever it held. */
  readonly position: number;
}

/**
 * The committed records of a fetch answer from `position` on (and below `end`), a chunk for each batch that holds any. Aborted and control
 * batches yield nothing but move the position, and so do batches that compaction has emptied.
 * @throws CORRUPT_BATCH, or BROKER_ERROR for a message format older than v2
 */
export function readCommittedRecords(
  tp: TopicPartition,
  answer: Pick<FetchedPartition, 'records' | 'abortedTransactions'>,
  position: number,
  end = Infinity,
): CommittedRecords {
  const { records } = answer;
  const aborted = new AbortedTransactions(answer.abortedTransactions);
  const chunks: RecordChunk[] = [];
  let reached = position;
  for (let at = 0; reached < end;) {
    const header = readBatch(records, at, tp);
    if (header === null) break;
    aborted.advance(header.baseOffset);
    if (header.isControl) {
      if (readControlType(records, at, header) === 'abort') aborted.end(header.producerId);
    } else if (header.recordCount > 0 && offsetAfter(header) > reached) {
      if (!header.isTransactional || !aborted.has(header.producerId)) {
        const chunk = decodeBatch(records, at, header, tp, reached, end);
        if (chunk.count > 0) chunks.push(chunk);
      }
    }
    reached = Math.max(reached, Math.min(offsetAfter(header), end));
    at += header.sizeInBytes;
  }
  return { chunks, position: reached };
}
