import type { Field, Value } from '../../core/types.ts';
import { STRING, structOf } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandsAt, unexpected } from '../function-spec.ts';

function namedStruct(site: CallSite): Expression {
  if (site.count === 0 || site.count % 2 !== 0) expectCount(site, Math.max(2, site.count + 1));
  const operands = operandsAt(site);
  const fields: Field[] = [];
  for (let i = 0; i < operands.length; i += 2) {
    const name = operands[i];
    if (name.kind !== 'literal' || typeof name.value !== 'string')
      throw unexpected(site, i, name, 'a name as a string literal');
    fields.push({ name: name.value, type: operands[i + 1].type });
  }
  return structure(
    site,
    fields,
    operands.filter((_, i) => i % 2 === 1),
  );
}

function struct(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = operandsAt(site);
  const fields = operands.map((o, i) => ({
    name: o.kind === 'column' || o.kind === 'field' || o.kind === 'variable' ? o.name : `col${i + 1}`,
    type: o.type,
  }));
  return structure(site, fields, operands);
}

/** The names are part of the meaning, hence of the text: the call reads as named_struct. */
function structure(site: CallSite, fields: readonly Field[], values: readonly Expression[]): Expression {
  const names = fields.map((f): Expression => ({ kind: 'literal', value: f.name, type: STRING, span: site.span }));
  const operands = values.flatMap((value, i) => [names[i], value]);
  const build = (...pairs: Value[]): Value => pairs.filter((_, i) => i % 2 === 1);
  return call({ ...site, name: 'named_struct' }, operands, structOf(...fields), build, { nulls: 'passed' });
}

const family = 'collections';

/** Functions that make structs. */
export const STRUCTS: readonly FunctionSpec[] = [
  {
    name: 'named_struct',
    family,
    signature: "named_struct('name', value, …) -> struct",
    summary: 'a struct with these fields',
    build: namedStruct,
  },
  {
    name: 'struct',
    family,
    signature: 'struct(a, b as name, …) -> struct',
    summary: 'a struct of the values; columns keep their names',
    build: struct,
  },
];
