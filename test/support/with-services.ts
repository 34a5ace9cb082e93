import { describe, inject } from 'vitest';

/** Addresses of real servers: `host:port` of the Kafka, `redis://host:port` of the Redis. */
export interface ServiceAddresses {
  readonly kafka: string;
  readonly redis: string;
}

/**
 * A suite on the real servers it names. Where one of them is missing its tests are counted as skipped, and the console says what to
 * install; where CI=true that cannot happen, because the run has failed before.
 */
export function describeWithServices<Name extends keyof ServiceAddresses>(
  title: string,
  needs: readonly Name[],
  body: (services: Pick<ServiceAddresses, Name>) => void,
): void {
  const addresses = { kafka: inject('kafka'), redis: inject('redis') };
  const missing = needs.filter((name) => addresses[name] === null);
  if (missing.length > 0) console.warn(`SKIPPED "${title}": no ${missing.join(', no ')}. ${inject('missingServices')}`);
  // A skipped suite's body still runs, to count its tests; none of them sees these addresses.
  const given: ServiceAddresses = { kafka: addresses.kafka ?? '', redis: addresses.redis ?? '' };
  describe.skipIf(missing.length > 0)(title, () => body(given));
}
