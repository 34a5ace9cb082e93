import { asMillraceError, MillraceError, type ErrorCode } from '../../core/errors.ts';

/** An error as it passes from thread to thread. */
export interface SentError {
  /** Names the error within its thread: what is told twice there is told twice here, as one error. */
  readonly id: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string;
  readonly cause: SentCause | null;
}

/** What is kept of an error's cause: what a log shows. */
interface SentCause {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly cause: SentCause | null;
}

/** Makes errors of one thread ready to be sent. */
export class ErrorSender {
  readonly #ids = new WeakMap<MillraceError, number>();
  #last = 0;

  encode(thrown: unknown): SentError {
    const error = asMillraceError(thrown);
    let id = this.#ids.get(error);
    if (id === undefined) this.#ids.set(error, (id = ++this.#last));
    const { code, message, details, stack = '' } = error;
    const copies = Object.entries(details).map(([name, value]) => [name, copyOf(value)]);
    return { id, code, message, details: Object.fromEntries(copies), stack, cause: causeOf(error, DEEPEST_CAUSE) };
  }
}

/** An error is told a second time, if at all, right after the first. */
const REMEMBERED = 100;
const DEEPEST_CAUSE = 5;

/** Makes errors again of what one thread sent. */
export class ErrorReceiver {
  readonly #known = new Map<number, MillraceError>();

  decode(sent: SentError): MillraceError {
    const known = this.#known.get(sent.id);
    if (known !== undefined) return known;
    const cause = sent.cause === null ? undefined : errorOf(sent.cause);
    const error = new MillraceError(sent.code, sent.message, { cause, details: sent.details });
    error.stack = sent.stack;
    this.#known.set(sent.id, error);
    if (this.#known.size > REMEMBERED) this.#known.delete(sent.id - REMEMBERED);
    return error;
  }
}

function causeOf({ cause }: Error, depth: number): SentCause | null {
  if (cause === undefined || depth === 0) return null;
  if (!(cause instanceof Error)) return { name: 'Error', message: String(cause), stack: '', cause: null };
  const { name, message, stack = '' } = cause;
  return { name, message, stack, cause: causeOf(cause, depth - 1) };
}

function errorOf({ name, message, stack, cause }: SentCause): Error {
  const error = new Error(message, cause === null ? {} : { cause: errorOf(cause) });
  error.name = name;
  error.stack = stack;
  return error;
}

/** The value as it can be copied: a detail is there to be read, so its text will do where there is no other way. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}
