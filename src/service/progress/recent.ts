/** The last `capacity` things that were added. */
export class Recent<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  #added = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(item: T): void {
    this.#items[this.#added % this.#capacity] = item;
    this.#added++;
  }

  /** At most `limit` of them, oldest first. */
  last(limit: number): T[] {
    const first = Math.max(0, this.#added - Math.min(limit, this.#capacity));
    return Array.from({ length: this.#added - first }, (_, i) => this.#items[(first + i) % this.#capacity]);
  }
}
