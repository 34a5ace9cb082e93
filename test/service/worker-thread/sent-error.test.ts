import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../../src/core/errors.ts';
import { ErrorReceiver, ErrorSender } from '../../../src/service/worker-thread/sent-error.ts';

describe('an error that is sent from thread to thread', () => {
  const sender = new ErrorSender();
  const receiver = new ErrorReceiver();
  const pass = (error: unknown): MillraceError => receiver.decode(structuredClone(sender.encode(error)));

  test('keeps code, message, details, stack, recovery and the chain of its causes', () => {
    const root = new TypeError('socket closed');
    const cause = new MillraceError('BROKER_UNAVAILABLE', 'broker 1 does not answer', { cause: root });
    const error = new MillraceError('TRANSACTION_ABORTED', 'could not send', {
      cause,
      details: { partition: 3, big: 5n },
    });
    const received = pass(error);
    expect(received).toBeInstanceOf(MillraceError);
    expect(received).toMatchObject({
      code: 'TRANSACTION_ABORTED',
      recovery: 'aborted',
      message: 'could not send',
      details: { partition: 3, big: 5n },
      stack: error.stack,
      cause: {
        name: 'MillraceError',
        message: 'broker 1 does not answer',
        cause: { name: 'TypeError', message: 'socket closed', stack: root.stack },
      },
    });
  });

  test('is the same error when it is told twice, and another than any other', () => {
    const error = new MillraceError('PRODUCER_FENCED', 'fenced');
    const first = pass(error);
    expect(pass(error)).toBe(first);
    expect(pass(new MillraceError('PRODUCER_FENCED', 'fenced'))).not.toBe(first);
  });

  test('may have details that cannot be copied: their text is sent', () => {
    const details = { retry: (): number => 1, plain: [1, 2] };
    expect(pass(new MillraceError('INTERNAL', 'x', { details })).details).toEqual({
      retry: '() => 1',
      plain: [1, 2],
    });
  });

  test('is INTERNAL with the original as its cause when it is not ours', () => {
    expect(pass(new RangeError('out of bounds'))).toMatchObject({
      code: 'INTERNAL',
      message: 'out of bounds',
      cause: { name: 'RangeError', message: 'out of bounds' },
    });
  });
});
