import { STATUS_CODES } from 'node:http';
import { asMillraceError } from '../../core/errors.ts';

/** A refusal, as RFC 9457 describes one; thrown by routes, answered as application/problem+json. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Members besides the standard ones. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    detail: string,
    options: { headers?: Record<string, string>; extensions?: Record<string, unknown> } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }

  toJSON(): Record<string, unknown> {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status],
      status: this.status,
      detail: this.message,
      ...this.extensions,
    };
  }
}

const RETRY_AFTER_SECONDS = '1';

/** Not now: the caller is asked to come again. */
export const unavailable = (detail: string, extensions: Record<string, unknown> = {}): Problem =>
  new Problem(503, detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS }, extensions });

/** Anything that a route threw, as a problem: what may pass by itself is a 503, the rest is a 500 with our code and remedy. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const error = asMillraceError(thrown);
  if (error.recovery === 'retriable') return unavailable(error.message, { code: error.code, remedy: error.remedy });
  return new Problem(500, error.message, { extensions: { code: error.code, remedy: error.remedy } });
}
