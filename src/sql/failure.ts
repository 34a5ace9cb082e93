import { MillraceError } from '../core/errors.ts';

/** Throws EXPRESSION_FAILED with Spark's error class in front of the message. */
export function fail(errorClass: string, message: string): never {
  throw new MillraceError('EXPRESSION_FAILED', `[${errorClass}] ${message}`, { details: { errorClass } });
}
