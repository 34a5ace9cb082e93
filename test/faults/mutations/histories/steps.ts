import type { Step } from '../../simulator/step.ts';

/** Lets so much time go by; whoever is missing comes. */
export const pass = (ms: number): Step => ({ do: 'pass', ms });

/** Rows for the sources, and a leap of time before them where `jump` is. */
export const feed = (rows: number, jump = false): Step => ({ do: 'feed', rows, jump, aborted: 0 });

export const start = (slot: number): Step => ({ do: 'start', slot });
export const stop = (slot: number): Step => ({ do: 'stop', slot });
export const kill = (slot: number): Step => ({ do: 'kill', slot });
export const freeze = (slot: number): Step => ({ do: 'freeze', slot });
/** The one that has been frozen for longest goes on. */
export const thaw: Step = { do: 'thaw' };

type Trap = Extract<Step, { do: 'trap' }>;

/** The next request of that name from the process in the slot meets the mishap. */
export const trap = (
  slot: number,
  at: Trap['at'],
  then: Trap['then'],
  more: Partial<Pick<Trap, 'nth' | 'ms' | 'until' | 'of'>> = {},
): Step => ({ do: 'trap', slot, at, nth: 1, then, ms: 0, ...more });
