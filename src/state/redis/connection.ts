import { MillraceError } from '../../core/errors.ts';

/**
 * One connection to a Redis server. It neither queues nor resends anything by itself: a request that got lost is known to be in doubt, and
 * whoever made it decides. What was once sent may still be executed after it was given up, even after a later request on a new connection.
 */
export interface RedisConnection {
  /** Connects, unless it is connected. Rejects with STATE_UNAVAILABLE. */
  connect(): Promise<void>;
  /**
   * Sends a command, after connecting where that is needed. Texts in the reply are buffers, what is missing is null. Rejects with
   * STATE_UNAVAILABLE whatever goes wrong: no connection, no reply in time, or a refusal by the server, whose words the message has then.
   */
  call(command: string, args: readonly (string | Buffer)[]): Promise<unknown>;
  /** Ends the connection for good; requests under way reject. */
  close(): void;
}

/** Waits between attempts: 50 ms, then twice as long each time, up to 2 s. */
export const backoffMs = (attempt: number): number => Math.min(50 * 2 ** attempt, 2_000);

/** What a connection rejects with. */
export function unavailable(command: string, cause: unknown): MillraceError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError('STATE_UNAVAILABLE', `redis ${command}: ${message}`, { cause, details: { command } });
}
