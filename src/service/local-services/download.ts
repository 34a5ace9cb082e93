import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MillraceError } from '../../core/errors.ts';
import type { LocalServiceLogger } from './local-service.ts';
import { findMaven } from './programs.ts';

const POM = fileURLToPath(new URL('../../../config/local-services/pom.xml', import.meta.url));
const MAVEN_TIMEOUT_MS = 10 * 60_000;

const execute = promisify(execFile);

/** The folder with Kafka's jars, downloaded on first use. Throws SERVICE_MISSING when they are absent and cannot be had. */
export async function kafkaLibraries(logger?: LocalServiceLogger): Promise<string> {
  return download('kafka', ['dependency:copy-dependencies', '-DexcludeArtifactIds=embedded-redis'], logger);
}

/** A Redis server for this platform, downloaded on first use. Throws SERVICE_MISSING when it is absent and cannot be had. */
export async function redisServer(logger?: LocalServiceLogger): Promise<string> {
  const file = REDIS_SERVERS[`${process.platform}-${process.arch}`];
  if (file === undefined) {
    throw new MillraceError(
      'SERVICE_MISSING',
      `there is no Redis server to download for ${process.platform} on ${process.arch}; install redis-server and put it on the PATH`,
    );
  }
  const goal = [
    'dependency:unpack-dependencies',
    '-DincludeArtifactIds=embedded-redis',
    `-Dmdep.unpack.includes=${file}`,
  ];
  return join(await download('redis', goal, logger), file);
}

const REDIS_SERVERS: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

/**
 * What a Maven goal puts into its output directory, kept in the cache under the name of the pom that asked for it. It is fetched
 * aside and renamed, so a folder of that name is always whole; of two processes that fetch at the same time, one keeps its copy.
 */
async function download(name: string, goal: readonly string[], logger?: LocalServiceLogger): Promise<string> {
  const cache = cacheDir();
  const pomHash = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
    .slice(0, 12);
  const target = join(cache, `${name}-${pomHash}`);
  if (existsSync(target)) return target;

  const maven = await findMaven();
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, `${name}-download-`));
  try {
    logger?.info(`downloading ${name} with Maven into ${target} (once)`);
    const pom = join(work, 'pom.xml');
    const output = join(work, 'output');
    await copyFile(POM, pom);
    // Maven's own repository breaks when two Mavens fill it at the same time, so each brings its own.
    const places = [`-Dmaven.repo.local=${join(work, 'repository')}`, `-DoutputDirectory=${output}`];
    await execute(maven, ['-q', '-B', '-Dstyle.color=never', '-f', pom, ...goal, ...places], {
      timeout: MAVEN_TIMEOUT_MS,
    });
    await rename(output, target);
  } catch (error) {
    if (!existsSync(target)) {
      throw new MillraceError('SERVICE_MISSING', `Maven could not download ${name}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

function cacheDir(): string {
  const cacheHome = process.env['XDG_CACHE_HOME'];
  return join(cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome, 'millrace');
}

/** Maven writes its errors to the standard output; the first of them names the cause. */
function reasonOf(error: unknown): string {
  const { stdout, message } = error as { stdout?: string; message: string };
  return stdout?.split('\n').find((line) => line.includes('[ERROR]')) ?? message;
}
