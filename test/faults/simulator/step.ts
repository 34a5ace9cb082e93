/** What a request is called by which a trap waits for it: an API of Kafka, or a script or command of Redis. */
export type RequestName = string;

/** What befalls a request. */
export type Mishap =
  /** The process dies with the request unsent; with it acted upon and the answer unread; or while it is under way: it is acted upon later. */
  | 'killBefore'
  | 'killAfter'
  | 'killMeanwhile'
  /** The process stands still, for `ms` or until another request goes out, before the request does; or before it reads the answer. */
  | 'freezeBefore'
  | 'freezeAfter'
  /** The connection breaks: nothing was acted upon; all was; or it will be, after `ms`; or it was and, as it was sent twice, will be again. */
  | 'drop'
  | 'lose'
  | 'late'
  | 'repeat'
  /** It and all of its name get lost, for `ms`. */
  | 'cut'
  /** It is acted upon, and no answer comes until whoever waits gives up. */
  | 'stall'
  /** It is under way for `ms`. */
  | 'delay'
  /** Redis acts upon it, and before the next of its name fails over to a replica that had not got it. */
  | 'failover'
  /** A request of a transaction is answered that the transaction is to be aborted, and not acted upon; others are as ever. */
  | 'refuse';

/** Rows for the sources: what is not said is as `EventOptions` say. */
export interface Meal {
  readonly do: 'feed';
  readonly rows: number;
  /** Time leaps before each of them; where it is that of the clock, before all of them, if everything has been read. */
  readonly jump: boolean;
  /** So many of them are written before in transactions that are aborted. */
  readonly aborted: number;
  readonly stragglers?: number;
  readonly on?: readonly number[];
  readonly abreast?: boolean;
}

/**
 * One thing that happens in a simulation. A list of them together with the seed is the whole run, and stays one when some are left out:
 * a step that meets nothing it could act upon does nothing. `pick` chooses among what is there, from 0 to 1.
 */
export type Step =
  | Meal
  | { readonly do: 'pass'; readonly ms: number }
  /** Processes live in slots; one that froze leaves its slot, and comes back beside whoever took its place. */
  | { readonly do: 'start' | 'stop' | 'kill' | 'freeze'; readonly slot: number }
  | { readonly do: 'thaw' }
  | {
      readonly do: 'trap';
      readonly slot: number;
      readonly at: RequestName;
      /** Which request of the process from now on; 1 = the next. */
      readonly nth: number;
      readonly then: Mishap;
      readonly ms: number;
      /**
       * What is `late` or a `repeat` is acted upon right behind the next request of that name for the same transactional id, whichever process
       * sends it, not after `ms`; who is frozen goes on when such a request goes out.
       */
      readonly until?: RequestName;
      /** Only requests whose transactional id ends so: those of one task. */
      readonly of?: string;
    }
  | { readonly do: 'moveLeader'; readonly pick: number; readonly node: number }
  | {
      readonly do: 'moveCoordinator';
      readonly of: 'group' | 'transaction';
      readonly pick: number;
      readonly node: number;
    }
  | { readonly do: 'stopNode' | 'startNode'; readonly node: number }
  | { readonly do: 'compact' }
  | { readonly do: 'expireTransactionalId'; readonly pick: number }
  | {
      readonly do: 'redis';
      readonly then: 'flush' | 'snapshot' | 'rollBack' | 'restart' | 'restartEmpty' | 'forgetScripts';
    }
  | { readonly do: 'redis'; readonly then: 'evict' | 'delete'; readonly pick: number }
  | { readonly do: 'redis'; readonly then: 'refuse'; readonly how: Refusal; readonly ms: number };

export type Refusal = 'OOM' | 'READONLY' | 'LOADING' | 'MISCONF';

/** Where faults come from. */
export const FAULT_KINDS = ['network', 'processes', 'redis', 'brokers'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a step counts as in a summary. */
export const nameOf = (step: Step): string => {
  if (step.do === 'trap') return `${step.then} ${step.at}`;
  return step.do === 'redis' ? `redis ${step.then}` : step.do;
};
