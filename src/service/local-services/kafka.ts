import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MillraceError } from '../../core/errors.ts';
import { kafkaLibraries } from './download.ts';
import { freePort, isFree } from './free-port.ts';
import { GuardedProcess } from './guarded-process.ts';
import { LOG_SETTINGS, serverSettings } from './kafka-settings.ts';
import type { LocalService, LocalServiceOptions } from './local-service.ts';
import { untilReady } from './probe.ts';
import { findJava } from './programs.ts';

export interface LocalKafkaOptions extends LocalServiceOptions {
  /** The most memory the broker's heap may take, as Java writes it. */
  readonly heap?: string;
  /** Compiles less: takes half the processor time to start and serves slower once it is warm. For brokers that live for minutes. */
  readonly shortLived?: boolean;
  /** Address that it listens on and is asked at, where the settings name another than 127.0.0.1. */
  readonly host?: string;
  /** Runs the command that follows it, such as in a network namespace. */
  readonly launcher?: readonly string[];
  /** Broker settings that are added to ours or replace them: with those of listeners and quorum the node is one of several. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The same for all nodes of a cluster, 22 letters or digits; left out = a cluster of its own. */
  readonly clusterId?: string;
}

/** An ApiVersions request, version 0, without a client id: length, api key 18, version, correlation id, null string. */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

const SHORT_LIVED = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const execute = promisify(execFile);

/**
 * Starts a node of Kafka, broker and controller at once; without further settings it is a cluster of its own. It can be stopped and
 * started again on the same data directory and port. A node of several answers when most of them run. Throws SERVICE_MISSING when
 * Java, Maven or the jars are not to be had, BROKER_UNAVAILABLE when it does not come up.
 */
export async function startKafka(options: LocalKafkaOptions): Promise<LocalService> {
  const { dataDir, logger, host = '127.0.0.1', launcher = [] } = options;
  const java = await findJava();
  const libraries = await kafkaLibraries(logger);
  const port = options.port === 0 ? await freePort() : options.port;
  if (!(await isFree(port))) {
    throw new MillraceError('BROKER_UNAVAILABLE', `port ${port} is taken; choose another one for the local Kafka`);
  }

  const logDir = join(dataDir, 'log');
  const settingsFile = join(dataDir, 'server.properties');
  const logSettingsFile = join(dataDir, 'log4j2.properties');
  const logFile = join(dataDir, 'kafka.log');
  const run = [`-Dlog4j2.configurationFile=${logSettingsFile}`, '-cp', join(libraries, '*')];
  const settings = { ...serverSettings({ port, controllerPort: await freePort(), logDir }), ...options.settings };

  await mkdir(dataDir, { recursive: true });
  await writeFile(settingsFile, properties(settings));
  await writeFile(logSettingsFile, properties(LOG_SETTINGS));
  if (!existsSync(join(logDir, 'meta.properties'))) {
    await format(java, [
      ...SHORT_LIVED,
      ...run,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      options.clusterId ?? newClusterId(),
      '-c',
      settingsFile,
    ]);
  }

  const tuning = [`-Xmx${options.heap ?? '512m'}`, ...(options.shortLived === true ? SHORT_LIVED : [])];
  const command = [...launcher, java, ...tuning, ...run, 'kafka.Kafka', settingsFile];
  const process = await GuardedProcess.start(command, logFile);
  await untilReady(process, {
    name: 'Kafka',
    host,
    port,
    logFile,
    question: API_VERSIONS,
    isReady: (answer) => answer.length >= 10 && answer.readInt16BE(8) === 0,
    code: 'BROKER_UNAVAILABLE',
  });
  return {
    address: `${host}:${port}`,
    port,
    dataDir,
    pid: process.pid,
    stop: () => process.stop(),
    kill: () => process.kill(),
  };
}

async function format(java: string, args: readonly string[]): Promise<void> {
  try {
    await execute(java, args);
  } catch (error) {
    const message = `the data directory of the local Kafka could not be prepared: ${(error as Error).message}`;
    throw new MillraceError('BROKER_UNAVAILABLE', message, { cause: error });
  }
}

/** A name for a new cluster. Kafka wants the 22 letters of a base64 UUID; hexadecimal digits are such letters. */
export const newClusterId = (): string => randomBytes(11).toString('hex');

const properties = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
