import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { Life } from './life.ts';
import { Line, type Trap } from './line.ts';
import type { Mishap } from './step.ts';
import { Traffic } from './traffic.ts';

const NO_RATES = { drop: 0, lose: 0, late: 0, delay: 0 };

/** A process's line on which everything takes a millisecond. */
const lineOn = (clock: VirtualClock, traffic: Traffic): Line =>
  new Line({ clock, life: new Life(), random: () => 0.5, rates: NO_RATES, traffic, onMishap: () => undefined });

/** A request that meets the mishap: when it was acted upon, and what the process saw by which time, ms. */
async function meet(
  then: Mishap,
  ms = 10_000,
): Promise<{ acted: number[]; seen: string | null; seenAt: number | null }> {
  const clock = new VirtualClock(0);
  const line = lineOn(clock, new Traffic());
  const acted: number[] = [];
  let seen: string | null = null;
  let seenAt: number | null = null;
  line.set({ at: 'EndTxn', then, ms, left: 2 });
  const send = (name: string, act: () => void): Promise<string> =>
    line.send({
      name,
      act: async () => {
        act();
        return 'answered';
      },
      refusal: () => 'refused',
      broken: () => new Error('broken'),
      silent: () => new Error('silent'),
    });
  const note = (what: string): void => {
    seen = what;
    seenAt = clock.now();
  };
  // Neither the first of its name nor another one springs the trap.
  void send('EndTxn', () => undefined);
  void send('Produce', () => undefined);
  send('EndTxn', () => acted.push(clock.now())).then(note, (error: Error) => note(error.message));
  await clock.moveTo(60_000);
  return { acted, seen, seenAt };
}

describe('a request that meets with', () => {
  test.each([
    ['killBefore', { acted: [], seen: null, seenAt: null }],
    ['killAfter', { acted: [1], seen: null, seenAt: null }],
    ['killMeanwhile', { acted: [10_000], seen: null, seenAt: null }],
    ['freezeBefore', { acted: [10_001], seen: 'answered', seenAt: 10_001 }],
    ['freezeAfter', { acted: [1], seen: 'answered', seenAt: 10_001 }],
    ['drop', { acted: [], seen: 'broken', seenAt: 0 }],
    ['cut', { acted: [], seen: 'broken', seenAt: 1 }],
    ['refuse', { acted: [], seen: 'refused', seenAt: 1 }],
    ['lose', { acted: [1], seen: 'broken', seenAt: 1 }],
    ['late', { acted: [10_000], seen: 'broken', seenAt: 0 }],
    ['repeat', { acted: [1, 10_001], seen: 'broken', seenAt: 1 }],
    ['stall', { acted: [1], seen: 'silent', seenAt: 8_001 }],
    ['delay', { acted: [10_000], seen: 'answered', seenAt: 10_000 }],
  ] as const)('%s is acted upon, and seen to be, as that says', async (then, expected) => {
    expect(await meet(then)).toEqual(expected);
  });
});

/** A line with a trap for the next EndTxn, one of another process, and what is acted upon: name and transactional id. */
function lineWith(trap: Omit<Trap, 'at' | 'left'>): {
  clock: VirtualClock;
  send: (name: string, transactionalId: string) => void;
  sendElsewhere: (name: string, transactionalId: string) => void;
  acted: string[];
} {
  const clock = new VirtualClock(0);
  const traffic = new Traffic();
  const [line, other] = [lineOn(clock, traffic), lineOn(clock, traffic)];
  line.set({ at: 'EndTxn', left: 1, ...trap });
  const acted: string[] = [];
  const sendOn =
    (on: Line) =>
    (name: string, transactionalId: string): void => {
      const act = (): Promise<number> => Promise.resolve(acted.push(`${name} ${transactionalId}`));
      const broken = (): Error => new Error('broken');
      on.send({ name, transactionalId, act, broken, silent: broken }).catch(() => undefined);
    };
  return { clock, send: sendOn(line), sendElsewhere: sendOn(other), acted };
}

test('a late request may wait for another one of its transactional id', async () => {
  const { clock, send, acted } = lineWith({ then: 'late', ms: 0, until: 'Produce' });
  for (const [name, id] of [
    ['EndTxn', 'a'],
    ['Produce', 'b'],
    ['AddPartitionsToTxn', 'a'],
    ['Produce', 'a'],
  ] as const) {
    send(name, id);
    await clock.moveTo(clock.now() + 100);
  }
  expect(acted).toEqual(['Produce b', 'AddPartitionsToTxn a', 'Produce a', 'EndTxn a']);
});

test('a process may stand still until another one sends a request for the same transactional id', async () => {
  const { clock, send, sendElsewhere, acted } = lineWith({ then: 'freezeBefore', ms: 0, until: 'InitProducerId' });
  send('EndTxn', 'a');
  sendElsewhere('InitProducerId', 'b');
  await clock.moveTo(60_000);
  expect(acted).toEqual(['InitProducerId b']);
  sendElsewhere('InitProducerId', 'a');
  await clock.moveTo(60_000.5);
  expect(acted).toEqual(['InitProducerId b']);
  await clock.moveTo(60_002);
  expect(acted.toSorted()).toEqual(['EndTxn a', 'InitProducerId a', 'InitProducerId b']);
});

test('a cut lasts, for all requests of the name and for no others', async () => {
  const { clock, send, acted } = lineWith({ then: 'cut', ms: 1_000 });
  for (const [name, at] of [
    ['EndTxn', 0],
    ['Produce', 500],
    ['EndTxn', 900],
    ['EndTxn', 1_100],
  ] as const) {
    await clock.moveTo(at);
    send(name, String(at));
  }
  await clock.moveTo(2_000);
  expect(acted).toEqual(['Produce 500', 'EndTxn 1100']);
});
