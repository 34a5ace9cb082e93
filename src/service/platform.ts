import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import type { StateBackend } from '../core/state.ts';
import type { Transport } from '../core/transport.ts';
import { FakeCluster } from '../kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../kafka/kafka-transport.ts';
import { MemoryBackend } from '../state/memory/backend.ts';
import type { Config } from './config/config.ts';
import { connectKafka } from './connect-kafka.ts';
import { startKafka } from './local-services/kafka.ts';
import type { LocalService, LocalServiceLogger } from './local-services/local-service.ts';
import { startRedis } from './local-services/redis.ts';
import { openState, type ServiceAddresses } from './remote-services.ts';

/** Which Kafka and Redis: those of the configuration, none (everything in this process), or real ones started on this machine for as long as we run. */
export type PlatformKind = 'configured' | 'memory' | 'local';

/** What topologies run on. */
export interface Platform {
  readonly kind: PlatformKind;
  /** Where other threads find the same servers; null = everything is in this one. */
  readonly addresses: ServiceAddresses | null;
  /** A transport of its own for each topology: it is a member of one group. */
  transport(): Promise<Transport>;
  state(app: string): StateBackend;
  close(): Promise<void>;
}

/** Makes the platform ready. Rejects with SERVICE_MISSING where a local service cannot be started. */
export async function openPlatform(
  kind: PlatformKind,
  config: Config,
  clock: Clock,
  logger: LocalServiceLogger,
): Promise<Platform> {
  if (kind === 'memory') return memoryPlatform(clock);
  if (kind === 'configured') {
    return remotePlatform(kind, config, clock, { brokers: config.kafka.brokers, redisUrl: config.redis.url }, []);
  }

  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-dev-'));
  logger.info(`starting Kafka and Redis; their data is in ${dataDir} until this ends`);
  const started: LocalService[] = [];
  try {
    started.push(await startKafka({ dataDir: join(dataDir, 'kafka'), port: 0, logger }));
    started.push(await startRedis({ dataDir: join(dataDir, 'redis'), port: 0, logger }));
  } catch (error) {
    await stopServices(started, dataDir);
    throw error;
  }
  const [kafka, redis] = started;
  logger.info(`Kafka is at ${kafka.address}, Redis at ${redis.address}`);
  const close = (): Promise<void> => stopServices(started, dataDir);
  return remotePlatform(kind, config, clock, { brokers: [kafka.address], redisUrl: redis.address }, [close]);
}

async function stopServices(services: readonly LocalService[], dataDir: string): Promise<void> {
  await Promise.all(services.map((service) => service.stop()));
  await rm(dataDir, { recursive: true, force: true });
}

function memoryPlatform(clock: Clock): Platform {
  const cluster = new FakeCluster({ clock });
  return {
    kind: 'memory',
    addresses: null,
    transport: () => Promise.resolve(new KafkaTransport(cluster.link(), clock)),
    state: () => new MemoryBackend(),
    close: () => Promise.resolve(),
  };
}

function remotePlatform(
  kind: PlatformKind,
  config: Config,
  clock: Clock,
  addresses: ServiceAddresses,
  atEnd: readonly (() => Promise<void>)[],
): Platform {
  return {
    kind,
    addresses,
    transport: () => connectKafka(config, addresses.brokers),
    state: (application) => openState(config, addresses, application, clock),
    async close() {
      for (const end of atEnd) await end();
    },
  };
}
