import { Redis } from 'ioredis';
import type { LocalService } from '../../../src/service/local-services/local-service.ts';
import { startRedis } from '../../../src/service/local-services/redis.ts';

/** One Redis server without persistence, on the same port however often it is started. */
export class RedisNode {
  readonly port: number;
  readonly #dir: string;
  #service: LocalService | null = null;

  constructor(port: number, dir: string) {
    this.port = port;
    this.#dir = dir;
  }

  get isRunning(): boolean {
    return this.#service !== null;
  }

  /** Starts it, empty. */
  async start(): Promise<void> {
    if (this.#service !== null) return;
    // A replica that copies at once is in step again within the second.
    const settings = { 'repl-diskless-sync': 'yes', 'repl-diskless-sync-delay': '0' };
    this.#service = await startRedis({ dataDir: this.#dir, port: this.port, settings });
  }

  /** SIGKILL: nothing of what it held is left. */
  async kill(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    await service?.kill();
  }

  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Gives `work` a plain client of this server, past all proxies. */
  async use<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.port, '127.0.0.1', { maxRetriesPerRequest: 2, lazyConnect: true });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#service === null) throw new Error('this Redis does not run');
    process.kill(this.#service.pid, signal);
  }
}
