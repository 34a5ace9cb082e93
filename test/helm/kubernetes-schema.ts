import { readFileSync } from 'node:fs';

/** The part of JSON Schema that the schemas of Kubernetes and of the operator use. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
}

const { kinds, definitions } = JSON.parse(
  readFileSync(new URL('../../helm/kubernetes/schemas.json', import.meta.url), 'utf8'),
) as {
  kinds: Readonly<Record<string, string>>;
  definitions: Readonly<Record<string, Schema>>;
};

interface Manifest {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
}

/** Everything that an API server would not take, or would drop without a word, in a manifest: each with its place. */
export function complaintsAbout(manifest: Manifest): string[] {
  const kind = `${String(manifest.apiVersion)}/${String(manifest.kind)}`;
  const name = kinds[kind];
  if (name === undefined) return [`there is no kind ${kind}`];
  return check(manifest, definitions[name], String(manifest.kind));
}

function check(value: unknown, schema: Schema, path: string): string[] {
  if (schema.$ref !== undefined) return check(value, definitions[schema.$ref.slice('#/definitions/'.length)], path);
  if (!isOfType(value, schema)) return [`${path} is no ${schema.format ?? schema.type}: ${JSON.stringify(value)}`];
  const complaints = checkScalar(value, schema).map((complaint) => `${path} ${complaint}`);
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => (schema.items === undefined ? [] : check(item, schema.items, `${path}[${i}]`)));
  }
  if (typeof value !== 'object' || value === null) return complaints;
  const { required = [], properties = {}, additionalProperties } = schema;
  for (const key of required) if (!(key in value)) complaints.push(`${path} has no ${key}`);
  for (const [key, item] of Object.entries(value)) {
    const of: Schema | false | undefined = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (of === false) complaints.push(`${path} has an unknown key ${key}`);
    else if (of !== undefined) complaints.push(...check(item, of, `${path}.${key}`));
  }
  return complaints;
}

function isOfType(value: unknown, { type, format }: Schema): boolean {
  if (format === 'int-or-string') return typeof value === 'string' || typeof value === 'number';
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case undefined:
      return true;
    default:
      return typeof value === type;
  }
}

function checkScalar(value: unknown, schema: Schema): string[] {
  const complaints: string[] = [];
  if (schema.enum?.includes(value) === false) complaints.push(`is none of ${schema.enum.join(', ')}`);
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity))
      complaints.push('is out of range');
  }
  if (typeof value === 'string') {
    if (value.length < (schema.minLength ?? 0)) complaints.push('is too short');
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) complaints.push('is not of its form');
  }
  return complaints;
}
