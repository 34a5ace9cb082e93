import type { ErrorPolicy } from '../core/error-policy.ts';
import type { Formats } from '../core/format.ts';
import type { ErrorProgress } from '../core/progress.ts';
import type { Schema } from '../core/types.ts';
import type { DeadLetter } from './dead-letters.ts';
import { FailureSite, type RejectRow } from './failure-site.ts';

/** What failed in the running batch of one task, at every source, view and sink of its sub-topology. */
export class Failures {
  readonly #formats: Formats;
  readonly #sites = new Map<string, FailureSite>();

  constructor(formats: Formats) {
    this.#formats = formats;
  }

  /** The one site of that name. */
  at(place: ErrorProgress['place'], name: string, policy: ErrorPolicy): FailureSite {
    const id = `${place} ${name}`;
    const site = this.#sites.get(id) ?? new FailureSite(place, name, policy);
    this.#sites.set(id, site);
    return site;
  }

  /** What rejects rows of the schema there. The dead letter of a row is a JSON object. */
  ofRows(place: ErrorProgress['place'], name: string, policy: ErrorPolicy, schema: Schema): RejectRow {
    const site = this.at(place, name, policy);
    const encoder = this.#formats.encoder({ name: 'json' }, schema);
    return (row, error) => site.reject(error, {}, () => ({ key: null, value: encoder.encode(row), headers: [] }));
  }

  /** A batch begins. */
  clear(): void {
    for (const site of this.#sites.values()) site.clear();
  }

  /** The batch's dead letters, with their topics. */
  *letters(): Iterable<readonly [topic: string, letter: DeadLetter]> {
    for (const { policy, letters } of this.#sites.values()) {
      if (policy.action === 'dlq') for (const letter of letters) yield [policy.topic, letter];
    }
  }

  get progress(): ErrorProgress[] {
    return [...this.#sites.values()].flatMap((site) => site.progress ?? []);
  }
}
