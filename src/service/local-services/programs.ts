import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MillraceError } from '../../core/errors.ts';

const LEAST_JAVA = 17;
const INSTALL_JAVA_AND_MAVEN =
  process.platform === 'darwin'
    ? 'brew install openjdk@17 maven'
    : 'apt-get install -y openjdk-17-jdk-headless maven (or the same with your system’s package manager)';

const execute = promisify(execFile);

/** The `java` of JAVA_HOME, else of the PATH. Throws SERVICE_MISSING unless it is Java 17 or newer. */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const java = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const version = await versionOf(java, ['-version'], /version "(\d+)/);
  if (version === null) throw missing(`the local Kafka needs Java ${LEAST_JAVA}, and ${java} does not run`);
  if (Number(version) < LEAST_JAVA) {
    throw missing(`the local Kafka needs Java ${LEAST_JAVA}, and ${java} is Java ${version}`);
  }
  return java;
}

/** The `mvn` of the PATH. Throws SERVICE_MISSING when there is none. */
export async function findMaven(): Promise<string> {
  if ((await versionOf('mvn', ['-v'], /Apache Maven (\S+)/)) !== null) return 'mvn';
  throw missing('local services are downloaded with Maven, and mvn does not run');
}

/** The `redis-server` of the PATH; null when there is none. */
export async function findRedisServer(): Promise<string | null> {
  return (await versionOf('redis-server', ['--version'], /v=(\d+)/)) === null ? null : 'redis-server';
}

async function versionOf(program: string, args: string[], pattern: RegExp): Promise<string | null> {
  try {
    const { stdout, stderr } = await execute(program, args, { timeout: 30_000 });
    return pattern.exec(stdout + stderr)?.[1] ?? null;
  } catch {
    return null;
  }
}

function missing(what: string): MillraceError {
  return new MillraceError('SERVICE_MISSING', `${what}; install with: ${INSTALL_JAVA_AND_MAVEN}`);
}
