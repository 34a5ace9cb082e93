import type { Clock } from './clock.ts';
import { asMillraceError, type MillraceError } from './errors.ts';

const FIRST_WAIT_MS = 100;
const LAST_WAIT_MS = 5_000;

/**
 * Does `attempt` again while it fails with an error that only asks for patience (recovery `retriable`), ever more slowly. Any other error,
 * and any error after the signal aborted, is the caller's.
 * @param onRetry told of each failure that is waited out
 */
export async function patiently<T>(
  attempt: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  onRetry: (error: MillraceError) => void,
): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LAST_WAIT_MS)) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = asMillraceError(thrown);
      if (error.recovery !== 'retriable' || signal.aborted) throw error;
      onRetry(error);
      await clock.sleep(wait, signal);
    }
  }
}
