/**
 * Writes schemas.json: of the API of Kubernetes and of the Prometheus operator, the kinds that the chart makes and the types they use,
 * without their texts, and closed: what a type does not name is not allowed. Needs Go, which brings both as modules.
 *
 *   node helm/kubernetes/extract.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const KUBERNETES = 'k8s.io/kubernetes@v1.37.2';
const OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';

const KINDS = [
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.apps.v1.StatefulSet',
  'io.k8s.api.core.v1.ConfigMap',
  'io.k8s.api.core.v1.Pod',
  'io.k8s.api.core.v1.Service',
  'io.k8s.api.core.v1.ServiceAccount',
  'io.k8s.api.networking.v1.NetworkPolicy',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
];
const RESOURCES = ['prometheusrules', 'servicemonitors'];

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Schema = { readonly [key: string]: Json };

const INT_OR_STRING: Schema = { format: 'int-or-string', type: 'string' };

/** What remains of a schema: what a value may be, not what it is for. */
const KEPT = new Set(['$ref', 'type', 'format', 'required', 'enum', 'minimum', 'maximum', 'minLength', 'pattern']);

function closed(schema: Schema): Schema {
  const kept: Record<string, Json> = Object.fromEntries(Object.entries(schema).filter(([key]) => KEPT.has(key)));
  if (schema['x-kubernetes-int-or-string'] === true) return INT_OR_STRING;
  if (schema['items'] !== undefined) kept['items'] = closed(schema['items'] as Schema);
  const { properties, additionalProperties } = schema as { properties?: Schema; additionalProperties?: Schema };
  if (properties !== undefined) {
    kept['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, closed(property as Schema)]),
    );
  }
  if (additionalProperties !== undefined) kept['additionalProperties'] = closed(additionalProperties);
  else if (properties !== undefined) kept['additionalProperties'] = false;
  return kept;
}

/** The names of the definitions that a schema refers to. */
function references(schema: Json): string[] {
  if (Array.isArray(schema)) return schema.flatMap(references);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === '$ref' ? [String(value).slice('#/definitions/'.length)] : references(value),
  );
}

function moduleFolder(module: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-go-'));
  try {
    const answer = execFileSync('go', ['mod', 'download', '-json', module], { cwd: folder, encoding: 'utf8' });
    return (JSON.parse(answer) as { Dir: string }).Dir;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const swagger = JSON.parse(readFileSync(join(moduleFolder(KUBERNETES), 'api/openapi-spec/swagger.json'), 'utf8')) as {
  definitions: Readonly<Record<string, Schema>>;
};
const definitions = new Map<string, Schema>();
const wanted = [...KINDS];
for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
  if (definitions.has(name)) continue;
  // A quantity is written as a text or as a number.
  const definition = name.endsWith('.Quantity') ? INT_OR_STRING : closed(swagger.definitions[name]);
  definitions.set(name, definition);
  wanted.push(...references(definition));
}
const kinds: Record<string, string> = Object.fromEntries(
  KINDS.map((name) => {
    const [gvk] = swagger.definitions[name]['x-kubernetes-group-version-kind'] as unknown as Record<string, string>[];
    return [[gvk['group'], gvk['version'], gvk['kind']].filter((part) => part !== '').join('/'), name];
  }),
);

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const crds = join(moduleFolder(OPERATOR), 'example/prometheus-operator-crd');
for (const resource of RESOURCES) {
  const crd = parse(readFileSync(join(crds, `monitoring.coreos.com_${resource}.yaml`), 'utf8')) as {
    spec: {
      group: string;
      names: { kind: string };
      versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
    };
  };
  const { group, names, versions } = crd.spec;
  const [{ name: version, schema }] = versions;
  const definition = closed(schema.openAPIV3Schema) as { properties: Schema };
  const name = `${group}.${version}.${names.kind}`;
  definitions.set(name, {
    ...definition,
    properties: { ...definition.properties, metadata: { $ref: `#/definitions/${META}` } },
  });
  kinds[`${group}/${version}/${names.kind}`] = name;
}

const sorted = Object.fromEntries([...definitions].toSorted(([a], [b]) => (a < b ? -1 : 1)));
const from = [KUBERNETES, OPERATOR];
const lines = Object.entries(sorted).map(
  ([name, definition]) => `${JSON.stringify(name)}:${JSON.stringify(definition)}`,
);
writeFileSync(
  new URL('schemas.json', import.meta.url),
  `{"from":${JSON.stringify(from)},\n"kinds":${JSON.stringify(kinds)},\n"definitions":{\n${lines.join(',\n')}\n}}\n`,
);
