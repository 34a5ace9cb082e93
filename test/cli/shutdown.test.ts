import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 120_000 });

/** Says "ready", then "draining" once the signal aborts, and ends when it is told to on its standard input, or by a second signal. */
const SERVICE = `
  import { once } from 'node:events';
  import { untilShutdown } from ${JSON.stringify(new URL('../../src/cli/shutdown.ts', import.meta.url).href)};
  process.exitCode = await untilShutdown(async (signal) => {
    console.log('ready');
    process.stdin.resume();
    await once(signal, 'abort');
    console.log('draining');
    if (process.argv[1] === 'slow') await once(process.stdin, 'end');
    process.stdin.pause();
    return 0;
  });
`;

let child: ReturnType<typeof start>;
function start(kind: 'quick' | 'slow') {
  return spawn(process.execPath, ['--input-type=module', '-e', SERVICE, '--', kind], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
}
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
