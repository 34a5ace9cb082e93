import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { variableOf } from '../../src/service/config/layers.ts';
import { SETTINGS } from '../../src/service/config/settings.ts';
import { findTool } from '../support/tool.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const read = (file: string): string => readFileSync(pathOf(file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, ComposeService> };
const { services } = compose;

describe('the compose file', () => {
  test('starts Kafka, Redis, the service with its topics, and Prometheus; load and dashboards only when asked for', () => {
    const inProfile = (profile: string | undefined): string[] =>
      Object.keys(services)
        .filter((name) => services[name].profiles?.[0] === profile)
        .toSorted();
    expect(inProfile(undefined)).toEqual(['kafka', 'millrace', 'prometheus', 'redis', 'topics']);
    expect(inProfile('load')).toEqual(['load-article-views', 'load-lines']);
    expect(inProfile('grafana')).toEqual(['grafana']);
    expect(services['millrace'].build).toBe('.');
  });

  test('tells the service where its Kafka and its Redis listen, and nothing that is not a setting', () => {
    const environment = services['millrace'].environment ?? {};
    const { MILLRACE_KAFKA__BROKERS: brokers, MILLRACE_REDIS__URL: redis, MILLRACE_PROFILE: profile } = environment;
    expect(services['kafka'].environment?.['KAFKA_ADVERTISED_LISTENERS'].split(',')).toContain(`INSIDE://${brokers}`);
    expect(redis).toBe('redis://redis:6379');
    expect(existsSync(pathOf(`config/${profile}.yaml`))).toBe(true);
    const known = ['MILLRACE_PROFILE', ...[...SETTINGS.keys()].map(variableOf)];
    for (const variable of Object.keys(environment)) expect(known).toContain(variable);
  });

  test('has a Redis that refuses writes when it is full, rather than to evict state, and keeps it over a restart', () => {
    const command = services['redis'].command?.join(' ');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(command).toContain('--appendonly yes');
    expect(services['redis'].volumes).toEqual(['redis-data:/data']);
  });

  test('waits for what can be waited for: services with a check of their health, and one that ends', () => {
    const waits = Object.values(services).flatMap(({ depends_on }) => Object.entries(depends_on ?? {}));
    expect(waits.length).toBeGreaterThan(3);
    for (const [name, { condition }] of waits) {
      const { healthcheck } = services[name];
      if (condition === 'service_healthy') expect(healthcheck?.test?.[0]).toBe('CMD');
      else
        expect([name, condition, healthcheck]).toEqual(['topics', 'service_completed_successfully', { disable: true }]);
    }
  });

  test('opens ports to this machine only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(4);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('mounts only what exists', () => {
    const mounts = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
    const paths = mounts.map((mount) => mount.split(':')[0]).filter((path) => path.startsWith('./'));
    expect(paths.length).toBeGreaterThan(4);
    expect(paths.filter((path) => !existsSync(pathOf(path)))).toEqual([]);
  });

  test('has the Kafka that the tests have, everywhere', () => {
    const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(
      read('config/local-services/pom.xml'),
    )?.[1];
    const images = Object.values(services).flatMap(({ image }) => (image?.startsWith('apache/kafka') ? [image] : []));
    expect(new Set(images)).toEqual(new Set([`apache/kafka:${version}`]));
    expect(read('test/support/containers.ts')).toContain(`'apache/kafka:${version}'`);
  });

  test('lets Prometheus scrape the service at the port it publishes, and judge it by the alerts of the chart', () => {
    const { scrape_configs: jobs, rule_files: rules } = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
      rule_files: string[];
    };
    expect(jobs.flatMap((job) => job.static_configs.flatMap(({ targets }) => targets))).toEqual(['millrace:8080']);
    expect(read('Dockerfile')).toMatch(/^EXPOSE 8080$/m);
    const mounts = services['prometheus'].volumes ?? [];
    for (const rule of rules) expect(mounts).toContain(`./helm/millrace/files/${rule}:/etc/prometheus/${rule}:ro`);
  });

  /** What a load generator says to its producer: its own command with `head` in the producer's place. */
  function said(service: string, lines: number): string[] {
    const script = services[service].command?.[2] ?? '';
    const [command, producer] = script
      .replaceAll('$$', '$')
      .replaceAll('/samples', pathOf('samples'))
      .split(' | /opt/');
    expect(producer).toMatch(/^kafka\/bin\/kafka-console-producer\.sh --bootstrap-server kafka:9093 --topic \S+/);
    return execFileSync('sh', ['-c', `${command} | head -n ${lines}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
  }

  test('its load is the samples, article views keyed by their article', () => {
    expect(said('load-lines', 3)).toEqual(read('samples/lines.txt').split('\n').slice(0, 3));
    const views = said('load-article-views', 300);
    expect(views).toHaveLength(300);
    for (const view of views) {
      const [key, value] = view.split('|');
      expect(JSON.parse(value)).toMatchObject({ articleId: key });
    }
  });

  const checker = findTool(
    'COMPOSE_SPEC',
    'compose-spec',
    'the compose file is not checked by the compose specification',
  );
  test.skipIf(checker === null)('is one by the compose specification', () => {
    const check = (...args: readonly string[]) =>
      spawnSync(checker ?? '', args, { encoding: 'utf8', cwd: pathOf('.') });
    const { status, stdout, stderr } = check('docker-compose.yml');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { services: loaded } = parse(stdout) as { services: Record<string, unknown> };
    expect(Object.keys(loaded).toSorted()).toEqual(Object.keys(services).toSorted());
  });
});
