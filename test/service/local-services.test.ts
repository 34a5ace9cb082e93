import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { kafkaLibraries, redisServer } from '../../src/service/local-services/download.ts';
import { freePort, isFree } from '../../src/service/local-services/free-port.ts';
import { GuardedProcess } from '../../src/service/local-services/guarded-process.ts';
import { findJava, findMaven } from '../../src/service/local-services/programs.ts';
import { eventually } from '../support/eventually.ts';
import { isRunning } from '../support/is-running.ts';
import { testTempDir } from '../support/temp-dir.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Puts a shell script of that name before everything else on the PATH. */
function fakeProgram(name: string, script: string): void {
  const dir = testTempDir();
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, name), 0o755);
  vi.stubEnv('PATH', `${dir}${delimiter}${process.env['PATH']}`);
}

describe('a guarded process', () => {
  test('tells how it ended', async () => {
    const child = await GuardedProcess.start(['sh', '-c', 'exit 3'], join(testTempDir(), 'log'));
    await eventually(() => expect(child.ending).toBe('exit code 3'));
  });

  test('writes what it prints to its log', async () => {
    const log = join(testTempDir(), 'log');
    const child = await GuardedProcess.start(['sh', '-c', 'echo out; echo err >&2'], log);
    await eventually(() => expect(child.ending).toBe('exit code 0'));
    expect(readFileSync(log, 'utf8')).toBe('out\nerr\n');
  });

  test('is gone once stop or kill resolves', async () => {
    const log = join(testTempDir(), 'log');
    const stopped = await GuardedProcess.start(['sleep', '600'], log);
    const killed = await GuardedProcess.start(['sleep', '600'], log);
    expect([isRunning(stopped.pid), isRunning(killed.pid)]).toEqual([true, true]);

    await stopped.stop();
    await killed.kill();

    expect([isRunning(stopped.pid), isRunning(killed.pid)]).toEqual([false, false]);
    expect([stopped.ending, killed.ending]).toEqual(['signal SIGTERM', 'signal SIGKILL']);
  });

  test('does not outlive its parent, even when nobody gives the parent time to clean up', async () => {
    const log = join(testTempDir(), 'log');
    const module = new URL('../../src/service/local-services/guarded-process.ts', import.meta.url).href;
    const script = `
      const { GuardedProcess } = await import('${module}');
      const child = await GuardedProcess.start(['sleep', '600'], '${log}');
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      parent.kill('SIGKILL');
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);

    parent.kill('SIGKILL');

    await eventually(() => expect(isRunning(pid)).toBe(false));
  });

  test('does not keep a parent alive that has nothing else to do', async () => {
    const log = join(testTempDir(), 'log');
    const module = new URL('../../src/service/local-services/guarded-process.ts', import.meta.url).href;
    const script = `
      const { GuardedProcess } = await import('${module}');
      console.log((await GuardedProcess.start(['sleep', '600'], '${log}')).pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [[line]] = await Promise.all([once(parent.stdout, 'data') as Promise<[Buffer]>, once(parent, 'exit')]);

    await eventually(() => expect(isRunning(Number(line.toString()))).toBe(false));
  });
});

describe('a free port', () => {
  test('can be listened on and is not one that the system gives to outgoing connections', async () => {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(15_000);
    expect(port).toBeLessThan(30_000);
    expect(await isFree(port)).toBe(true);
  });

  test('is not one that somebody listens on', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    expect(await isFree((server.address() as AddressInfo).port)).toBe(false);
  });
});

describe('a program that local services need', () => {
  test('is asked for by name, with the command that installs it, when Java is missing', async () => {
    vi.stubEnv('JAVA_HOME', '/nowhere');
    await expect(findJava()).rejects.toMatchObject({
      code: 'SERVICE_MISSING',
      message: expect.stringMatching(/needs Java 17, and \/nowhere\/bin\/java does not run; install with: .*maven/),
    });
  });

  test('is refused when Java is too old', async () => {
    vi.stubEnv('JAVA_HOME', '');
    fakeProgram('java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
    await expect(findJava()).rejects.toMatchObject({
      code: 'SERVICE_MISSING',
      message: expect.stringContaining('java is Java 11; install with:'),
    });
  });

  test('is asked for when Maven is missing', async () => {
    vi.stubEnv('PATH', testTempDir());
    await expect(findMaven()).rejects.toMatchObject({
      code: 'SERVICE_MISSING',
      message: expect.stringMatching(/mvn does not run; install with: /),
    });
  });
});

describe('a download', () => {
  /** A Maven that writes one jar into the output directory it is told, and the number of its runs into a file. */
  const countingMaven = (runs: string): string => `
    [ "$1" = -v ] && { echo 'Apache Maven 3.9.0'; exit; }
    echo run >> '${runs}'
    for arg in "$@"; do case "$arg" in -DoutputDirectory=*) out="\${arg#*=}"; mkdir "$out"; echo jar > "$out/a.jar";; esac; done`;

  test('happens once, and leaves nothing but what it brought', async () => {
    const cache = testTempDir();
    const runs = join(testTempDir(), 'runs');
    vi.stubEnv('XDG_CACHE_HOME', cache);
    fakeProgram('mvn', countingMaven(runs));

    const first = await kafkaLibraries();
    const second = await kafkaLibraries();

    expect(second).toBe(first);
    expect(readdirSync(first)).toEqual(['a.jar']);
    expect(readFileSync(runs, 'utf8')).toBe('run\n');
    expect(readdirSync(join(cache, 'millrace'))).toHaveLength(1);
  });

  test('is whole for everybody when several processes start it at once', async () => {
    const cache = testTempDir();
    vi.stubEnv('XDG_CACHE_HOME', cache);
    fakeProgram('mvn', countingMaven(join(testTempDir(), 'runs')));

    const dirs = await Promise.all([kafkaLibraries(), kafkaLibraries(), kafkaLibraries()]);

    expect(new Set(dirs).size).toBe(1);
    expect(readdirSync(dirs[0])).toEqual(['a.jar']);
    expect(readdirSync(join(cache, 'millrace'))).toHaveLength(1);
  });

  test('that fails says what Maven said, and leaves nothing that looks like a download', async () => {
    const cache = testTempDir();
    mkdirSync(join(cache, 'millrace'));
    vi.stubEnv('XDG_CACHE_HOME', cache);
    fakeProgram(
      'mvn',
      `[ "$1" = -v ] && { echo 'Apache Maven 3.9.0'; exit; }; echo '[ERROR] no route to host'; exit 1`,
    );

    await expect(redisServer()).rejects.toMatchObject({
      code: 'SERVICE_MISSING',
      message: 'Maven could not download redis: [ERROR] no route to host',
    });
    expect(readdirSync(join(cache, 'millrace'))).toEqual([]);
  });
});
