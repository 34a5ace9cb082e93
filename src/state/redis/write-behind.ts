import type { Clock } from '../../core/clock.ts';
import { asMillraceError, type MillraceError } from '../../core/errors.ts';
import type { SealedChange } from '../task-copy.ts';
import type { BucketWriter } from './bucket-writer.ts';
import type { RedisClient } from './client.ts';

export interface WriteBehindLimits {
  /** How long accepted changes may wait for more to go with them. */
  readonly delayMs: number;
  /** Unwritten bytes of a task beyond which writing begins at once and `accept` waits. */
  readonly unwrittenBytes: number;
  /** How long a release waits for Redis before it leaves the rest to the changelog. */
  readonly handoverMs: number;
}

/** What a change costs while it waits, besides key and value. */
const CHANGE_OVERHEAD = 120;

const changeBytes = (change: SealedChange): number => CHANGE_OVERHEAD + change.key.length + change.valueBytes;

/**
 * Accepted changes on their way to Redis. Several deltas become one write, in which every key occurs once; a write that has begun is not
 * added to any more.
 *
 *     idle ── add ──→ waiting ── delay over, much, flush ──→ writing ──→ idle | waiting
 *       any ── refused by Redis ──→ failed        any ── stop ──→ stopped
 */
export class WriteBehind {
  readonly #writer: BucketWriter;
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #limits: WriteBehindLimits;
  readonly #onFailure: () => void;
  readonly #stopping = new AbortController();
  /** In the order they came; those superseded by later ones are passed over when they are written. */
  #waiting: SealedChange[] = [];
  #position = -1;
  #timestampMs = 0;
  #isWaiting = false;
  #hurry = new AbortController();
  #running: Promise<void> | null = null;
  #waitingBytes = 0;
  #writingBytes = 0;
  /** Resolves `accept`s that wait for room. */
  #room: PromiseWithResolvers<void> | null = null;
  failure: MillraceError | null = null;

  /** @param onFailure told when Redis has refused a write */
  constructor(
    writer: BucketWriter,
    client: RedisClient,
    clock: Clock,
    limits: WriteBehindLimits,
    onFailure: () => void,
  ) {
    this.#onFailure = onFailure;
    this.#writer = writer;
    this.#client = client;
    this.#clock = clock;
    this.#limits = limits;
  }

  get unwrittenBytes(): number {
    return this.#waitingBytes + this.#writingBytes;
  }

  /** Takes changes over. A promise when too much is unwritten; it rejects when writing has failed for good. */
  add(changes: readonly SealedChange[], position: number, timestampMs: number): Promise<void> | undefined {
    for (const change of changes) this.#join(change);
    this.#position = position;
    this.#timestampMs = timestampMs;
    this.#isWaiting = true;
    this.#running ??= this.#run();
    if (this.unwrittenBytes <= this.#limits.unwrittenBytes) return undefined;
    this.#hurry.abort();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Writes everything now. Rejects with what made Redis refuse it; retries as long as Redis cannot be reached. */
  async flush(): Promise<void> {
    while (this.#running !== null) {
      this.#hurry.abort();
      await this.#running;
    }
    if (this.failure !== null) throw this.failure;
  }

  /** Writes nothing any more, from now on. */
  abandon(): void {
    this.#stopping.abort();
    this.#hurry.abort();
    this.#writer.abandon();
  }

  /** Flushes within the time for a handover, then writes nothing any more. */
  async stop(): Promise<void> {
    const flushed = this.flush().catch(() => {
      // Refused: there is nothing to hand over.
    });
    const over = new AbortController();
    await Promise.race([flushed, this.#clock.sleep(this.#limits.handoverMs, over.signal)]);
    over.abort();
    this.abandon();
    await this.#running;
  }

  #join(change: SealedChange): void {
    const { slot } = change;
    const former = slot.waiting;
    if (former !== null) {
      former.superseded = true;
      this.#waitingBytes -= changeBytes(former);
      slot.bucket.unpin(slot);
    }
    slot.waiting = change;
    this.#waiting.push(change);
    this.#waitingBytes += changeBytes(change);
  }

  async #run(): Promise<void> {
    try {
      do {
        await this.#clock.sleep(this.#limits.delayMs, this.#hurry.signal);
        this.#hurry = new AbortController();
        if (!this.#stopping.signal.aborted) await this.#write();
      } while (this.#isWaiting && !this.#stopping.signal.aborted);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.failure = asMillraceError(error);
    }
    // In one go with the last look at what is waiting: whoever adds afterwards starts another run.
    this.#running = null;
    if (this.failure === null) this.#room?.resolve();
    else this.#room?.reject(this.failure);
    this.#room = null;
    if (this.failure !== null) this.#onFailure();
  }

  async #write(): Promise<void> {
    const changes = this.#waiting.filter((change) => !change.superseded);
    for (const { slot } of changes) slot.waiting = null;
    // What came and went since the last write, Redis never hears of.
    const needed = changes.filter((change) => !change.isDeletion || change.slot.stored);
    const write = this.#writer.planChanges(needed, this.#position, this.#timestampMs);
    this.#waiting = [];
    this.#isWaiting = false;
    this.#writingBytes = this.#waitingBytes;
    this.#waitingBytes = 0;
    await this.#client.retrying(() => this.#writer.advance(write), Infinity, this.#stopping.signal);
    for (const { slot } of changes) slot.bucket.unpin(slot);
    this.#writingBytes = 0;
    if (this.unwrittenBytes <= this.#limits.unwrittenBytes) {
      this.#room?.resolve();
      this.#room = null;
    }
  }
}
