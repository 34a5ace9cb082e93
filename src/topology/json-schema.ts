import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { testFileShape, topologyShape } from './shape.ts';

/** Where the generated schema is kept, for editors and the package. */
export const SCHEMA_FILE = new URL('../../schema/topology.v1.json', import.meta.url);
/** The one of files `*.test.yaml`. */
export const TESTS_SCHEMA_FILE = new URL('../../schema/tests.v1.json', import.meta.url);

/** The JSON Schema of topology files, as text; made from the shape that `lint` checks. */
export const topologyJsonSchema = (): string => jsonSchema(topologyShape, 'Millrace topology, version 1');

/** The same of files of tests. */
export const testsJsonSchema = (): string => jsonSchema(testFileShape, 'Tests of a Millrace topology, version 1');

function jsonSchema(shape: z.ZodType, title: string): string {
  const schema = z.toJSONSchema(shape, {
    target: 'draft-7',
    override: ({ jsonSchema: part }) => allowReferences(part),
  });
  return `${JSON.stringify({ ...schema, title }, null, 2)}\n`;
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

if (import.meta.filename === process.argv[1]) {
  writeFileSync(SCHEMA_FILE, topologyJsonSchema());
  writeFileSync(TESTS_SCHEMA_FILE, testsJsonSchema());
}
