import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `attempt` until it no longer throws, and returns what it returned. After `timeout` milliseconds the last error is thrown: it
 * says what was still wrong. For what another process does in its own time; in-process code has a clock to turn instead.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeout = 30_000, interval = 50 }: { timeout?: number; interval?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await sleep(interval);
  }
}
