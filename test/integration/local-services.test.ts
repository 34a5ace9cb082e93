import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startKafka } from '../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../src/service/local-services/local-service.ts';
import { findJava, findMaven } from '../../src/service/local-services/programs.ts';
import { startRedis } from '../../src/service/local-services/redis.ts';
import { isRunning } from '../support/is-running.ts';
import { testTempDir } from '../support/temp-dir.ts';

const missing = await Promise.all([findJava(), findMaven()]).then(
  () => null,
  (error: Error) => error.message,
);
const skipped = missing !== null && process.env['CI'] !== 'true';
if (skipped) console.warn(`SKIPPED local services: ${missing}`);

describe.skipIf(skipped)('a local Kafka', () => {
  const started = async (service: Promise<LocalService>): Promise<LocalService> => {
    const running = await service;
    onTestFinished(() => running.stop());
    return running;
  };

  const topicsOf = async (service: LocalService, create: readonly string[] = []): Promise<string[]> => {
    const admin = new Kafka({ brokers: [service.address], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      if (create.length > 0) await admin.createTopics({ topics: create.map((topic) => ({ topic })) });
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };

  test('comes back with its topics on the same port, after a stop and after a crash, and leaves no process', async () => {
    const dataDir = join(testTempDir(), 'kafka');
    const first = await started(startKafka({ dataDir, port: 0, shortLived: true }));
    expect(await topicsOf(first, ['a'])).toEqual(['a']);
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);

    const second = await started(startKafka({ dataDir, port: first.port, shortLived: true }));
    expect(second.address).toBe(first.address);
    expect((await topicsOf(second, ['b'])).toSorted()).toEqual(['a', 'b']);
    await second.kill();
    expect(isRunning(second.pid)).toBe(false);

    const third = await started(startKafka({ dataDir, port: first.port, shortLived: true }));
    expect((await topicsOf(third)).toSorted()).toEqual(['a', 'b']);
  }, 300_000);

  test('that does not come up says why', async () => {
    const settings = { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:1' };
    await expect(startKafka({ dataDir: testTempDir(), port: 0, settings })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringContaining('advertised.listeners'),
    });
  });

  test('refuses a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(startKafka({ dataDir: testTempDir(), port })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: `port ${port} is taken; choose another one for the local Kafka`,
    });
  });
});

describe.skipIf(skipped)('a local Redis', () => {
  test('answers, evicts nothing, writes nothing to disk, and leaves no process', async () => {
    const service = await startRedis({ dataDir: testTempDir(), port: 0 });
    onTestFinished(() => service.stop());
    const redis = new Redis(service.address);
    expect(await redis.set('key', 'value')).toBe('OK');
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'save')).toEqual(['save', '']);
    redis.disconnect();

    await service.stop();
    expect(isRunning(service.pid)).toBe(false);
  });
});
