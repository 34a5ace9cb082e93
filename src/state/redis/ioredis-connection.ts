import { Redis, type RedisOptions } from 'ioredis';
import { backoffMs, unavailable, type RedisConnection } from './connection.ts';

export interface RedisConnectionOptions {
  /** `redis://user:password@host:port/database`; `rediss://` for TLS. */
  readonly url: string;
  /** Instead of the one in the URL. */
  readonly password?: string;
  /** How long one request may take before it counts as failed. */
  readonly commandTimeoutMs?: number;
  /** Further options of the driver (TLS, Sentinel, name); those that decide on resending are not open to change. */
  readonly driver?: Omit<RedisOptions, 'replyMapping'>;
}

/** A connection over ioredis, which is kept from queueing and resending. */
export class IoredisConnection implements RedisConnection {
  readonly #redis: Redis;
  #connecting: Promise<void> | null = null;
  #lastError = '';
  #closed = false;

  constructor(options: RedisConnectionOptions) {
    const timeoutMs = options.commandTimeoutMs ?? 5_000;
    this.#redis = new Redis(options.url, {
      ...options.driver,
      ...(options.password === undefined ? {} : { password: options.password }),
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: false,
      commandTimeout: timeoutMs,
      connectTimeout: timeoutMs,
      // A server that vanished closes nothing: left to the system, such a connection would stay for a quarter of an hour.
      socketTimeout: timeoutMs,
      retryStrategy: backoffMs,
    });
    this.#redis.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
  }

  connect(): Promise<void> {
    if (this.#redis.status === 'ready') return Promise.resolve();
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    await this.connect();
    try {
      return await this.#redis.callBuffer(command, [...args]);
    } catch (error) {
      const failure = unavailable(command, error);
      // A former primary: the connection has to be made anew, to whoever is primary now.
      if (failure.message.includes('READONLY')) this.#redis.disconnect(true);
      throw failure;
    }
  }

  close(): void {
    this.#closed = true;
    this.#redis.disconnect();
  }

  async #connect(): Promise<void> {
    try {
      if (this.#closed) throw new Error('the connection was closed');
      if (this.#redis.status === 'wait' || this.#redis.status === 'end') await this.#redis.connect();
      // Otherwise the driver is at it already; whoever asks comes back after a while.
      else if (this.#redis.status !== 'ready')
        throw new Error(`no connection (${this.#lastError || this.#redis.status})`);
    } catch (error) {
      throw unavailable('connect', error);
    }
  }
}
