import { type ErrorCode as ErrorClass, MillraceError } from '../core/errors.ts';
import { ErrorCode, errorName } from './error-codes.ts';

export type TransactionApi = 'InitProducerId' | 'AddPartitionsToTxn' | 'Produce' | 'EndTxn';

/**
 * What to do about an answer.
 *
 * | action    | meaning                                                                                     |
 * | --------- | ------------------------------------------------------------------------------------------- |
 * | done      | the request was granted                                                                     |
 * | again     | send the same request to the same node, after a pause                                       |
 * | elsewhere | forget the coordinator or leader, send the same request to whoever is it now, after a pause |
 * | abort     | this transaction cannot commit; its batch is done again in another                          |
 * | fenced    | the id has, or may have, a new owner                                                        |
 * | fatal     | no further try can succeed; the rule names the error                                        |
 */
export type Action = 'done' | 'again' | 'elsewhere' | 'abort' | 'fenced' | 'fatal';

export interface Rule {
  readonly action: Action;
  /** The broker may have acted in spite of the answer, or may yet act. */
  readonly indefinite: boolean;
  /** What `fatal` is reported as. */
  readonly error: ErrorClass | null;
}

const rule = (action: Action, indefinite: boolean, error: ErrorClass | null = null): Rule => ({
  action,
  indefinite,
  error,
});

const DONE = rule('done', false);
const AGAIN = rule('again', false);
const AGAIN_IN_DOUBT = rule('again', true);
const ELSEWHERE = rule('elsewhere', false);
const ELSEWHERE_IN_DOUBT = rule('elsewhere', true);
const ABORT = rule('abort', false);
const ABORT_IN_DOUBT = rule('abort', true);
const FENCED = rule('fenced', false);
const NOT_AUTHORIZED = rule('fatal', false, 'NOT_AUTHORIZED');
const BROKER_ERROR = rule('fatal', false, 'BROKER_ERROR');
const CONFIG_INVALID = rule('fatal', false, 'CONFIG_INVALID');
const TOO_LARGE = rule('fatal', false, 'RECORD_TOO_LARGE');
const CLOCK_WRONG = rule('fatal', false, 'CLOCK_WRONG');

/** No answer came: the request was lost, or the answer, or the broker will act on it at any later time. */
export const NO_REPLY: Rule = ELSEWHERE_IN_DOUBT;

/** A transactional id whose producer id is gone counts as fenced: only a takeover, with its reading of the changelog, is safe after it. */
const FENCING: Readonly<Record<number, Rule>> = {
  [ErrorCode.INVALID_PRODUCER_EPOCH]: FENCED,
  [ErrorCode.INVALID_PRODUCER_ID_MAPPING]: FENCED,
  [ErrorCode.TRANSACTION_COORDINATOR_FENCED]: FENCED,
  [ErrorCode.UNKNOWN_PRODUCER_ID]: FENCED,
  [ErrorCode.PRODUCER_FENCED]: FENCED,
};

