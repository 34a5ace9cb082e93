import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { variableOf } from '../../src/service/config/layers.ts';
import { SETTINGS } from '../../src/service/config/settings.ts';

const CHART = fileURLToPath(new URL('../../helm/millrace/', import.meta.url));
const file = (name: string): string => readFileSync(join(CHART, name), 'utf8');

/** The helm program: $HELM, else the first on PATH; without one only the files are checked, and the run says so. */
const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'helm'));
const HELM = process.env['HELM'] ?? onPath.find((path) => existsSync(path));
if (HELM === undefined)
  console.warn('helm is neither in $HELM nor on PATH: the chart is not rendered, only its files are checked');

interface Schema {
  readonly type?: string;
  readonly additionalProperties?: boolean | Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

describe('the files of the chart', () => {
  const schema = JSON.parse(file('values.schema.json')) as Schema;
  const values = parse(file('values.yaml')) as Record<string, unknown>;

  /** Every complaint about keys that only one of schema and values has. */
  function differences(of: Schema, value: unknown, path: string): string[] {
    const { properties } = of;
    if (properties === undefined) return [];
    const given = value as Record<string, unknown>;
    const names = Object.keys(properties).filter((name) => path !== '' || name !== 'global');
    return [
      ...(of.additionalProperties === false ? [] : [`${path} takes any key`]),
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

  test('the pod is given no variable that is not a setting', () => {
    const variables = file('templates/statefulset.yaml').match(/MILLRACE_[A-Z]\w*/g) ?? [];
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

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, never>;
  readonly data: Readonly<Record<string, string>>;
  readonly automountServiceAccountToken?: boolean;
}

describe.skipIf(HELM === undefined)('the rendered chart', () => {
  const ARGS = ['--kube-version', '1.31.0'];

  function render(...sets: string[]): Map<string, Resource> {
    const args = ['template', 'r', CHART, ...ARGS, ...sets.flatMap((set) => ['--set-json', set])];
    const resources = parseAllDocuments(execFileSync(HELM!, args, { encoding: 'utf8' }))
      .map((document) => document.toJS() as Resource | null)
      .filter((resource) => resource !== null);
    return new Map(resources.map((resource) => [resource.kind, resource]));
  }

  interface Pod {
    readonly automountServiceAccountToken: boolean;
    readonly enableServiceLinks: boolean;
    readonly securityContext: unknown;
    readonly volumes: readonly { readonly name: string }[];
    readonly containers: readonly {
      readonly args?: readonly string[];
      readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
      readonly securityContext: unknown;
      readonly volumeMounts: readonly { readonly name: string }[];
      readonly [probe: string]: unknown;
    }[];
  }
  interface Workload {
    readonly podManagementPolicy: string;
    readonly template: { readonly metadata: { readonly annotations: Record<string, string> }; readonly spec: Pod };
    readonly volumeClaimTemplates?: unknown;
  }
  const workload = (resources: Map<string, Resource>) => resources.get('StatefulSet')!.spec as unknown as Workload;
  const env = (resources: Map<string, Resource>) =>
    new Map(workload(resources).template.spec.containers[0].env.map(({ name, ...rest }) => [name, rest]));

  test('lints', () => {
    const { status, stdout } = spawnSync(HELM!, ['lint', '--strict', CHART, ...ARGS], { encoding: 'utf8' });
    expect(stdout).toContain('0 chart(s) failed');
    expect(status).toBe(0);
  });

  test('is a workload without rights, volumes or a token of its own', () => {
    const resources = render();
    expect([...resources.keys()].toSorted()).toEqual(['Service', 'ServiceAccount', 'StatefulSet']);
    const { podManagementPolicy, template, volumeClaimTemplates } = workload(resources);
    expect(podManagementPolicy).toBe('Parallel');
    expect(volumeClaimTemplates).toBeUndefined();
    expect(template.spec.automountServiceAccountToken).toBe(false);
    expect(template.spec.enableServiceLinks).toBe(false);
    expect(resources.get('ServiceAccount')!.automountServiceAccountToken).toBe(false);
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(template.spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('asks the probes of the service', () => {
    const [container] = workload(render()).template.spec.containers;
    const path = (probe: string) => (container[probe] as { httpGet: { path: string } }).httpGet.path;
    expect(['livenessProbe', 'readinessProbe', 'startupProbe'].map(path)).toEqual(['/livez', '/readyz', '/startupz']);
  });

  test('mounts its topologies as they are written and runs them; another text is another pod', () => {
    const text = 'name: wc\nx: "${A:-b} {{ not a template }}"\n';
    const resources = render(`topologies=${JSON.stringify({ wc: text })}`);
    expect(resources.get('ConfigMap')!.data).toEqual({ 'wc.yaml': text });
    const { spec, metadata } = workload(resources).template;
    expect(spec.containers[0].args).toEqual(['run', '/etc/millrace/topologies/wc.yaml']);
    expect(spec.volumes.map((volume) => volume.name)).toEqual(['tmp', 'topologies']);
    const other = workload(render(`topologies=${JSON.stringify({ wc: `${text}#` })}`)).template.metadata;
    expect(other.annotations['checksum/topologies']).not.toBe(metadata.annotations['checksum/topologies']);
  });

  test('without topologies runs those of the image', () => {
    const { spec } = workload(render()).template;
    expect(spec.containers[0].args).toBeUndefined();
    expect(spec.containers[0].volumeMounts.map((mount) => mount.name)).toEqual(['tmp']);
  });

  test('tells the other pods where it answers', () => {
    const { value } = env(render()).get('MILLRACE_HTTP__ADDRESS')!;
    expect(value).toBe('$(POD_NAME).r-millrace.default.svc:8080');
  });

  test('takes secrets from secrets, and settings as they are written', () => {
    const of = env(
      render(
        'kafka={"brokers":"a:9092,b:9092","existingSecret":"k"}',
        'redis={"existingSecret":"r"}',
        'http={"existingSecret":"t"}',
        'settings={"state.cacheSize":268435456,"kafka.ssl.enabled":true,"state.backend":"redis"}',
      ),
    );
    const secret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
    expect(of.get('MILLRACE_KAFKA__BROKERS')).toEqual({ value: 'a:9092,b:9092' });
    expect(of.get('MILLRACE_KAFKA__SASL__MECHANISM')).toEqual({ value: 'scram-sha-512' });
    expect(of.get('MILLRACE_KAFKA__SASL__PASSWORD')).toEqual(secret('k', 'password'));
    expect(of.get('MILLRACE_REDIS__URL')).toEqual(secret('r', 'url'));
    expect(of.get('MILLRACE_HTTP__TOKEN')).toEqual(secret('t', 'token'));
    expect(of.get('MILLRACE_STATE__CACHESIZE')).toEqual({ value: '268435456' });
    expect(of.get('MILLRACE_KAFKA__SSL__ENABLED')).toEqual({ value: 'true' });
    expect(of.get('MILLRACE_STATE__BACKEND')).toEqual({ value: 'redis' });
  });

  test('protects several pods from being evicted at once, and is watched where asked for', () => {
    const resources = render('replicas=3', 'serviceMonitor={"enabled":true}');
    expect(resources.get('PodDisruptionBudget')!.spec).toMatchObject({ maxUnavailable: 1 });
    expect(resources.get('ServiceMonitor')!.spec).toMatchObject({ endpoints: [{ port: 'http', path: '/metrics' }] });
  });

  test.each(['replicass=3', 'replicas=-1', 'kafka={"brokers":"no-port"}', 'http={"port":80}', 'settings={"a b":1}'])(
    'refuses the value %s',
    (set) => {
      const args = ['template', 'r', CHART, ...ARGS, '--set-json', set];
      const { status, stderr } = spawnSync(HELM!, args, { encoding: 'utf8' });
      expect(status).not.toBe(0);
      expect(stderr).toContain("values don't meet the specifications");
    },
  );
});
