import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../core/errors.ts';
import { redisServer } from './download.ts';
import { freePort, isFree } from './free-port.ts';
import { GuardedProcess } from './guarded-process.ts';
import type { LocalService, LocalServiceOptions } from './local-service.ts';
import { untilReady } from './probe.ts';
import { findRedisServer } from './programs.ts';

export interface LocalRedisOptions extends LocalServiceOptions {
  /** Settings of the server that are added to ours or replace them. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a Redis that keeps everything in memory and evicts nothing: the `redis-server` of the PATH, else one that Maven downloads.
 * Throws SERVICE_MISSING when neither is to be had, STATE_UNAVAILABLE when the server does not come up.
 */
export async function startRedis(options: LocalRedisOptions): Promise<LocalService> {
  const { dataDir, port: wanted, logger } = options;
  const server = (await findRedisServer()) ?? (await redisServer(logger));
  const port = wanted === 0 ? await freePort() : wanted;
  if (!(await isFree(port))) {
    throw new MillraceError('STATE_UNAVAILABLE', `port ${port} is taken; choose another one for the local Redis`);
  }
  await mkdir(dataDir, { recursive: true });
  const logFile = join(dataDir, 'redis.log');
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    ...options.settings,
  };
  const command = [server, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])];
  const process = await GuardedProcess.start(command, logFile);
  await untilReady(process, {
    name: 'Redis',
    host: '127.0.0.1',
    port,
    logFile,
    question: Buffer.from('PING\r\n'),
    isReady: (answer) => answer.toString().startsWith('+PONG'),
    code: 'STATE_UNAVAILABLE',
  });
  return {
    address: `redis://127.0.0.1:${port}`,
    port,
    dataDir,
    pid: process.pid,
    stop: () => process.stop(),
    kill: () => process.kill(),
  };
}
