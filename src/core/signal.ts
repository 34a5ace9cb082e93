/** Wakes one waiter. A notification that comes while nobody waits is kept, so that none is ever missed. */
export class Signal {
  #notified = false;
  #wake: (() => void) | null = null;

  notify(): void {
    if (this.#wake === null) {
      this.#notified = true;
      return;
    }
    const wake = this.#wake;
    this.#wake = null;
    wake();
  }

  /** Resolves at the next notification, or at once if one came since the last wait. */
  wait(): Promise<void> | undefined {
    if (this.#notified) {
      this.#notified = false;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
