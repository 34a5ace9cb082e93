import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { madeFiles } from '../../helm/write.ts';
import { variableOf } from '../../src/service/config/layers.ts';
import { SETTINGS } from '../../src/service/config/settings.ts';
import { testTempDir } from '../support/temp-dir.ts';
import { findTool } from '../support/tool.ts';
import { complaintsAbout } from './kubernetes-schema.ts';

const CHART = fileURLToPath(new URL('../../helm/millrace/', import.meta.url));
const file = (name: string): string => readFileSync(join(CHART, name), 'utf8');

const HELM = findTool('HELM', 'helm', 'the chart is not rendered, only its files are checked');

interface Schema {
  readonly type?: string;
  readonly additionalProperties?: boolean | Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

describe('the files of the chart', () => {
  const schema = JSON.parse(file('values.schema.json')) as Schema;
  const values = parse(file('values.yaml')) as Record<string, unknown>;

  /** Every complaint about keys that only one of schema and values has. What has no default but `{}` is the user's to fill. */
  function differences(of: Schema, value: unknown, path: string): string[] {
    const { properties } = of;
    const given = value as Record<string, unknown>;
    if (properties === undefined || Object.keys(given).length === 0) return [];
    const names = Object.keys(properties).filter((name) => path !== '' || name !== 'global');
    return [
      ...names.filter((name) => !(name in given)).map((name) => `${path}.${name} has no default`),
      ...Object.keys(given).flatMap((name) =>
        name in properties
          ? differences(properties[name], given[name], `${path}.${name}`)
          : [`${path}.${name} is not in the schema`],
      ),
    ];
  }

  test('values.schema.json knows every default and no other key', () => {
    expect(differences(schema, values, '')).toEqual([]);
    expect(Object.keys(schema.properties ?? {}).length).toBeGreaterThan(10);
  });

  test('values.schema.json is closed at every level: each object names its keys, or says what its values are', () => {
    const open: string[] = [];
    const visit = (of: unknown, path: string): void => {
      if (typeof of !== 'object' || of === null) return;
      const { type, additionalProperties } = of as Schema;
      // Helm's own; only Helm writes it.
      if (type === 'object' && additionalProperties === undefined && path !== '.properties.global') open.push(path);
      for (const [key, inner] of Object.entries(of)) visit(inner, `${path}.${key}`);
    };
    visit(schema, '');
    expect(open).toEqual([]);
  });

  test.each(Object.entries(madeFiles()))('%s is as `node helm/write.ts` makes it', (name, text) => {
    expect(file(name)).toBe(text);
  });

  test('the pod is given no variable that is not a setting', () => {
    const templates = file('templates/statefulset.yaml') + file('templates/_helpers.tpl');
    const variables = templates.match(/MILLRACE_[A-Z]\w*/g) ?? [];
    const known = [...SETTINGS.keys()].map(variableOf);
    expect(variables.length).toBeGreaterThan(5);
    for (const variable of variables) expect(known).toContain(variable);
  });

  test('the version of the app is that of the package', () => {
    const root = new URL('../../package.json', import.meta.url);
    const { version } = JSON.parse(readFileSync(root, 'utf8')) as { version: string };
    expect(parse(file('Chart.yaml'))).toMatchObject({ appVersion: version });
  });
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly [probe: string]: unknown;
}
interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly Container[];
}
interface Template {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Pod;
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, string>>;
  readonly automountServiceAccountToken?: boolean;
}

describe.skipIf(HELM === null)('the rendered chart', () => {
  const ARGS = ['--kube-version', '1.31.0'];
  const valuesFile = (name: string): string[] => [
    '--values',
    fileURLToPath(new URL(`values/${name}.yaml`, import.meta.url)),
  ];
  const helm = (...args: readonly string[]) => spawnSync(HELM ?? '', args, { encoding: 'utf8' });
  const text = (args: readonly string[]): string =>
    execFileSync(HELM ?? '', ['template', 'r', CHART, ...ARGS, ...args], { encoding: 'utf8' });
  const manifests = (args: readonly string[]): Manifest[] =>
    parseAllDocuments(text(args))
      .map((document) => document.toJS() as Manifest | null)
      .filter((manifest) => manifest !== null);
  const sets = (values: readonly string[]): string[] => values.flatMap((value) => ['--set-json', value]);

  /** Manifests by kind and name, without that of the test. */
  const render = (...values: readonly string[]): Map<string, Manifest> =>
    new Map(manifests(sets(values)).map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest]));
  const template = (of: Map<string, Manifest>, workload = 'StatefulSet r-millrace'): Template =>
    of.get(workload)?.spec['template'] as Template;
  const env = (of: Map<string, Manifest>) =>
    new Map(template(of).spec.containers[0].env.map(({ name, ...rest }) => [name, rest]));

