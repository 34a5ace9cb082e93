import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../../src/service/local-services/kafka.ts';
import type { LocalService, LocalServiceOptions } from '../../src/service/local-services/local-service.ts';
import { startRedis } from '../../src/service/local-services/redis.ts';
import type { TestService } from './services.ts';

/** A Kafka on this machine, its data gone when it stops. Throws SERVICE_MISSING when what it takes is not installed. */
export const localKafka = (): Promise<TestService> =>
  startAside((options) => startKafka({ ...options, shortLived: true }));

/** A Redis on this machine, its data gone when it stops. Throws SERVICE_MISSING when what it takes is not installed. */
export const localRedis = (): Promise<TestService> => startAside(startRedis);

async function startAside(start: (options: LocalServiceOptions) => Promise<LocalService>): Promise<TestService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    const service = await start({ dataDir, port: 0, logger: console });
    const stop = async (): Promise<void> => {
      await service.stop();
      await remove();
    };
    return { address: service.address, origin: `started here, pid ${service.pid}`, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
