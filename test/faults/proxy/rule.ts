import type { Direction, Message } from './message.ts';

/** Which messages a rule is about, and what it does to them. Where several rules want a message, the one added first has it. */
export interface Rule<M extends Message> {
  readonly direction: Direction;
  /** Left out: all. */
  readonly names?: readonly string[];
  /** A closer look at those of that name; called for each once. */
  readonly when?: (message: M) => boolean;
  /** Of those that remain only the n-th, counted from 1 when the rule was added, over all connections. */
  readonly nth?: number;
  /** Of those that remain each n-th. */
  readonly every?: number;
  /** Of those that remain this part, drawn at random. */
  readonly probability?: number;
  readonly action: Action<M>;
}

/**
 *     delay      it arrives later, and so does everything behind it on its connection; it arrives also when its sender is gone by then
 *     throttle   a delay by its size
 *     hold       the same until the rule is removed or whoever holds it decides; without names this is a connection open on one side only
 *     drop       it never arrives; what comes behind it does, unless the protocol goes by order
 *     postpone   a request is dropped here and arrives later, over a connection of its own and whatever became of this one
 *     duplicate  a request arrives, and once more later, over a connection of its own
 *                (TCP repeats nothing by itself: an EndTxn or AddPartitionsToTxn comes twice only where its sender did not hear the first
 *                answer. So cut or drop that too; a second one after an answer ends a later transaction, and no client can help it)
 *     cut        the connection breaks before it arrives, or when it has arrived
 */
export type Action<M extends Message> =
  | { readonly kind: 'delay'; readonly ms: Span }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  | { readonly kind: 'hold'; readonly onHeld?: (held: Held<M>) => void }
  | { readonly kind: 'drop' }
  | { readonly kind: 'postpone'; readonly ms: Span; readonly onReply?: (reply: M) => void }
  | { readonly kind: 'duplicate'; readonly ms: Span; readonly onReply?: (reply: M) => void }
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' };

/** Milliseconds, or the least and the most of them. */
export type Span = number | readonly [number, number];

/** A message that stands still. One of the three, once; what comes later has no effect. */
export interface Held<M extends Message> {
  readonly message: M;
  /** It arrives. */
  forward(): void;
  /** It never does. */
  discard(): void;
  /** It never does, and its connection breaks. */
  cut(): void;
}

/** A rule in force. */
export class ActiveRule<M extends Message> {
  readonly rule: Rule<M>;
  readonly #held = new Set<Held<M>>();
  #seen = 0;

  constructor(rule: Rule<M>) {
    this.rule = rule;
  }

  concerns(name: string): boolean {
    return this.rule.names === undefined || this.rule.names.includes(name);
  }

  wants(message: M, random: () => number): boolean {
    const { direction, when, nth, every, probability } = this.rule;
    if (message.direction !== direction || !this.concerns(message.name)) return false;
    if (when !== undefined && !when(message)) return false;
    this.#seen++;
    if (nth !== undefined && this.#seen !== nth) return false;
    if (every !== undefined && this.#seen % every !== 0) return false;
    return probability === undefined || random() < probability;
  }

  /** Holds the message until somebody decides. */
  hold(message: M, decide: (fate: 'forward' | 'discard' | 'cut') => void): void {
    const end = (fate: 'forward' | 'discard' | 'cut'): void => {
      if (this.#held.delete(held)) decide(fate);
    };
    const held: Held<M> = {
      message,
      forward: () => end('forward'),
      discard: () => end('discard'),
      cut: () => end('cut'),
    };
    this.#held.add(held);
    if (this.rule.action.kind === 'hold') this.rule.action.onHeld?.(held);
  }

  /** Lets go what it holds. */
  end(): void {
    for (const held of this.#held) held.forward();
  }
}

/** The rules of a proxy. */
export class Rules<M extends Message> {
  readonly #random: () => number;
  readonly #active = new Set<ActiveRule<M>>();

  /** @param random from 0 up to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** @returns takes the rule out of force; what it holds goes on then */
  add(rule: Rule<M>): () => void {
    const { kind } = rule.action;
    if (rule.direction === 'reply' && (kind === 'postpone' || kind === 'duplicate')) {
      throw new Error(`${kind} is for requests: a reply has no connection but its own`);
    }
    const active = new ActiveRule(rule);
    this.#active.add(active);
    return () => {
      if (this.#active.delete(active)) active.end();
    };
  }

  /** Whether any rule looks at messages of the name. Also requests are looked at for the sake of rules about their replies. */
  concern(name: string): boolean {
    for (const active of this.#active) if (active.concerns(name)) return true;
    return false;
  }

  /** The rule that the message falls under; null when it may pass. */
  ruleFor(message: M): ActiveRule<M> | null {
    for (const active of this.#active) if (active.wants(message, this.#random)) return active;
    return null;
  }

  /** Takes all rules out of force. */
  clear(): void {
    const all = [...this.#active];
    this.#active.clear();
    for (const active of all) active.end();
  }

  /** A duration of the span, drawn at random. */
  draw(span: Span): number {
    return typeof span === 'number' ? span : span[0] + this.#random() * (span[1] - span[0]);
  }
}
