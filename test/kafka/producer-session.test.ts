import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProducerSession } from '../../src/kafka/producer-session.ts';

const newSession = (): ProducerSession => new ProducerSession('app.counts.0', 10_000, new AbortController().signal);

describe('sequences', () => {
  test('go on where the last batch of the partition ended, modulo 2^31, and begin at 0 in a new epoch', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 0x7fffffff }), { maxLength: 20 }), (counts) => {
        const session = newSession();
        session.initialised(1, 0);
        let expected = 0n;
        for (const count of counts) {
          expect(session.takeSequences('counts', 3, count)).toBe(Number(expected % 2n ** 31n));
          expected += BigInt(count);
        }
        expect(session.takeSequences('counts', 0, 1)).toBe(0);
        expect(session.takeSequences('other', 3, 1)).toBe(0);
        session.step('begin');
        session.step('abort');
        session.inDoubt = true;
        session.end();
        session.initialised(1, 1);
        expect(session.takeSequences('counts', 3, 1)).toBe(0);
      }),
    );
  });

  test('wrap to what Kafka expects after 2^31 - 1: 0', () => {
    const session = newSession();
    session.takeSequences('counts', 0, 0x7fffffff);
    expect(session.takeSequences('counts', 0, 3)).toBe(0x7fffffff);
    expect(session.takeSequences('counts', 0, 1)).toBe(2);
  });
});

describe('the state', () => {
  test('stays as it was when a step is refused', () => {
    const session = newSession();
    expect(() => session.step('commit')).toThrow('cannot commit while it is uninitialised');
    expect(session.state).toBe('uninitialised');
  });

  test('never leaves fenced but to be closed', () => {
    const session = newSession();
    session.initialised(1, 0);
    session.step('fenced');
    for (const event of ['initialised', 'begin', 'send', 'commit', 'abort', 'ended'] as const) {
      expect(() => session.step(event)).toThrow('was taken over by another owner');
    }
    session.step('close');
    expect(session.state).toBe('closed');
  });
});