  const CASES = ['default', 'minimal', 'full'];

  test.each(CASES)('lints, with the %s values', (name) => {
    const { status, stdout } = helm('lint', '--strict', CHART, ...ARGS, ...valuesFile(name));
    expect(stdout).toContain('0 chart(s) failed');
    expect(status).toBe(0);
  });

  test.each(CASES)('is what it was, with the %s values', async (name) => {
    await expect(text(valuesFile(name))).toMatchFileSnapshot(`rendered/${name}.yaml`);
  });

  test.each(CASES)('is what an API server takes, every key of it, with the %s values', (name) => {
    const all = manifests(valuesFile(name));
    expect(all.length).toBeGreaterThan(4);
    expect(all.flatMap(complaintsAbout)).toEqual([]);
  });

  test('a manifest that an API server would not take is noticed', () => {
    const wrong = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', label: {} },
      spec: { ports: [{ name: 'http', port: '80' }, { targetPort: 8080 }] },
    };
    expect(complaintsAbout(wrong)).toEqual([
      'Service.metadata has an unknown key label',
      'Service.spec.ports[0].port is no int32: "80"',
      'Service.spec.ports[1] has no port',
    ]);
    expect(complaintsAbout({ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget' })).toEqual([
      'there is no kind policy/v1beta1/PodDisruptionBudget',
    ]);
  });

  test('is a workload without rights, volumes or a token of its own', () => {
    const resources = render();
    expect([...resources.keys()].toSorted()).toEqual([
      'Pod r-millrace-test',
      'Service r-millrace',
      'Service r-millrace-pods',
      'ServiceAccount r-millrace',
      'StatefulSet r-millrace',
    ]);
    const { spec } = resources.get('StatefulSet r-millrace')!;
    expect(spec).toMatchObject({ podManagementPolicy: 'Parallel', serviceName: 'r-millrace-pods' });
    expect(spec['volumeClaimTemplates']).toBeUndefined();
    expect(resources.get('ServiceAccount r-millrace')!.automountServiceAccountToken).toBe(false);
  });

