import type { Transaction } from '../core/transport.ts';
import { encodeMarker, MARKER_KEY, type Marker } from './marker.ts';

/** What a task has to say of its event time. */
export type Tidings = Pick<Marker, 'watermark' | 'idle' | 'ended'>;

/** Who says it. */
export type Speaker = Omit<Marker, keyof Tidings>;

/**
 * Sends one task's markers into a repartition topic. Whoever gets rows in a transaction hears the news with them; everybody hears it at
 * least interval by interval, so that a task to which nobody sends rows does not wait for ever.
 */
export class MarkerSender {
  readonly #topic: string;
  readonly #task: Speaker;
  readonly #intervalMs: number;
  /** What each partition was told last, in committed transactions. An owner begins as one of whom nobody has heard. */
  readonly #told: Tidings[];
  #telling: {
    readonly tidings: Tidings;
    readonly partitions: readonly number[];
    readonly everybodyAtMs: number;
  } | null = null;
  #everybodyAtMs = -Infinity;

  /** @param intervalMs least time between two markers to partitions that get no rows */
  constructor(topic: string, partitions: number, task: Speaker, intervalMs: number) {
    this.#topic = topic;
    this.#task = task;
    this.#intervalMs = intervalMs;
    this.#told = new Array<Tidings>(partitions).fill({ watermark: -Infinity, idle: false, ended: false });
  }

  /** When, in ms, the news has to be told if no batch with rows comes before; Infinity when everybody knows. */
  dueAt(tidings: Tidings): number {
    return this.#told.some((told) => isNews(told, tidings)) ? this.#everybodyAtMs + this.#intervalMs : Infinity;
  }

  /** Appends markers behind the rows of the transaction. @param touched by partition: whether rows were appended to it */
  append(transaction: Transaction, tidings: Tidings, touched: Uint8Array, nowMs: number): void {
    const everybody = nowMs >= this.#everybodyAtMs + this.#intervalMs;
    const partitions: number[] = [];
    const value = encodeMarker({ ...this.#task, ...tidings });
    for (let partition = 0; partition < this.#told.length; partition++) {
      if (!isNews(this.#told[partition], tidings) || (!everybody && touched[partition] === 0)) continue;
      transaction.append(this.#topic, partition, Math.floor(nowMs), MARKER_KEY, value, null);
      partitions.push(partition);
    }
    this.#telling = { tidings, partitions, everybodyAtMs: everybody ? nowMs : this.#everybodyAtMs };
  }

  /** Whether anybody takes the task for idle. */
  get toldIdle(): boolean {
    return this.#told.some(({ idle }) => idle);
  }

  /** Appends markers that take it back, for whoever was told so. */
  appendNotIdle(transaction: Transaction, nowMs: number): void {
    this.#told.forEach((told, partition) => {
      if (!told.idle) return;
      const value = encodeMarker({ ...this.#task, ...told, idle: false });
      transaction.append(this.#topic, partition, Math.floor(nowMs), MARKER_KEY, value, null);
    });
  }

  /** The transaction appended to last is committed. */
  committed(): void {
    if (this.#telling === null) return;
    const { tidings, partitions, everybodyAtMs } = this.#telling;
    for (const partition of partitions) this.#told[partition] = tidings;
    this.#everybodyAtMs = everybodyAtMs;
    this.#telling = null;
  }
}

const isNews = (told: Tidings, { watermark, idle, ended }: Tidings): boolean =>
  told.watermark !== watermark || told.idle !== idle || told.ended !== ended;