/** The whole of it: what each answer of each API means to a transaction. Codes not listed: see `ruleOf`. */
export const RULES: Readonly<Record<TransactionApi, Readonly<Record<number, Rule>>>> = {
  InitProducerId: {
    ...FENCING,
    [ErrorCode.NONE]: DONE,
    [ErrorCode.CONCURRENT_TRANSACTIONS]: AGAIN,
    [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]: AGAIN,
    [ErrorCode.COORDINATOR_NOT_AVAILABLE]: ELSEWHERE,
    [ErrorCode.NOT_COORDINATOR]: ELSEWHERE,
    [ErrorCode.REQUEST_TIMED_OUT]: AGAIN,
    [ErrorCode.NOT_ENOUGH_REPLICAS]: AGAIN,
    [ErrorCode.UNKNOWN_SERVER_ERROR]: AGAIN,
    [ErrorCode.THROTTLING_QUOTA_EXCEEDED]: AGAIN,
    [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
    [ErrorCode.CLUSTER_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
    [ErrorCode.INVALID_TRANSACTION_TIMEOUT]: CONFIG_INVALID,
  },

  AddPartitionsToTxn: {
    ...FENCING,
    [ErrorCode.NONE]: DONE,
    // Said of the healthy partitions when another of the same request failed; that other one's code decides.
    [ErrorCode.OPERATION_NOT_ATTEMPTED]: AGAIN,
    // Normal right after a commit: its markers are still being written.
    [ErrorCode.CONCURRENT_TRANSACTIONS]: AGAIN,
    [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]: AGAIN,
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]: AGAIN,
    [ErrorCode.THROTTLING_QUOTA_EXCEEDED]: AGAIN,
    [ErrorCode.COORDINATOR_NOT_AVAILABLE]: ELSEWHERE_IN_DOUBT,
    [ErrorCode.NOT_COORDINATOR]: ELSEWHERE_IN_DOUBT,
    [ErrorCode.REQUEST_TIMED_OUT]: AGAIN_IN_DOUBT,
    [ErrorCode.UNKNOWN_SERVER_ERROR]: AGAIN_IN_DOUBT,
    [ErrorCode.INVALID_TXN_STATE]: ABORT,
    [ErrorCode.TRANSACTION_ABORTABLE]: ABORT,
    [ErrorCode.TOPIC_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
    [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
  },

  Produce: {
    ...FENCING,
    [ErrorCode.NONE]: DONE,
    [ErrorCode.NOT_LEADER_OR_FOLLOWER]: ELSEWHERE,
    [ErrorCode.LEADER_NOT_AVAILABLE]: ELSEWHERE,
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]: ELSEWHERE,
    [ErrorCode.BROKER_NOT_AVAILABLE]: ELSEWHERE,
    [ErrorCode.REPLICA_NOT_AVAILABLE]: ELSEWHERE,
    [ErrorCode.KAFKA_STORAGE_ERROR]: ELSEWHERE,
    [ErrorCode.FENCED_LEADER_EPOCH]: ELSEWHERE,
    [ErrorCode.UNKNOWN_LEADER_EPOCH]: ELSEWHERE,
    [ErrorCode.NETWORK_EXCEPTION]: ELSEWHERE_IN_DOUBT,
    // Also what the verification of transactions answers to old clients when its own request to the coordinator failed.
    [ErrorCode.NOT_ENOUGH_REPLICAS]: AGAIN,
    [ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND]: AGAIN,
    [ErrorCode.CONCURRENT_TRANSACTIONS]: AGAIN,
    [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]: AGAIN,
    [ErrorCode.COORDINATOR_NOT_AVAILABLE]: AGAIN,
    [ErrorCode.NOT_COORDINATOR]: AGAIN,
    [ErrorCode.THROTTLING_QUOTA_EXCEEDED]: AGAIN,
    [ErrorCode.CORRUPT_MESSAGE]: AGAIN,
    [ErrorCode.REQUEST_TIMED_OUT]: AGAIN_IN_DOUBT,
    [ErrorCode.UNKNOWN_SERVER_ERROR]: AGAIN_IN_DOUBT,
    // The batch is in the log, but the broker no longer knows where, and we must know: the batch is done again.
    [ErrorCode.DUPLICATE_SEQUENCE_NUMBER]: ABORT,
    [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER]: ABORT,
    [ErrorCode.INVALID_TXN_STATE]: ABORT,
    [ErrorCode.TRANSACTION_ABORTABLE]: ABORT,
    [ErrorCode.MESSAGE_TOO_LARGE]: TOO_LARGE,
    [ErrorCode.RECORD_LIST_TOO_LARGE]: TOO_LARGE,
    // Records bear the time of their batch.
    [ErrorCode.INVALID_TIMESTAMP]: CLOCK_WRONG,
    [ErrorCode.TOPIC_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
    [ErrorCode.CLUSTER_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
    [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: NOT_AUTHORIZED,
  },

  // Whatever leaves a decision open is in doubt here, also where the broker did answer: the coordinator answers NOT_COORDINATOR and the
  // like when its own log could not replicate the decision in time, and CONCURRENT_TRANSACTIONS while it is carrying the decision out.
  EndTxn: {
    ...FENCING,
    [ErrorCode.NONE]: DONE,
    [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]: AGAIN,
    [ErrorCode.THROTTLING_QUOTA_EXCEEDED]: AGAIN,
    [ErrorCode.CONCURRENT_TRANSACTIONS]: AGAIN_IN_DOUBT,
    [ErrorCode.REQUEST_TIMED_OUT]: AGAIN_IN_DOUBT,
    [ErrorCode.UNKNOWN_SERVER_ERROR]: AGAIN_IN_DOUBT,
    [ErrorCode.COORDINATOR_NOT_AVAILABLE]: ELSEWHERE_IN_DOUBT,
    [ErrorCode.NOT_COORDINATOR]: ELSEWHERE_IN_DOUBT,
    [ErrorCode.INVALID_TXN_STATE]: ABORT,
    [ErrorCode.TRANSACTION_ABORTABLE]: ABORT,
    [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: ABORT,
  },
};

/**
 * The rule for an answer. A code the table does not know is fatal before the decision, as no version of the requests we send should bring
 * it; at the decision it leaves the outcome in doubt.
 */
export const ruleOf = (api: TransactionApi, errorCode: number): Rule =>
  RULES[api][errorCode] ?? (api === 'EndTxn' ? ABORT_IN_DOUBT : BROKER_ERROR);

/** True for rules that end the request: it is not sent again. */
export const isFinal = (rule: Rule): boolean =>
  rule.action === 'abort' || rule.action === 'fenced' || rule.action === 'fatal';

/** The error for a rule that ends a request: action abort, fenced or fatal. `what` says what was asked and of what. */
export function transactionError(rule: Rule, errorCode: number, what: string): MillraceError {
  const name = errorName(errorCode);
  const code = rule.action === 'fenced' ? 'PRODUCER_FENCED' : (rule.error ?? 'TRANSACTION_ABORTED');
  return new MillraceError(code, `${what}: the broker answered ${name}`, { details: { errorCode, errorName: name } });
}
