/**
 * The one catalogue of errors at run time: code, class of recovery, remedy. (Complaints about a user's files are `Diagnostic`s.)
 *
 * | class     | what the engine does                                                                                             |
 * | --------- | ---------------------------------------------------------------------------------------------------------------- |
 * | retriable | the same request is made again after a back-off; nothing was decided                                             |
 * | aborted   | the transaction is definitely not committed; the task rewinds to its last commit record                          |
 * | unknown   | the outcome of a commit is unknown; the task recovers from its changelog, which knows                            |
 * | fenced    | somebody else took the task over; a heartbeat must confirm the assignment before it is taken up again            |
 * | corrupted | the copy of the state is not what the changelog says; it is wiped and rebuilt                                    |
 * | user      | the input or a user's expression failed; the error policy decides                                                |
 * | fatal     | going on could lose or double records, or cannot succeed; the task stops and a human is told                     |
 */
export type Recovery = 'retriable' | 'aborted' | 'unknown' | 'fenced' | 'corrupted' | 'user' | 'fatal';

export const ERRORS = {
  BROKER_UNAVAILABLE: { recovery: 'retriable', remedy: 'check kafka.brokers and that the brokers are reachable' },
  BROKER_TOO_OLD: { recovery: 'fatal', remedy: 'use Kafka 3.7 or newer' },
  BROKER_ERROR: { recovery: 'fatal', remedy: 'see the broker error named in the message' },
  REQUEST_TIMED_OUT: { recovery: 'retriable', remedy: 'the broker did not answer in time; it is asked again' },
  NOT_AUTHORIZED: { recovery: 'fatal', remedy: 'grant the ACLs that `millrace explain` lists' },
  TRANSACTION_ABORTED: { recovery: 'aborted', remedy: 'the batch is done again' },
  TRANSACTION_OUTCOME_UNKNOWN: { recovery: 'unknown', remedy: 'the outcome is read from the changelog' },
  PRODUCER_FENCED: { recovery: 'fenced', remedy: 'another process owns the task now' },
  OFFSET_OUT_OF_RANGE: {
    recovery: 'fatal',
    remedy: 'records were deleted before they were read; raise the retention, then reset the topology',
  },
  CORRUPT_BATCH: { recovery: 'fatal', remedy: 'the log or the network damaged a record batch; check the broker' },
  HANGING_TRANSACTION: {
    recovery: 'retriable',
    remedy: 'find it with kafka-transactions.sh find-hanging and abort it',
  },
  TOPIC_MISSING: { recovery: 'fatal', remedy: 'create the topic, or run `millrace topics apply`' },
  TOPIC_SETTINGS: { recovery: 'fatal', remedy: 'change the topic settings named in the message' },
  PARTITIONS_CHANGED: {
    recovery: 'fatal',
    remedy: 'reset the topology (`millrace reset`), or read and write a topic that has as many partitions as before',
  },
  PLAN_INCOMPATIBLE: { recovery: 'fatal', remedy: 'undo the change, or reset the topology' },
  TOPOLOGY_RUNNING: {
    recovery: 'fatal',
    remedy:
      'stop the processes named in the message, wait for the session timeout if they crashed, then run the command again',
  },
  RESET_UNFINISHED: { recovery: 'fatal', remedy: 'run `millrace reset` again: it goes on where it was' },
  PARTITIONING_MISMATCH: { recovery: 'fatal', remedy: 'correct partitionedBy on the source, or remove it' },
  OFFSETS_RESET_BY_OPERATOR: { recovery: 'fatal', remedy: 'use `millrace reset` instead of resetting the group' },
  STATE_MISMATCH: { recovery: 'corrupted', remedy: 'the state is rebuilt from the changelog' },
  STATE_UNAVAILABLE: { recovery: 'retriable', remedy: 'check redis.url and that Redis is reachable' },
  STATE_MISCONFIGURED: { recovery: 'fatal', remedy: 'change the Redis setting named in the message' },
  LOG_REPLACED: { recovery: 'fatal', remedy: 'an internal topic was deleted or truncated; reset the topology' },
  RECORD_UNDECODABLE: { recovery: 'user', remedy: 'correct the record or the declared schema' },
  EXPRESSION_FAILED: { recovery: 'user', remedy: 'use the try_ form of the function, or filter the row out first' },
  RECORD_TOO_LARGE: { recovery: 'fatal', remedy: 'raise max.message.bytes of the topic named in the message' },
  CLOCK_WRONG: {
    recovery: 'fatal',
    remedy: 'set the clocks of this machine and of the brokers; they must not be further apart than an hour',
  },
  CONFIG_INVALID: { recovery: 'fatal', remedy: 'correct the setting named in the message' },
  PORT_IN_USE: { recovery: 'fatal', remedy: 'choose another http.port' },
  SERVICE_MISSING: { recovery: 'fatal', remedy: 'install the program named in the message' },
  WORKER_LOST: {
    recovery: 'retriable',
    remedy: 'its tasks go on in a new thread; if a batch may take that long, raise maxBatchTime',
  },
  WORKER_FAILED: {
    recovery: 'fatal',
    remedy: 'see the losses before it in the log; what ended the thread comes again',
  },
  INTERNAL: { recovery: 'fatal', remedy: 'this is a defect in Millrace; please report it with the log' },
} as const satisfies Record<string, { recovery: Recovery; remedy: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** Every error that leaves a module of Millrace. `details` names the place: topic, partition, offset, task, view. */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get recovery(): Recovery {
    return ERRORS[this.code].recovery;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }
}

/** The class of recovery of anything that was thrown; what we did not throw ourselves is a defect, hence fatal. */
export const recoveryOf = (error: unknown): Recovery => (error instanceof MillraceError ? error.recovery : 'fatal');

/** The error as a MillraceError; what we did not throw ourselves becomes INTERNAL with the original as its cause. */
export function asMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}
