import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { EngineEvent } from '../../src/core/progress.ts';
import { EngineLog } from '../../src/service/engine-log.ts';
import { createLogger } from '../../src/service/log.ts';
import type { LogLevel } from '../../src/service/log.ts';
import { batch } from './batches.ts';

const task = { subTopology: 'counts', partition: 2 };

function fixture(form: 'json' | 'human' = 'json', level: LogLevel = 'info') {
  const lines: string[] = [];
  const log = createLogger({ level, form, destination: { write: (line) => lines.push(line) } });
  const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const engine = new EngineLog(log, 'wc');
  return { lines, log, entries, engine };
}

describe('a JSON line', () => {
  test('carries level, time, message and the fields of its logger', () => {
    const { log, entries } = fixture();
    log.child({ topology: 'wc' }).warn({ lag: 4 }, 'behind');
    expect(entries()).toEqual([
      { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), topology: 'wc', lag: 4, msg: 'behind' },
    ]);
  });

  test('below the level is not written', () => {
    const { log, lines } = fixture('json', 'warn');
    log.info('hello');
    expect(lines).toEqual([]);
  });
});

describe('secrets', () => {
  test.each([
    ['a field', { kafka: { sasl: { username: 'joe', password: 'hunter2' } } }],
    ['a field of an element', { list: [{ 'http.token': 'hunter2' }] }],
    ['a URL', { url: 'redis://joe:hunter2@host:6379/0' }],
    ['an error', { err: new Error('cannot reach redis://:hunter2@host', { cause: new Error('x://a:hunter2@h') }) }],
    ['the details of an error', { err: new MillraceError('INTERNAL', 'x', { details: { clientSecret: 'hunter2' } }) }],
  ])('in %s are not written', (_, fields) => {
    const { log, lines } = fixture();
    log.error(fields, 'x');
    log.child(fields).error('x');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('***');
  });

  test('in the message are not written', () => {
    const { log, lines } = fixture();
    log.error('cannot reach redis://joe:hunter2@host');
    expect(lines[0]).toContain('redis://***@host');
  });
});

describe('a human line', () => {
  test('is short: time of day, level, whose matter, what happened, what to do', () => {
    const { engine, lines } = fixture('human');
    engine.onEvent({ kind: 'error', task, error: new MillraceError('EXPRESSION_FAILED', 'division by zero') });
    expect(lines.join('')).toMatch(
      /^\d\d:\d\d:\d\d ERROR \[wc counts\/2\] EXPRESSION_FAILED division by zero\n {2}→ use the try_ form .*\n$/,
    );
  });

  test('shows the stack of a defect', () => {
    const { engine, lines } = fixture('human');
    engine.onEvent({ kind: 'error', task: null, error: new MillraceError('INTERNAL', 'oops') });
    expect(lines.join('')).toMatch(/\n {6}at /);
  });
});

describe('the engine', () => {
  test('is silent about batches and restores of nothing', () => {
    const { engine, lines } = fixture();
    engine.onBatch(batch());
    engine.onEvent({ kind: 'task', task, state: 'running', reason: '' });
    engine.onEvent({ kind: 'restoring', task, remaining: 3, rebuild: false });
    engine.onEvent({ kind: 'restored', task, records: 0, durationMs: 1, rebuild: false });
    expect(lines).toEqual([]);
  });

  test('says what is left out at a place at once, and then how much in each ten seconds', () => {
    const { engine, entries } = fixture();
    const last = { code: 'RECORD_UNDECODABLE' as const, message: 'bad', details: { offset: 3 } };
    const left = (name: string, timestamp: number, rows: number) =>
      engine.onBatch(
        batch({ timestamp, errors: [{ place: 'source', name, action: 'skip', topic: null, rows, last }] }),
      );
    left('a', 1_000, 2);
    left('b', 2_000, 1);
    left('a', 10_999, 4);
    left('a', 11_000, 8);
    expect(entries().map(({ level, msg, code, rows, action }) => [level, msg, code, rows, action])).toEqual([
      ['warn', 'bad', 'RECORD_UNDECODABLE', 2, 'skip'],
      ['warn', 'bad', 'RECORD_UNDECODABLE', 1, 'skip'],
      ['warn', 'bad', 'RECORD_UNDECODABLE', 12, 'skip'],
    ]);
  });

  test.each<[string, EngineEvent, Record<string, unknown>]>([
    ['start', { kind: 'topology', state: 'running' }, { level: 'info', state: 'running' }],
    [
      'assignment',
      { kind: 'assigned', generation: 4, tasks: [task] },
      { level: 'info', tasks: ['counts/2'], msg: 'assigned 1 task' },
    ],
    [
      'restore',
      { kind: 'restored', task, records: 5, durationMs: 7, rebuild: true },
      { level: 'info', records: 5, msg: 'state rebuilt' },
    ],
    ['lost membership', { kind: 'lost', reason: 'expired' }, { level: 'warn', reason: 'expired' }],
    ['failed topology', { kind: 'topology', state: 'failed' }, { level: 'error', state: 'failed' }],
  ])('tells of a %s', (_, event, expected) => {
    const { engine, entries } = fixture();
    engine.onEvent(event);
    expect(entries()).toMatchObject([{ topology: 'wc', ...expected }]);
  });

  test('tells of an error once, with code, remedy, task and place', () => {
    const { engine, entries } = fixture();
    const error = new MillraceError('RECORD_UNDECODABLE', 'no number', {
      details: { topic: 'lines', offset: 4 },
      cause: new Error('unexpected token'),
    });
    engine.onEvent({ kind: 'aborted', task, batchId: 8, error });
    engine.onEvent({ kind: 'error', task, error });
    expect(entries()).toMatchObject([
      {
        level: 'error',
        task: 'counts/2',
        batchId: 8,
        code: 'RECORD_UNDECODABLE',
        remedy: error.remedy,
        details: { topic: 'lines', offset: 4 },
        cause: 'unexpected token',
        msg: 'no number',
      },
    ]);
  });

  test('warns of what it mends by itself', () => {
    const { engine, entries } = fixture();
    engine.onEvent({ kind: 'aborted', task, batchId: 8, error: new MillraceError('TRANSACTION_ABORTED', 'x') });
    expect(entries()).toMatchObject([{ level: 'warn' }]);
  });
});
