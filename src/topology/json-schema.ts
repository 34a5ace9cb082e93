import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { topologyShape } from './shape.ts';

/** Where the generated schema is kept, for editors and the package. */
export const SCHEMA_FILE = new URL('../../schema/topology.v1.json', import.meta.url);

/** The JSON Schema of topology files, as text; made from the shape that `lint` checks. */
export function topologyJsonSchema(): string {
  const schema = z.toJSONSchema(topologyShape, {
    target: 'draft-7',
    override: ({ jsonSchema }) => allowReferences(jsonSchema),
  });
  return `${JSON.stringify({ ...schema, title: 'Millrace topology, version 1' }, null, 2)}\n`;
}

/** A number, truth value, choice or name may also be given as a reference to the environment, a text until it is replaced. */
function allowReferences(schema: z.core.JSONSchema.BaseSchema): void {
  const restricted =
    schema.type === 'number' ||
    schema.type === 'integer' ||
    schema.type === 'boolean' ||
    schema.enum !== undefined ||
    schema.pattern !== undefined;
  if (!restricted) return;
  const { description, ...rest } = { ...schema };
  for (const key of Object.keys(schema)) delete schema[key];
  if (description !== undefined) schema.description = description;
  schema.anyOf = [rest, { type: 'string', pattern: '\\$\\{' }];
}

if (import.meta.filename === process.argv[1]) writeFileSync(SCHEMA_FILE, topologyJsonSchema());
