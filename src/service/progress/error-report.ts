import { taskName } from '../../core/task.ts';
import type { TaskId } from '../../core/task.ts';
import { redact, redactText } from '../redact.ts';
import type { ErrorCode, MillraceError, Recovery } from '../../core/errors.ts';

/** A failure as it is shown to people; without secrets, and fit for JSON. */
export interface ErrorReport {
  /** ISO 8601. */
  readonly at: string;
  /** Null when it is not the matter of one task. */
  readonly task: string | null;
  readonly code: ErrorCode;
  readonly recovery: Recovery;
  readonly message: string;
  readonly remedy: string;
  /** The place: topic, partition, offset, view, as far as known. */
  readonly details: Readonly<Record<string, unknown>>;
}

export function errorReport(atMs: number, task: TaskId | null, error: MillraceError): ErrorReport {
  return {
    at: new Date(atMs).toISOString(),
    task: task === null ? null : taskName(task),
    code: error.code,
    recovery: error.recovery,
    message: redactText(error.message),
    remedy: error.remedy,
    details: redact(error.details) as Record<string, unknown>,
  };
}
