import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const compose = parse(read('docker-compose.yml')) as { services: Record<string, ComposeService> };
const { services } = compose;

describe('the compose file', () => {
  test('starts Kafka, Redis, the service with its topics, and Prometheus', () => {
    expect(Object.keys(services).toSorted()).toEqual(['kafka', 'millrace', 'prometheus', 'redis', 'topics']);
    expect(services['millrace'].build).toBe('.');
  });

  test('tells the service where its Kafka and its Redis listen', () => {
    const { MILLRACE_KAFKA__BROKERS: brokers, MILLRACE_REDIS__URL: redis } = services['millrace'].environment ?? {};
    expect(services['kafka'].environment?.['KAFKA_ADVERTISED_LISTENERS'].split(',')).toContain(`INSIDE://${brokers}`);
    expect(redis).toBe('redis://redis:6379');
  });

  test('has a Redis that refuses writes when it is full, rather than to evict state', () => {
    expect(services['redis'].command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });

  test('mounts only what exists', () => {
    const mounts = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
    const paths = mounts.map((mount) => mount.split(':')[0]).filter((path) => path.startsWith('./'));
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });

  test('has the Kafka that the tests have', () => {
    const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(
      read('config/local-services/pom.xml'),
    )?.[1];
    expect(services['kafka'].image).toBe(`apache/kafka:${version}`);
    expect(read('test/support/containers.ts')).toContain(`'apache/kafka:${version}'`);
  });

  test('lets Prometheus scrape the service at the port it publishes', () => {
    const { scrape_configs: jobs } = parse(read('config/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    expect(jobs.flatMap((job) => job.static_configs.flatMap(({ targets }) => targets))).toEqual(['millrace:8080']);
    expect(read('Dockerfile')).toMatch(/^EXPOSE 8080$/m);
  });
});
