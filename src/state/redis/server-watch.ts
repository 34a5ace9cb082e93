import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { RedisClient } from './client.ts';

/**
 * Watches what a Redis server does to data behind its clients' backs: evicting keys, coming back with older data or none after a restart or
 * a failover, being emptied.
 */
export class ServerWatch {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onSuspicion: (reason: string) => void;
  readonly #lookAtCopies: () => Promise<void>;
  readonly #stopping = new AbortController();
  #started = false;
  #runId: string | null = null;
  #evicted = 0;

  /**
   * @param onSuspicion told when all data may be affected
   * @param lookAtCopies looks whether each copy is where its owner left it, for those whose owners have no reason to ask
   */
  constructor(
    client: RedisClient,
    clock: Clock,
    intervalMs: number,
    onSuspicion: (reason: string) => void,
    lookAtCopies: () => Promise<void>,
  ) {
    this.#lookAtCopies = lookAtCopies;
    this.#client = client;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onSuspicion = onSuspicion;
  }

  /** Rejects with STATE_MISCONFIGURED when the server may evict keys, with STATE_UNAVAILABLE when it does not answer. */
  async check(): Promise<void> {
    await this.#client.call('ping', []);
    const memory = await this.#info('memory');
    const policy = memory.get('maxmemory_policy');
    if (memory.get('maxmemory') !== '0' && policy !== undefined && policy !== 'noeviction') {
      throw new MillraceError(
        'STATE_MISCONFIGURED',
        `Redis may evict state: maxmemory-policy is ${policy}; set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf)`,
        { details: { setting: 'maxmemory-policy', value: policy } },
      );
    }
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#watch().catch(() => {
      // Only a defect gets here; state is still guarded by the checks on every load and write.
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#look();
        await this.#lookAtCopies();
      } catch {
        // Unreachable: whoever needs it says so. It is looked at again.
      }
      await this.#clock.sleep(this.#intervalMs, this.#stopping.signal);
    }
  }

  async #look(): Promise<void> {
    const runId = (await this.#info('server')).get('run_id') ?? '';
    const evicted = Number((await this.#info('stats')).get('evicted_keys') ?? 0);
    if (this.#runId !== null && runId !== this.#runId) {
      this.#onSuspicion('Redis was restarted, or another server answers in its place');
    } else if (this.#runId !== null && evicted > this.#evicted) {
      this.#onSuspicion(`Redis evicted ${evicted - this.#evicted} keys; set maxmemory-policy to noeviction`);
    }
    this.#runId = runId;
    this.#evicted = evicted;
  }

  async #info(section: string): Promise<Map<string, string>> {
    const text = String(await this.#client.call('info', [section]));
    const pairs = text.split('\r\n').map((line) => line.split(':', 2) as [string, string]);
    return new Map(pairs);
  }
}
