import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 120_000 });

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Says "ready", then "draining" once the signal aborts, and ends by itself; a slow one when its standard input ends, or by a second signal.
 * One that talks goes on saying something until the signal aborts.
 */
const SERVICE = `
  import { once } from 'node:events';
  import { untilShutdown } from ${JSON.stringify(new URL('../../src/cli/shutdown.ts', import.meta.url).href)};
  process.exitCode = await untilShutdown(async (signal) => {
    console.log('ready');
    process.stdin.resume();
    if (process.argv[1] === 'talking') while (!signal.aborted) await new Promise((resolve) => process.stdout.write('.', resolve));
    else await once(signal, 'abort');
    console.log('draining');
    if (process.argv[1] === 'slow') await once(process.stdin, 'end');
    process.stdin.pause();
    return 0;
  });
`;

let child: ReturnType<typeof run>;
const run = (...args: readonly string[]) =>
  spawn(process.execPath, args, {
    cwd: REPOSITORY,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
const start = (kind: 'quick' | 'slow' | 'talking') => run('--input-type=module', '-e', SERVICE, '--', kind);
afterEach(() => child.kill('SIGKILL'));

const said = async (line: string): Promise<void> => {
  let seen = '';
  while (!seen.includes(line)) seen += String((await once(child.stdout, 'data'))[0]);
};

test.each(['SIGINT', 'SIGTERM'] as const)('the first %s drains and the process ends by itself', async (signal) => {
  child = start('quick');
  await said('ready');
  child.kill(signal);
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('the second signal, %s, ends the process at once', async (signal, exitCode) => {
  child = start('slow');
  await said('ready');
  child.kill('SIGINT');
  await said('draining');
  child.kill(signal);
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(exitCode);
});

test('a service that is still waiting for its brokers ends as well', async () => {
  const file = 'topologies/word-count.yaml';
  child = run('bin/millrace.js', 'run', file, '--port', '0', '--set', 'kafka.brokers=127.0.0.1:1');
  let stderr = '';
  while (!stderr.includes('waiting for the brokers')) stderr += String((await once(child.stderr, 'data'))[0]);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
});

describe('output that nobody reads any more', () => {
  /** Exit code and stderr of a process whose reader is gone. */
  async function unread(): Promise<{ code: number; stderr: string }> {
    const stderr = text(child.stderr);
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    return { code, stderr: await stderr };
  }

  test('drains a service quietly', async () => {
    child = start('talking');
    await said('ready');
    expect(await unread()).toEqual({ code: 0, stderr: '' });
  });

  test('stops a topology that prints, after the batches under way', async () => {
    child = run('bin/millrace.js', 'dev', 'topologies/word-count.yaml', '--port', '0');
    await said('Batch: ');
    const { code, stderr } = await unread();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^word-count: \d+ rows in, \d+ rows out, \d+ batches\n$/m);
    expect(stderr).not.toMatch(/EPIPE|error/i);
  });

  test('is no failure of a command', async () => {
    child = run('bin/millrace.js', 'list', 'functions');
    expect(await unread()).toEqual({ code: 0, stderr: '' });
  });
});
