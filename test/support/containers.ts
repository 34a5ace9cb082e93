import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerRuntimeClient } from 'testcontainers';
import { freePort } from '../../src/service/local-services/free-port.ts';
import { serverSettings } from '../../src/service/local-services/kafka-settings.ts';
import type { TestService } from './services.ts';

const KAFKA_IMAGE = 'apache/kafka:4.1.0';
const REDIS_IMAGE = 'redis:7-alpine';
const PULL_TIMEOUT_MS = 60_000;

/** A Kafka in a container; null where no engine answers or the image is not to be had. */
export async function kafkaContainer(): Promise<TestService | null> {
  const engine = await engineWith(KAFKA_IMAGE);
  if (engine === null) return null;
  const { GenericContainer, Wait } = await import('testcontainers');
  const { host } = engine.info.containerRuntime;
  // Clients are told the broker's port, so it must be the same inside and outside.
  const port = await freePort();
  const settings = {
    ...serverSettings({ port, controllerPort: 9093, logDir: '/tmp/kafka-log' }),
    listeners: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:9093`,
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
  };
  const environment = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`KAFKA_${name.replaceAll('.', '_').toUpperCase()}`, value]),
  );
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withEnvironment(environment)
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  const stop = async (): Promise<void> => {
    await container.stop();
  };
  return { address: `${host}:${port}`, origin: `container ${KAFKA_IMAGE}`, stop };
}

/** A Redis in a container; null where no engine answers or the image is not to be had. */
export async function redisContainer(): Promise<TestService | null> {
  if ((await engineWith(REDIS_IMAGE)) === null) return null;
  const { GenericContainer } = await import('testcontainers');
  const container = await new GenericContainer(REDIS_IMAGE)
    .withCommand(['redis-server', '--save', '', '--maxmemory-policy', 'noeviction'])
    .withExposedPorts(6379)
    .start();
  const stop = async (): Promise<void> => {
    await container.stop();
  };
  const address = `redis://${container.getHost()}:${container.getMappedPort(6379)}`;
  return { address, origin: `container ${REDIS_IMAGE}`, stop };
}

/** The container engine, once it has the image; null when there is none, or the image does not come within a minute. */
async function engineWith(image: string): Promise<ContainerRuntimeClient | null> {
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
  try {
    const engine = await getContainerRuntimeClient();
    const name = ImageName.fromString(image);
    if (await engine.image.exists(name)) return engine;
    const pulled = engine.image.pull(name).then(() => true);
    return (await Promise.race([pulled, sleep(PULL_TIMEOUT_MS, false, { ref: false })])) ? engine : null;
  } catch {
    return null;
  }
}
