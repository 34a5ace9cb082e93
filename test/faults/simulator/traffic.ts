import type { RequestName } from './step.ts';

/** A request as those see it who wait for it. */
export interface PassingRequest {
  readonly name: RequestName;
  readonly transactionalId?: string | null;
}

/** When a request goes out, and when a server has acted upon it. */
export type Passage = 'sent' | 'acted upon';

interface Waiting {
  readonly passage: Passage;
  readonly isDue: (request: PassingRequest) => boolean;
  readonly resolve: () => void;
}

/** The requests of all processes to the brokers, for who waits for one of them. */
export class Traffic {
  #waiting: Waiting[] = [];

  /** Resolves at the next request of that name that has the same transactional id as the one given, where that has one. */
  next(passage: Passage, name: RequestName, { transactionalId = null }: PassingRequest): Promise<void> {
    const isDue = (next: PassingRequest): boolean =>
      next.name === name && (transactionalId === null || next.transactionalId === transactionalId);
    return new Promise((resolve) => this.#waiting.push({ passage, isDue, resolve }));
  }

  passes(passage: Passage, request: PassingRequest): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((each) => each.passage === passage && each.isDue(request));
    this.#waiting = this.#waiting.filter((each) => !due.includes(each));
    for (const { resolve } of due) resolve();
  }
}
