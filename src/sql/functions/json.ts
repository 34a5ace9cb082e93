import { STRING } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, takes, unexpected } from '../function-spec.ts';
import { jsonAt, jsonWriter } from '../json.ts';
import { isAtomic } from '../atomic.ts';

function toJson(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (isAtomic(operand.type)) throw unexpected(site, 0, operand, 'a struct, an array or a map');
  return call(site, [operand], STRING, jsonWriter(operand.type));
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
    name: 'get_json_object',
    family,
    signature: 'get_json_object(json string, path string) -> string',
    summary: 'what a path such as $.a.b[0] leads to, null when nothing is there',
    build: takes([STRING, STRING], STRING, jsonAt),
  },
];
