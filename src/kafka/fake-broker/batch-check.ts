import { crc32c } from '@node-rs/crc32';
import type { TopicPartition } from '../../core/task.ts';
import { ErrorCode } from '../error-codes.ts';
import { decodeBatch, readBatchHeader, type BatchHeader } from '../record-batch/decode.ts';
import * as layout from '../record-batch/layout.ts';
import type { TopicConfig } from './topic-config.ts';

/** What a broker checks of a client's batch before it looks at the producer. NONE with the header, or the code of the refusal. */
export function checkBatch(
  bytes: Buffer,
  tp: TopicPartition,
  config: TopicConfig,
  nowMs: number,
): { readonly errorCode: number; readonly header: BatchHeader | null } {
  if (bytes.length < layout.HEADER_SIZE) return refuse(ErrorCode.CORRUPT_MESSAGE);
  const header = readBatchHeader(bytes, 0);
  if (header.magic !== 2) return refuse(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT);
  if (header.sizeInBytes > bytes.length) return refuse(ErrorCode.CORRUPT_MESSAGE);
  if (header.sizeInBytes < bytes.length) return refuse(ErrorCode.INVALID_RECORD);
  if (bytes.length > config.maxMessageBytes) return refuse(ErrorCode.MESSAGE_TOO_LARGE);
  if (header.compression === undefined) return refuse(ErrorCode.CORRUPT_MESSAGE);
  if (crc32c(bytes.subarray(layout.ATTRIBUTES)) !== header.crc) return refuse(ErrorCode.CORRUPT_MESSAGE);
  if (header.isControl) return refuse(ErrorCode.INVALID_RECORD);
  if (header.recordCount <= 0 || header.lastOffsetDelta !== header.recordCount - 1) {
    return refuse(ErrorCode.INVALID_RECORD);
  }
  if (header.producerId >= 0 && header.baseSequence < 0) return refuse(ErrorCode.INVALID_RECORD);
  return { errorCode: checkRecords(bytes, header, tp, config, nowMs), header };
}

function checkRecords(
  bytes: Buffer,
  header: BatchHeader,
  tp: TopicPartition,
  config: TopicConfig,
  nowMs: number,
): number {
  const earliest = config.logAppendTime ? 0 : nowMs - config.timestampBeforeMaxMs;
  if (!config.logAppendTime && header.maxTimestamp > nowMs + config.timestampAfterMaxMs) {
    return ErrorCode.INVALID_TIMESTAMP;
  }
  if (!config.compacted && earliest <= 0) return ErrorCode.NONE;
  try {
    const { keyStart, timestamps, count } = decodeBatch(bytes, 0, header, tp, 0);
    for (let i = 0; i < count; i++) {
      if (config.compacted && keyStart[i] < 0) return ErrorCode.INVALID_RECORD;
      if (timestamps[i] < earliest) return ErrorCode.INVALID_TIMESTAMP;
    }
    return ErrorCode.NONE;
  } catch {
    return ErrorCode.CORRUPT_MESSAGE;
  }
}

const refuse = (errorCode: number): { errorCode: number; header: null } => ({ errorCode, header: null });
