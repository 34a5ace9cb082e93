import { readFileSync } from 'node:fs';
import { SETTINGS } from '../src/service/config/settings.ts';
import type { Setting } from '../src/service/config/settings.ts';

/** A JSON Schema, as deep as it may be. */
export type Schema = { readonly [keyword: string]: unknown };

const object = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const listOf = (items: Schema): Schema => ({ type: 'array', items });
/** A type of Kubernetes' API, as the chart hands it on. */
const kubernetes = (name: string): Schema => ref(`io.k8s.api.${name}`);

const TEXT = { type: 'string', minLength: 1 };
const ANY_TEXT = { type: 'string' };
const FLAG = { type: 'boolean' };
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };
const NAME = { type: 'string', pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$' };
const PORT = { type: 'integer', minimum: 1, maximum: 65_535 };

/** Settings that have a value of their own in the chart; in `config` they would be overruled by it without a word. */
const OWN_VALUES = [
  /^kafka\.brokers$/,
  /^kafka\.sasl\./,
  /^redis\.url$/,
  /^http\.(host|port|address|token)$/,
  /^log\./,
];

/** What needs no rights in the cluster's machines: a volume that is a path of the node is none of them. */
const VOLUMES = ['configMap', 'secret', 'emptyDir', 'projected', 'csi', 'downwardAPI', 'persistentVolumeClaim'];

/** The schema of values.yaml: closed at every level, with the settings of the service and the types of Kubernetes in it. */
export function valuesSchema(): Schema {
  const properties = {
    // Helm puts it there when the chart is part of another.
    global: { type: 'object' },
    topologies: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z0-9][-A-Za-z0-9._]*$' },
      additionalProperties: TEXT,
    },
    replicas: { type: 'integer', minimum: 0 },
    image: object(
      { repository: TEXT, tag: ANY_TEXT, pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] } },
      { required: ['repository'] },
    ),
    imagePullSecrets: listOf(kubernetes('core.v1.LocalObjectReference')),
    fullnameOverride: NAME,
    kafka: object(
      {
        brokers: { type: 'string', pattern: '^[^,:\\s]+:\\d+(,[^,:\\s]+:\\d+)*$' },
        existingSecret: NAME,
        mechanism: { enum: ['plain', 'scram-sha-256', 'scram-sha-512'] },
        usernameKey: TEXT,
        passwordKey: TEXT,
      },
      { required: ['brokers'] },
    ),
    redis: object({
      url: { type: 'string', pattern: '^rediss?://' },
      existingSecret: NAME,
      urlKey: TEXT,
      dev: object({
        enabled: FLAG,
        image: TEXT,
        maxmemory: { type: 'string', pattern: '^\\d+(kb|mb|gb)$' },
        resources: kubernetes('core.v1.ResourceRequirements'),
      }),
    }),
    http: object({ port: { ...PORT, minimum: 1024 }, existingSecret: NAME, tokenKey: TEXT }, { required: ['port'] }),
    log: object({ level: { enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] } }),
    config: configSchema(),
    extraEnv: listOf(kubernetes('core.v1.EnvVar')),
    extraEnvFrom: listOf(kubernetes('core.v1.EnvFromSource')),
    extraVolumes: listOf(ref('volume')),
    extraVolumeMounts: listOf(kubernetes('core.v1.VolumeMount')),
    resources: kubernetes('core.v1.ResourceRequirements'),
    terminationGracePeriodSeconds: { type: 'integer', minimum: 10 },
    startupProbe: object({ timeoutSeconds: { type: 'integer', minimum: 10 } }),
    serviceAccount: object({ create: FLAG, name: NAME, annotations: TEXTS }),
    service: object({ annotations: TEXTS }),
    podDisruptionBudget: object({
      enabled: FLAG,
      maxUnavailable: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[1-9]\\d?%$' },
        ],
      },
    }),
    networkPolicy: object({
      enabled: FLAG,
      kafkaPorts: listOf(PORT),
      redisPort: { ...PORT, minimum: 0 },
      ingressFrom: listOf(kubernetes('networking.v1.NetworkPolicyPeer')),
      extraEgress: listOf(kubernetes('networking.v1.NetworkPolicyEgressRule')),
    }),
    serviceMonitor: object({ enabled: FLAG, interval: { type: 'string', pattern: '^\\d+(ms|s|m)$' }, labels: TEXTS }),
    prometheusRule: object({
      enabled: FLAG,
      labels: TEXTS,
      runbookUrl: { type: 'string', pattern: '^(https?://.+)?$' },
    }),
    dashboards: object({ enabled: FLAG, labels: TEXTS }),
    podAnnotations: TEXTS,
    podLabels: TEXTS,
    priorityClassName: NAME,
    nodeSelector: TEXTS,
    tolerations: listOf(kubernetes('core.v1.Toleration')),
    affinity: kubernetes('core.v1.Affinity'),
  };
  const volume = volumeSchema();
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the millrace chart',
    ...object(properties, { required: ['replicas', 'image', 'kafka', 'redis', 'http'] }),
    definitions: { volume, ...definitionsFor([properties, volume]) },
  };
}

/** `config`: every setting of the service under its path, except those with a value of their own. */
function configSchema(): Schema {
  const root: Record<string, Schema> = {};
  for (const setting of SETTINGS.values()) {
    if (OWN_VALUES.some((pattern) => pattern.test(setting.path))) continue;
    const steps = setting.path.split('.');
    const last = steps.pop() ?? '';
    let group = root;
    for (const step of steps) group = (group[step] ??= object({}))['properties'] as Record<string, Schema>;
    group[last] = settingSchema(setting);
  }
  return object(root);
}

/** A setting may also be `${NAME}` or `${file:/path}`; one that is secret may be nothing else, for it would stand in a ConfigMap. */
function settingSchema({ schema, secret, doc }: Setting): Schema {
  const reference = { type: 'string', pattern: '\\$\\{.+\\}' };
  if (secret) return { description: doc, ...reference };
  const { $schema: _, ...value } = schema.toJSONSchema({ io: 'input' });
  return { description: doc, anyOf: [value, reference] };
}

const KUBERNETES = JSON.parse(readFileSync(new URL('kubernetes/schemas.json', import.meta.url), 'utf8')) as {
  definitions: Readonly<Record<string, Schema>>;
};
const VOLUME = 'io.k8s.api.core.v1.Volume';

function volumeSchema(): Schema {
  const all = KUBERNETES.definitions[VOLUME]['properties'] as Record<string, Schema>;
  return object(Object.fromEntries(['name', ...VOLUMES].map((name) => [name, all[name]])), { required: ['name'] });
}

/** The definitions of Kubernetes that a schema needs, and those that they need. */
function definitionsFor(schema: unknown): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const wanted = kubernetesReferences(schema);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (name in found) continue;
    found[name] = draft7(KUBERNETES.definitions[name]) as Schema;
    wanted.push(...kubernetesReferences(found[name]));
  }
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const kubernetesReferences = (schema: unknown): string[] =>
  [...JSON.stringify(schema).matchAll(/"#\/definitions\/(io\.k8s\.[^"]+)"/g)].map((match) => match[1]);

/** Kubernetes says `string` of what may be a number too: ports, quantities. */
function draft7(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(draft7);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { format, ...rest } = schema as Schema;
  if (format === 'int-or-string') return { type: ['number', 'string'] };
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, draft7(value)]));
}
