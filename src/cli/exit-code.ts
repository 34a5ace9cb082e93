import type { ErrorCode } from '../core/errors.ts';

/** What a process of millrace ends with. */
export const EXIT = {
  ok: 0,
  /** The user's files have errors, or a test failed. */
  rejected: 1,
  /** The command line is wrong. */
  usage: 2,
  /** It ran, and could not go on. */
  fatal: 3,
  /** The plan does not fit the state that is there. */
  incompatible: 4,
} as const;

export const exitCodeOf = (code: ErrorCode): number => (code === 'PLAN_INCOMPATIBLE' ? EXIT.incompatible : EXIT.fatal);

/** The command line asks for something that cannot be: told in one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Takes what a command does once its options are parsed; that resolves with the exit code. */
export type Finish = (action: Promise<number>) => Promise<void>;
