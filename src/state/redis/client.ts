import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import { backoffMs, type RedisConnection } from './connection.ts';
import { REPLY, SCRIPTS, type Script } from './scripts.ts';

const SHA1 = new Map<Script, string>(
  Object.values(SCRIPTS).map((script) => [script, createHash('sha1').update(script.lua).digest('hex')]),
);

/** What a script answered: `code` is one of `REPLY`. */
export interface ScriptReply {
  readonly code: string;
  readonly items: readonly unknown[];
}

/** Runs scripts and commands over a connection. Everything that goes wrong short of a script's own answers is STATE_UNAVAILABLE. */
export class RedisClient {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;

  constructor(connection: RedisConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Connects, unless it is connected. */
  connect(): Promise<void> {
    return this.#connection.connect();
  }

  /** Runs a script on keys of one slot. */
  async run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<ScriptReply> {
    const rest = [String(keys.length), ...keys, ...args];
    let reply: unknown;
    try {
      reply = await this.call('evalsha', [SHA1.get(script)!, ...rest]);
    } catch (error) {
      if (!(error instanceof MillraceError) || !error.message.includes('NOSCRIPT')) throw error;
      reply = await this.call('eval', [script.lua, ...rest]);
    }
    const items = reply as unknown[];
    return { code: String(items[0]), items };
  }

  /** Sends a command; texts in the reply are buffers. */
  call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#connection.call(command, args);
  }

  /** Repeats `attempt` while it fails with STATE_UNAVAILABLE: up to `times` times, or until the signal aborts. */
  async retrying<T>(attempt: () => Promise<T>, times: number, signal?: AbortSignal): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        const again = error instanceof MillraceError && error.code === 'STATE_UNAVAILABLE' && failures < times;
        if (!again || signal?.aborted === true) throw error;
        await this.#clock.sleep(backoffMs(failures), signal);
      }
    }
  }

  close(): void {
    this.#connection.close();
  }
}

/** The error that a script's refusal stands for. */
export function refusal(reply: ScriptReply, what: string): MillraceError {
  if (reply.code === REPLY.fenced) {
    return new MillraceError('PRODUCER_FENCED', `${what}: a later generation owns the state in Redis`);
  }
  return new MillraceError('STATE_MISMATCH', `${what}: ${REASONS[reply.code] ?? `Redis answered ${reply.code}`}`, {
    details: { reply: reply.code },
  });
}

const REASONS: Readonly<Record<string, string>> = {
  [REPLY.gap]: 'the copy in Redis is at another position than its owner left it at',
  [REPLY.wrongIncarnation]: 'the copy in Redis is gone or was begun anew by somebody else',
  [REPLY.resized]: 'somebody else changed the buckets in Redis',
  [REPLY.evicted]: 'Redis lost entries of the copy (evicted or deleted); set maxmemory-policy to noeviction',
};
