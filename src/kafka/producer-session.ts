import { MillraceError } from '../core/errors.ts';

/**
 * The life of a transactional id in our hands:
 *
 *     uninitialised ─initialised→ ready ─begin→ encoding ─send→ sending ─sent→ sent ─commit→ committing
 *                                  ↑ ↑             │               │failed      │                │
 *                                  │ │             │               ↓            │                │
 *                                  │ │             │abort        failed         │abort           │
 *                                  │ │             │               │abort       │                │
 *                                  │ │             ↓               ↓            ↓                │
 *                                  │ │             └─────────→ aborting ←───────┘                │
 *                                  │ │                             │                             │
 *                                  │ └───────── ended ─────────────┴─────────────────────────────┤
 *                                  └─initialised─ needsInit ←──────── endedInDoubt ──────────────┘
 *
 *     any state but closed ─fenced→ fenced          any state ─close→ closed
 *
 * In doubt is a transaction of which a request was left without a definite answer: such a request may still be under way and would end
 * or extend the *next* transaction of the same epoch. A new epoch shuts it out.
 */
export type ProducerState = keyof typeof TRANSITIONS;

export type ProducerEvent =
  | 'initialised'
  | 'begin'
  | 'send'
  | 'sent'
  | 'failed'
  | 'commit'
  | 'abort'
  | 'ended'
  | 'endedInDoubt'
  | 'fenced'
  | 'close';

const TRANSITIONS = {
  uninitialised: { initialised: 'ready', fenced: 'fenced', close: 'closed' },
  ready: { begin: 'encoding', fenced: 'fenced', close: 'closed' },
  encoding: { send: 'sending', abort: 'aborting', fenced: 'fenced', close: 'closed' },
  sending: { sent: 'sent', failed: 'failed', fenced: 'fenced', close: 'closed' },
  sent: { commit: 'committing', abort: 'aborting', fenced: 'fenced', close: 'closed' },
  failed: { abort: 'aborting', fenced: 'fenced', close: 'closed' },
  committing: { ended: 'ready', endedInDoubt: 'needsInit', fenced: 'fenced', close: 'closed' },
  aborting: { ended: 'ready', endedInDoubt: 'needsInit', fenced: 'fenced', close: 'closed' },
  needsInit: { initialised: 'ready', fenced: 'fenced', close: 'closed' },
  fenced: { fenced: 'fenced', close: 'closed' },
  // Work that was under way when the producer closed still comes to its end.
  closed: {
    close: 'closed',
    sent: 'closed',
    failed: 'closed',
    ended: 'closed',
    endedInDoubt: 'closed',
    fenced: 'closed',
  },
} as const;

const MAX_SEQUENCE = 0x7fffffff;

/** What a producer keeps across its transactions: identity, state, sequences. One transaction at a time steps it. */
export class ProducerSession {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  /** Aborts when the producer closes: whatever waits then stops waiting. */
  readonly signal: AbortSignal;
  producerId = -1;
  epoch = -1;
  /** A request of the transaction under way was left without a definite answer. */
  inDoubt = false;
  #state: ProducerState = 'uninitialised';
  /** By topic, then partition: the sequence of the next record. */
  readonly #sequences = new Map<string, number[]>();

  constructor(transactionalId: string, transactionTimeoutMs: number, signal: AbortSignal) {
    this.transactionalId = transactionalId;
    this.transactionTimeoutMs = transactionTimeoutMs;
    this.signal = signal;
  }

  get state(): ProducerState {
    return this.#state;
  }

  /**
   * @throws PRODUCER_FENCED when the id is no longer ours, INTERNAL for a step out of order; the state stays as it was
   */
  step(event: ProducerEvent): void {
    const next = (TRANSITIONS[this.#state] as Partial<Record<ProducerEvent, ProducerState>>)[event];
    if (next === undefined) throw this.#refusal(event);
    this.#state = next;
  }

  /** A new epoch: sequences begin at 0, nothing of an earlier epoch can act any more. */
  initialised(producerId: number, epoch: number): void {
    this.step('initialised');
    this.producerId = producerId;
    this.epoch = epoch;
    this.inDoubt = false;
    this.#sequences.clear();
  }

  /** Ends the transaction under way: what is in doubt calls for a new epoch before the next one. */
  end(): void {
    this.step(this.inDoubt ? 'endedInDoubt' : 'ended');
  }

  /** Takes the sequences of the next `count` records of the partition; returns the first. */
  takeSequences(topic: string, partition: number, count: number): number {
    let ofTopic = this.#sequences.get(topic);
    if (ofTopic === undefined) this.#sequences.set(topic, (ofTopic = []));
    const first = ofTopic[partition] ?? 0;
    ofTopic[partition] = (first + count) & MAX_SEQUENCE;
    return first;
  }

  #refusal(event: ProducerEvent): MillraceError {
    const details = { transactionalId: this.transactionalId, state: this.#state, event };
    if (this.#state === 'fenced') {
      return new MillraceError('PRODUCER_FENCED', `${this.transactionalId} was taken over by another owner`, {
        details,
      });
    }
    const message = `the producer ${this.transactionalId} cannot ${event} while it is ${this.#state}`;
    return new MillraceError(this.#state === 'closed' ? 'BROKER_UNAVAILABLE' : 'INTERNAL', message, { details });
  }
}
