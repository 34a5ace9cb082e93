import { MillraceError } from '../core/errors.ts';
import { errorName, isNotAuthorized, isRetriable } from './error-codes.ts';

/**
 * The error for a code that a broker answered with. `what` says what was asked and of what, as in "describe topic orders".
 * NOT_AUTHORIZED, BROKER_UNAVAILABLE for what may pass, else BROKER_ERROR; the message carries the protocol's name.
 */
export function brokerError(errorCode: number, what: string, message: string | null = null): MillraceError {
  const name = errorName(errorCode);
  const text = `${what}: the broker answered ${name}${message ? ` (${message})` : ''}`;
  const code = isNotAuthorized(errorCode)
    ? 'NOT_AUTHORIZED'
    : isRetriable(errorCode)
      ? 'BROKER_UNAVAILABLE'
      : 'BROKER_ERROR';
  return new MillraceError(code, text, { details: { errorCode, errorName: name } });
}

/** Pause before try number `attempt` (from 0): 20 ms, doubling, at most half a second. */
export const backoffMs = (attempt: number): number => Math.min(20 * 2 ** attempt, 500);

/** A broken connection or a request without a reply: the broker may or may not have acted, and may be asked again. */
export const isLinkError = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && (error.code === 'BROKER_UNAVAILABLE' || error.code === 'REQUEST_TIMED_OUT');
