import type { TestProject } from 'vitest/node';
import { asMillraceError, MillraceError } from '../../src/core/errors.ts';
import { kafkaContainer, redisContainer } from './containers.ts';
import { localKafka, localRedis } from './local.ts';

/**
 * The Kafka and the Redis of the tests, found or started once for a run of vitest however many projects ask, and stopped at its end.
 * For each, the first of these that works:
 *
 * 1. the server named by MILLRACE_TEST_KAFKA (`host:port`) or MILLRACE_TEST_REDIS (`redis://host:port`);
 * 2. a container, where a container engine answers and has the image or pulls it within a minute;
 * 3. a server on this machine, downloaded with Maven on first use;
 * 4. none: an error where CI=true; elsewhere the tests that need it are skipped, and say what would let them run.
 */
declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of a real Kafka; null when there is none. */
    kafka: string | null;
    /** `redis://host:port` of a real Redis; null when there is none. */
    redis: string | null;
    /** What is missing and the command that brings it; null when nothing is. */
    missingServices: string | null;
  }
}

/** A server that the tests may use. `stop` leaves alone what the tests did not start. */
export interface TestService {
  readonly address: string;
  /** For people: where the server came from. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** Each a service, or the error that says why there is none. */
interface Services {
  readonly kafka: TestService | Error;
  readonly redis: TestService | Error;
}

/** Every project loads this file anew, but all in one process; what they share can only live there. */
const sharedByProjects = globalThis as { millraceTestServices?: { found: Promise<Services>; users: number } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (sharedByProjects.millraceTestServices ??= { found: find(), users: 0 });
  shared.users++;
  const { kafka, redis } = await shared.found;
  const release = async (): Promise<void> => {
    if (--shared.users > 0) return;
    delete sharedByProjects.millraceTestServices;
    for (const service of [kafka, redis]) if (!(service instanceof Error)) await service.stop();
  };

  const errors = [kafka, redis].filter((service) => service instanceof Error);
  const fatal = errors.find((error) => !isMissing(error) || process.env['CI'] === 'true');
  if (fatal !== undefined) {
    await release();
    throw fatal;
  }
  project.provide('kafka', kafka instanceof Error ? null : kafka.address);
  project.provide('redis', redis instanceof Error ? null : redis.address);
  project.provide('missingServices', errors.length === 0 ? null : errors.map((error) => error.message).join('\n'));
  return release;
}

const isMissing = (error: Error): boolean => error instanceof MillraceError && error.code === 'SERVICE_MISSING';

async function find(): Promise<Services> {
  const [kafka, redis] = await Promise.all([
    first('Kafka', [() => given('MILLRACE_TEST_KAFKA'), kafkaContainer, localKafka]),
    first('Redis', [() => given('MILLRACE_TEST_REDIS'), redisContainer, localRedis]),
  ]);
  return { kafka, redis };
}

type Way = () => Promise<TestService | null> | TestService | null;

async function first(name: string, ways: readonly Way[]): Promise<TestService | Error> {
  try {
    for (const way of ways) {
      const service = await way();
      if (service === null) continue;
      console.log(`${name} of the tests: ${service.origin}, ${service.address}`);
      return service;
    }
    return new Error(`no way led to a ${name}`);
  } catch (error) {
    return asMillraceError(error);
  }
}

function given(variable: string): TestService | null {
  const address = process.env[variable];
  if (address === undefined || address === '') return null;
  return { address, origin: variable, stop: async () => {} };
}
