import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { RedisClient } from './client.ts';
import { applicationPattern } from './layout.ts';

/** How long questions are gathered for one pass, ms: tasks that start together ask together. */
const GATHERING_MS = 200;
const KEYS_PER_STEP = '1000';

interface Question {
  readonly tag: string;
  readonly isStray: (key: string) => boolean;
  readonly found: string[];
}

/** Finds keys that no meta hash knows of, in passes over the whole server: as few as possible, for all tasks that ask. */
export class Strays {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #application: string;
  readonly #closing = new AbortController();
  #questions: Question[] = [];
  #pass: Promise<void> | null = null;

  constructor(client: RedisClient, clock: Clock, application: string) {
    this.#client = client;
    this.#clock = clock;
    this.#application = application;
  }

  /** All such keys of a task that are there from now on until they are found. Rejects with STATE_UNAVAILABLE. @param tag the task's */
  async find(tag: string, isStray: (key: string) => boolean): Promise<string[]> {
    const question: Question = { tag, isStray, found: [] };
    this.#questions.push(question);
    this.#pass ??= this.#passSoon();
    await this.#pass;
    return question.found;
  }

  /** Nothing is looked for any more: whoever waits is told so. */
  close(): void {
    this.#closing.abort();
  }

  async #passSoon(): Promise<void> {
    await this.#clock.sleep(GATHERING_MS, this.#closing.signal);
    const byTag = Map.groupBy(this.#questions, ({ tag }) => tag);
    this.#questions = [];
    this.#pass = null;
    if (this.#closing.signal.aborted) throw new MillraceError('STATE_UNAVAILABLE', 'the link to Redis was closed');
    for await (const keys of applicationKeys(this.#client, this.#application)) {
      for (const key of keys) {
        for (const { isStray, found } of byTag.get(tagOf(key)) ?? []) if (isStray(key)) found.push(key);
      }
    }
  }
}

/** The keys of an application, in steps; one that is there all the time comes at least once. Rejects with STATE_UNAVAILABLE. */
export async function* applicationKeys(client: RedisClient, application: string): AsyncGenerator<string[]> {
  const options = ['MATCH', applicationPattern(application), 'COUNT', KEYS_PER_STEP];
  let cursor = '0';
  do {
    const [next, found] = (await client.call('scan', [cursor, ...options])) as [Buffer, Buffer[]];
    if (found.length > 0) yield found.map(String);
    cursor = next.toString();
  } while (cursor !== '0');
}

/** The hash tag of a key, with its braces. */
export const tagOf = (key: string): string => key.slice(0, key.indexOf('}') + 1);
