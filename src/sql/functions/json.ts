import type { Located } from '../../core/diagnostic.ts';
import type { DataType } from '../../core/types.ts';
import { arrayOf, INT, STRING } from '../../core/types.ts';
import { isAtomic } from '../atomic.ts';
import { coerced } from '../coercion.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, takes, unexpected } from '../function-spec.ts';
import { jsonAt, parsed } from '../json-path.ts';
import { jsonReader } from '../json-reader.ts';
import { JsonArray, JsonObject } from '../json-tree.ts';
import { jsonWriter } from '../json.ts';
import { parseNestedType } from '../type-parser.ts';

function toJson(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind === 'void') return coerced(operand, STRING);
  if (isAtomic(operand.type)) throw unexpected(site, 0, operand, 'a struct, an array or a map');
  return call(site, [operand], STRING, jsonWriter(operand.type));
}

function fromJson(site: CallSite): Expression {
  expectCount(site, 2);
  const ddl = site.operand(1);
  if (ddl.kind !== 'literal' || typeof ddl.value !== 'string') {
    const message = "the schema must be a literal such as 'a int, b array<string>'";
    throw new Complaint('INVALID_SCHEMA.NON_STRING_LITERAL', ddl.span, message);
  }
  // Offsets in the literal's value are not those in the file, where it has quotes and escapes.
  const source: Located<string> = { value: ddl.value, span: { ...ddl.span, verbatim: false } };
  const type = parseNestedType(source);
  const key = keyThatIsNoString(type);
  if (key !== null) {
    const message = `the keys of a map in JSON are strings, not ${key.kind}`;
    throw new Complaint('DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE', ddl.span, message);
  }
  return call(site, [operandAs(site, 0, STRING), ddl], type, jsonReader(type));
}

function keyThatIsNoString(type: DataType): DataType | null {
  switch (type.kind) {
    case 'array':
      return keyThatIsNoString(type.element);
    case 'map':
      return type.key.kind === 'string' ? keyThatIsNoString(type.value) : type.key;
    case 'struct':
      return type.fields.map((field) => keyThatIsNoString(field.type)).find((key) => key !== null) ?? null;
    default:
      return null;
  }
}

function arrayLength(text: string): number | null {
  const json = parsed(text)?.value;
  return json instanceof JsonArray ? json.items.length : null;
}

function objectKeys(text: string): string[] | null {
  const json = parsed(text)?.value;
  return json instanceof JsonObject ? json.entries.map(([key]) => key) : null;
}

const family = 'json';

export const JSON_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'to_json',
    family,
    signature: 'to_json(value struct|array|map) -> string',
    summary: 'the value as JSON; fields that are null are left out',
    build: toJson,
  },
  {
    name: 'from_json',
    family,
    signature: 'from_json(json string, schema string) -> struct|array|map',
    summary: "the value of a schema such as 'a int, b array<string>'; what does not fit is null",
    build: fromJson,
  },
  {
    name: 'get_json_object',
    family,
    signature: 'get_json_object(json string, path string) -> string',
    summary: 'what a path such as $.a.b[0] or $.a[*].b leads to, null when nothing is there',
    build: takes([STRING, STRING], STRING, jsonAt),
  },
  {
    name: 'json_array_length',
    family,
    signature: 'json_array_length(json string) -> int',
    summary: 'number of elements of the outermost array, null when there is none',
    build: takes([STRING], INT, arrayLength),
  },
  {
    name: 'json_object_keys',
    family,
    signature: 'json_object_keys(json string) -> array<string>',
    summary: 'keys of the outermost object, null when there is none',
    build: takes([STRING], arrayOf(STRING), objectKeys),
  },
];