  test('every pod of it runs confined, as a user of its own', () => {
    const resources = render('redis={"dev":{"enabled":true}}');
    const pods = [
      template(resources).spec,
      template(resources, 'Deployment r-millrace-redis').spec,
      resources.get('Pod r-millrace-test')!.spec as unknown as Pod,
    ];
    expect(pods.map(({ securityContext }) => securityContext['runAsUser'])).toEqual([65532, 999, 65532]);
    for (const pod of pods) {
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  test('asks the probes of the service', () => {
    const [container] = template(render()).spec.containers;
    const path = (probe: string) => (container[probe] as { httpGet: { path: string } }).httpGet.path;
    expect(['livenessProbe', 'readinessProbe', 'startupProbe'].map(path)).toEqual(['/livez', '/readyz', '/startupz']);
  });

  test('mounts its topologies as they are written and runs them; another text is another pod', () => {
    const yaml = 'name: wc\nx: "${A:-b} {{ not a template }}"\n';
    const resources = render(`topologies=${JSON.stringify({ wc: yaml })}`);
    expect(resources.get('ConfigMap r-millrace-topologies')!.data).toEqual({ 'wc.yaml': yaml });
    const { spec, metadata } = template(resources);
    expect(spec.containers[0].args).toEqual(['run', '/etc/millrace/topologies/wc.yaml']);
    expect(spec.volumes.map((volume) => volume.name)).toEqual(['tmp', 'topologies']);
    const other = template(render(`topologies=${JSON.stringify({ wc: `${yaml}#` })}`)).metadata;
    expect(other.annotations['checksum/topologies']).not.toBe(metadata.annotations['checksum/topologies']);
    expect(other.annotations['checksum/config']).toBe(metadata.annotations['checksum/config']);
  });

  test('hands its configuration on as a file; another one is another pod', () => {
    const config = { state: { cacheSize: '1 GB' }, kafka: { ssl: { enabled: true } }, replicationFactor: 3 };
    const resources = render(`config=${JSON.stringify(config)}`);
    expect(parse(resources.get('ConfigMap r-millrace-config')!.data['default.yaml'])).toEqual(config);
    const { spec, metadata } = template(resources);
    expect(spec.containers[0].args).toEqual(['run', '--config-dir', '/etc/millrace/config']);
    const other = template(render('config={"state":{"cacheSize":"2 GB"}}')).metadata;
    expect(other.annotations['checksum/config']).not.toBe(metadata.annotations['checksum/config']);
  });

  test('without topologies and configuration runs those of the image', () => {
    const { spec } = template(render());
    expect(spec.containers[0].args).toBeUndefined();
    expect(spec.containers[0].volumeMounts.map((mount) => mount.name)).toEqual(['tmp']);
  });

  test('tells the other pods where it answers', () => {
    const { value } = env(render()).get('MILLRACE_HTTP__ADDRESS')!;
    expect(value).toBe('$(POD_NAME).r-millrace-pods.default.svc:8080');
  });

  test('takes secrets from secrets', () => {
    const of = env(
      render(
        'kafka={"brokers":"a:9092,b:9092","existingSecret":"k"}',
        'redis={"existingSecret":"r"}',
        'http={"existingSecret":"t"}',
      ),
    );
    const secret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
    expect(of.get('MILLRACE_KAFKA__BROKERS')).toEqual({ value: 'a:9092,b:9092' });
    expect(of.get('MILLRACE_KAFKA__SASL__MECHANISM')).toEqual({ value: 'scram-sha-512' });
    expect(of.get('MILLRACE_KAFKA__SASL__PASSWORD')).toEqual(secret('k', 'password'));
    expect(of.get('MILLRACE_REDIS__URL')).toEqual(secret('r', 'url'));
    expect(of.get('MILLRACE_HTTP__TOKEN')).toEqual(secret('t', 'token'));
  });

  test('brings a Redis that does not evict where asked to, and uses it', () => {
    const resources = render('redis={"dev":{"enabled":true}}');
    expect(env(resources).get('MILLRACE_REDIS__URL')).toEqual({ value: 'redis://r-millrace-redis:6379' });
    const [{ args }] = template(resources, 'Deployment r-millrace-redis').spec.containers;
    expect(args?.join(' ')).toContain('--maxmemory-policy noeviction');
    const { selector } = resources.get('Deployment r-millrace-redis')!.spec;
    expect(selector).toEqual({ matchLabels: resources.get('Service r-millrace-redis')!.spec['selector'] });
  });

  test('protects several pods from being evicted at once, one not', () => {
    const budget = (...values: readonly string[]) => render(...values).get('PodDisruptionBudget r-millrace');
    expect(budget('replicas=3')?.spec).toMatchObject({ maxUnavailable: 1 });
    expect(budget('replicas=1')).toBeUndefined();
    expect(budget('replicas=3', 'podDisruptionBudget={"enabled":false}')).toBeUndefined();
  });

  test('has each pod scraped once: only one service is selected', () => {
    const resources = render('serviceMonitor={"enabled":true}');
    const monitor = resources.get('ServiceMonitor r-millrace')!.spec as {
      selector: { matchLabels: Record<string, string> };
      endpoints: unknown;
    };
    expect(monitor.endpoints).toMatchObject([{ port: 'http', path: '/metrics' }]);
    const wanted = Object.entries(monitor.selector.matchLabels);
    const selected = [...resources.values()].filter(
      ({ kind, metadata }) => kind === 'Service' && wanted.every(([key, value]) => metadata.labels[key] === value),
    );
    expect(selected.map(({ metadata }) => metadata.name)).toEqual(['r-millrace-pods']);
  });

  test('hands on the alerts and the dashboard as they are', () => {
    const resources = render('prometheusRule={"enabled":true}', 'dashboards={"enabled":true}');
    expect(resources.get('PrometheusRule r-millrace')!.spec).toEqual(parse(file('files/alerts.yaml')));
    const dashboards = resources.get('ConfigMap r-millrace-dashboards')!;
    expect(dashboards.data).toEqual({ 'millrace-overview.json': file('files/dashboards/overview.json') });
    expect(dashboards.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  });

  test.each([
    ['redis={"url":"redis://user:pw@cache:6380/0"}', 6380],
    ['redis={"url":"rediss://cache"}', 6379],
    ['redis={"url":"redis://cache:6380","dev":{"enabled":true}}', 6379],
    ['networkPolicy={"enabled":true,"redisPort":7000}', 7000],
  ])('lets pods through to the ports of Kafka and Redis: %s', (set, redisPort) => {
    const resources = render('networkPolicy={"enabled":true}', 'kafka={"brokers":"a:9093,b:9093,c:9094"}', set);
    const { egress } = resources.get('NetworkPolicy r-millrace')!.spec as { egress: { ports: { port: unknown }[] }[] };
    expect(egress.map(({ ports }) => ports.map(({ port }) => port))).toEqual([
      [53, 53],
      [9093, 9094],
      [redisPort],
      ['http'],
    ]);
  });

  test('says three things to do next', () => {
    // helm shows notes to those who have a cluster; a manifest that quotes them is shown to all.
    const quoting = join(testTempDir(), 'millrace');
    cpSync(CHART, quoting, { recursive: true });
    const quote = 'notes: {{ include (print .Template.BasePath "/NOTES.txt") . | toJson }}\n';
    writeFileSync(join(quoting, 'templates/quote.yaml'), quote);
    const args = ['--show-only', 'templates/quote.yaml', ...valuesFile('minimal')];
    const { stdout } = helm('template', 'r', quoting, ...ARGS, ...args);
    const { notes } = parse(stdout) as { notes: string };
    expect(notes.match(/^ {2}(kubectl|helm) /gm)).toHaveLength(3);
    expect(notes).toContain('1 pod(s) of r-millrace run words.');
  });

  test.each([
    'replicass=3',
    'replicas=-1',
    'kafka={"brokers":"no-port"}',
    'http={"port":80}',
    'config={"state":{"cachesize":"1 GB"}}',
    'config={"compression":"lzma"}',
    // Has a value of its own, which would win.
    'config={"kafka":{"brokers":["a:9092"]}}',
    // Would stand in a ConfigMap for everybody to read.
    'config={"redis":{"password":"secret"}}',
    'extraEnv=[{"name":"A","vale":"1"}]',
    'resources={"limit":{"memory":"1Gi"}}',
    'extraVolumes=[{"name":"root","hostPath":{"path":"/"}}]',
    'tolerations=[{"keys":"a"}]',
  ])('refuses the value %s', (set) => {
    const { status, stderr } = helm('template', 'r', CHART, ...ARGS, '--set-json', set);
    expect(status).not.toBe(0);
    expect(stderr).toContain("values don't meet the specifications");
  });

  test('takes references to secrets where it refuses secrets', () => {
    const config = { redis: { password: '${REDIS_PASSWORD}' }, kafka: { ssl: { key: '${file:/run/tls.key}' } } };
    expect(render(`config=${JSON.stringify(config)}`).size).toBeGreaterThan(4);
  });
});
