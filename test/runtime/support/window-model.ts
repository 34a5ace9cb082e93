const MINUTE_MS = 60_000;
const TEN_MS = 10 * MINUTE_MS;

/**
 * What the topology of `fault-scenario.ts` has to put out, by adding up: counts of words in windows of two minutes, one a minute; and the
 * sums of those by ten minutes.
 */
export class WindowModel {
  readonly #counts = new Map<string, { readonly word: string; readonly startMs: number; n: number }>();

  add(word: string, timeMs: number): void {
    const last = timeMs - (timeMs % MINUTE_MS);
    for (const startMs of [last, last - MINUTE_MS]) {
      const key = `${startMs} ${word}`;
      const count = this.#counts.get(key) ?? { word, startMs, n: 0 };
      this.#counts.set(key, { ...count, n: count.n + 1 });
    }
  }

  /** `start word n` of each window, sorted. */
  get minutes(): string[] {
    return [...this.#counts.values()].map(({ startMs, word, n }) => `${startMs} ${word} ${n}`).sort();
  }

  /** `start n parts` of each ten minutes, sorted. A window belongs where its last moment lies. */
  get tens(): string[] {
    const sums = new Map<number, { n: number; parts: number }>();
    for (const { startMs, n } of this.#counts.values()) {
      const end = startMs + 2 * MINUTE_MS - 1;
      const ten = end - (end % TEN_MS);
      const sum = sums.get(ten) ?? { n: 0, parts: 0 };
      sums.set(ten, { n: sum.n + n, parts: sum.parts + 1 });
    }
    return [...sums].map(([startMs, { n, parts }]) => `${startMs} ${n} ${parts}`).sort();
  }
}
