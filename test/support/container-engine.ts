import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GuardedProcess } from '../../src/service/local-services/guarded-process.ts';
import { eventually } from './eventually.ts';
import { onPath } from './on-path.ts';

const OUTPUT_LIMIT_BYTES = 16 << 20;

const execute = promisify(execFile);

/** What a `docker` command left behind; both texts whole. */
export interface DockerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Docker engine that the tests may build and run with. */
export interface ContainerEngine {
  /** For people: where it came from. */
  readonly origin: string;
  /** Runs `docker` with these arguments; resolves whatever its exit code. */
  run(args: readonly string[]): Promise<DockerResult>;
  /** The same, and its standard output; throws with everything it said when it fails. */
  output(args: readonly string[]): Promise<string>;
  /** Ends what was started for the tests; an engine that was there before is left alone. */
  stop(): Promise<void>;
}

/** What would bring an engine, for people. */
export const ENGINE_REMEDY =
  'start Docker, or as root on Debian: apt-get install --no-install-recommends docker.io mmdebstrap';

/**
 * An engine to test the image with: the one that `docker` talks to, or else a daemon started here for the tests, which takes root and
 * `dockerd` on the PATH. It has directories and a socket of its own, no bridge and no rules in the firewall, and ends with us.
 * @returns null where neither is to be had; why a daemon did not come up is printed
 */
export async function findContainerEngine(): Promise<ContainerEngine | null> {
  const there = engine('the engine of this machine', process.env, async () => {});
  if ((await there.run(['version', '--format', '{{.Server.Version}}'])).exitCode === 0) return there;
  if (process.getuid?.() !== 0 || onPath('dockerd') === null) return null;
  try {
    return await startEngine();
  } catch (error) {
    console.warn(error instanceof Error ? error.message : error);
    return null;
  }
}

async function startEngine(): Promise<ContainerEngine> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-docker-'));
  const socket = `unix://${join(home, 'docker.sock')}`;
  const logFile = join(home, 'dockerd.log');
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(home, name));
    return join(home, name);
  };
  const places = ['--data-root', await folder('data'), '--exec-root', await folder('exec'), '--host', socket];
  const network = ['--bridge', 'none', '--iptables=false', '--ip6tables=false'];
  const daemon = await GuardedProcess.start(
    ['dockerd', ...places, '--pidfile', join(home, 'docker.pid'), ...network],
    logFile,
  );
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await unmountBelow(home);
    await rm(home, { recursive: true, force: true });
  };
  // The builder inside the daemon: not every `docker` has the plugin of the other one.
  const environment = { ...process.env, DOCKER_HOST: socket, DOCKER_BUILDKIT: '0' };
  const started = engine(`dockerd started here, pid ${daemon.pid}`, environment, stop);
  try {
    await eventually(async () => {
      if (daemon.ending === null) await started.output(['version']);
    });
    if (daemon.ending !== null) throw new Error(`dockerd ended with ${daemon.ending}`);
    return started;
  } catch (error) {
    const log = await readFile(logFile, 'utf8');
    await stop();
    throw new Error(`dockerd does not come up: ${log.split('\n').slice(-20).join('\n')}`, { cause: error });
  }
}

/** The daemon leaves the mount of its network namespace behind. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).toReversed()) {
    await execute('umount', [mount]);
  }
}

function engine(origin: string, environment: NodeJS.ProcessEnv, stop: () => Promise<void>): ContainerEngine {
  const run = async (args: readonly string[]): Promise<DockerResult> => {
    try {
      const options = { env: environment, maxBuffer: OUTPUT_LIMIT_BYTES };
      return { exitCode: 0, ...(await execute('docker', args, options)) };
    } catch (error) {
      const { code, stdout = '', stderr = '', message } = error as Error & Partial<DockerResult> & { code: unknown };
      return typeof code === 'number'
        ? { exitCode: code, stdout, stderr }
        : { exitCode: 127, stdout, stderr: stderr || message };
    }
  };
  const output = async (args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(args);
    if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
    return stdout;
  };
  return { origin, run, output, stop };
}
