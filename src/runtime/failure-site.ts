import type { ErrorPolicy } from '../core/error-policy.ts';
import { MillraceError } from '../core/errors.ts';
import type { ErrorProgress } from '../core/progress.ts';
import type { Row } from '../core/types.ts';
import type { DeadLetter } from './dead-letters.ts';

/** Takes a row that failed: throws, or takes note of it, for the caller to leave it out. */
export type RejectRow = (row: Row, error: unknown) => void;

/** One source, view or sink: its error policy, and what failed there in the running batch. */
export class FailureSite {
  readonly policy: ErrorPolicy;
  readonly letters: DeadLetter[] = [];
  readonly #place: ErrorProgress['place'];
  readonly #name: string;
  #rows = 0;
  #last: MillraceError | null = null;

  constructor(place: ErrorProgress['place'], name: string, policy: ErrorPolicy) {
    this.#place = place;
    this.#name = name;
    this.policy = policy;
  }

  /**
   * Takes note of what failed, for the caller to leave it out. Throws the error with its place where the policy is `fail`, and as it is where
   * it is not about the data.
   * @param record where the record is: topic, partition, offset, timestamp
   */
  reject(
    error: unknown,
    record: Readonly<Record<string, string | number>>,
    letter: () => Pick<DeadLetter, 'key' | 'value' | 'headers'>,
  ): void {
    if (!isOfData(error)) throw error;
    const where = { [this.#place]: this.#name, ...record };
    const { topic, partition, offset } = record;
    const at = offset === undefined ? '' : `, ${topic}-${partition} offset ${offset}`;
    const placed = new MillraceError(error.code, `${this.#place} \`${this.#name}\`${at}: ${error.message}`, {
      cause: error,
      details: { ...error.details, ...where },
    });
    if (this.policy.action === 'fail') throw placed;
    this.#rows++;
    this.#last = placed;
    if (this.policy.action === 'dlq') this.letters.push({ ...letter(), error: placed, where });
  }

  clear(): void {
    this.#rows = 0;
    this.#last = null;
    this.letters.length = 0;
  }

  /** Null when nothing failed. */
  get progress(): ErrorProgress | null {
    const { policy } = this;
    if (policy.action === 'fail' || this.#last === null) return null;
    const { code, message, details } = this.#last;
    return {
      place: this.#place,
      name: this.#name,
      action: policy.action,
      topic: policy.action === 'dlq' ? policy.topic : null,
      rows: this.#rows,
      last: { code, message, details },
    };
  }
}

/** A row that is too large is the user's matter as well, though no retry of the row helps. */
const isOfData = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && (error.recovery === 'user' || error.code === 'RECORD_TOO_LARGE');
