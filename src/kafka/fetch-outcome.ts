import { MillraceError } from '../core/errors.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { FetchedPartition } from './api.ts';
import { brokerError } from './broker-error.ts';
import { ErrorCode, isRetriable, isStaleLeader } from './error-codes.ts';

/** What a partition's part of a fetch answer means: records, ask again after a pause, ask another leader, or an end for good. */
export type FetchOutcome = 'records' | 'retry' | 'relocate' | MillraceError;

/** Out of range is an end: no other offset is as good as the one asked for. */
export function fetchOutcome(tp: TopicPartition, position: number, answer: FetchedPartition): FetchOutcome {
  const { errorCode } = answer;
  const details = { ...tp, offset: position };
  if (errorCode === ErrorCode.NONE) return 'records';
  if (isStaleLeader(errorCode)) return 'relocate';
  if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
    const message = `${partitionName(tp)}: there is no offset ${position} in the log any more, or not yet`;
    return new MillraceError('OFFSET_OUT_OF_RANGE', message, { details });
  }
  if (errorCode === ErrorCode.CORRUPT_MESSAGE) {
    const message = `${partitionName(tp)}: the broker found the log damaged at or behind offset ${position}`;
    return new MillraceError('CORRUPT_BATCH', message, { details });
  }
  // A code that only says that the broker could not do it this time.
  if (isRetriable(errorCode) || errorCode === ErrorCode.UNKNOWN_SERVER_ERROR) return 'retry';
  return brokerError(errorCode, `fetch ${partitionName(tp)} from offset ${position}`);
}
