import { asMillraceError } from '../../core/errors.ts';
import { redactText } from '../redact.ts';

export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped';

/** What one check came to. Holds no secret. */
export interface Finding {
  /** What was looked at: `process`, `kafka`, `redis`, or a topology by its name. */
  readonly subject: string;
  readonly check: string;
  readonly verdict: Verdict;
  readonly message: string;
  /** What to do about it; null when there is nothing to be done. */
  readonly remedy: string | null;
}

/** Findings of one subject. */
export class Chart {
  readonly #subject: string;

  constructor(subject: string) {
    this.#subject = subject;
  }

  ok(check: string, message: string): Finding {
    return this.#finding(check, 'ok', message, null);
  }

  warning(check: string, message: string, remedy: string): Finding {
    return this.#finding(check, 'warning', message, remedy);
  }

  failed(check: string, message: string, remedy: string): Finding {
    return this.#finding(check, 'failed', message, remedy);
  }

  skipped(check: string, message: string): Finding {
    return this.#finding(check, 'skipped', message, null);
  }

  /** The failure that an error is. */
  error(check: string, thrown: unknown): Finding {
    const { message, remedy } = asMillraceError(thrown);
    return this.failed(check, message, remedy);
  }

  /** What the attempt finds: its text when it comes to its end, its error when it throws. */
  async tried(check: string, attempt: () => Promise<string | Finding>): Promise<Finding> {
    try {
      const found = await attempt();
      return typeof found === 'string' ? this.ok(check, found) : found;
    } catch (error) {
      return this.error(check, error);
    }
  }

  #finding(check: string, verdict: Verdict, message: string, remedy: string | null): Finding {
    return { subject: this.#subject, check, verdict, message: redactText(message), remedy };
  }
}
