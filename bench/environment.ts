import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { cpus, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { startRedis } from '../src/service/local-services/redis.ts';
import type { JavaPrograms } from './java-programs.ts';
import type { Environment } from './measurement.ts';

const ROOT = new URL('../', import.meta.url);
const execute = promisify(execFile);

/** What the figures of now depend on. */
export async function describeEnvironment(java: JavaPrograms, folder: string): Promise<Environment> {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC',
    machine: `${processors.length} cores of ${processors[0]?.model ?? 'an unknown processor'}, ${memory} GiB, ${type()} ${release()}`,
    versions: {
      Millrace: await millraceVersion(),
      Node: process.version.slice(1),
      'Kafka Streams': java.kafkaStreamsVersion(),
      'Kafka broker': brokerVersion(),
      Redis: await redisVersion(folder),
      Java: await javaVersion(),
    },
  };
}

async function millraceVersion(): Promise<string> {
  const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string };
  try {
    const { stdout } = await execute('git', ['describe', '--always', '--dirty'], { cwd: ROOT });
    return `${version} (${stdout.trim()})`;
  } catch {
    return version;
  }
}

function brokerVersion(): string {
  const pom = readFileSync(new URL('config/local-services/pom.xml', ROOT), 'utf8');
  return /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>(.+?)<\/version>/.exec(pom)?.[1] ?? 'unknown';
}

async function javaVersion(): Promise<string> {
  const { stderr } = await execute('java', ['-version']);
  return /version "(.+?)"/.exec(stderr)?.[1] ?? 'unknown';
}

async function redisVersion(folder: string): Promise<string> {
  const redis = await startRedis({ dataDir: folder, port: 0 });
  const socket = connect(redis.port, '127.0.0.1');
  try {
    socket.write('INFO server\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return /redis_version:(\S+)/.exec(answer.toString())?.[1] ?? 'unknown';
  } finally {
    socket.destroy();
    await redis.stop();
  }
}
