import { AGGREGATES } from './aggregates.ts';
import type { FunctionSpec } from './function-spec.ts';
import { ARRAYS } from './functions/arrays.ts';
import { CONDITIONALS } from './functions/conditionals.ts';
import { HASHES } from './functions/hashes.ts';
import { HIGHER_ORDER } from './functions/higher-order.ts';
import { JSON_FUNCTIONS } from './functions/json.ts';
import { NUMBERS } from './functions/numbers.ts';
import { STRINGS } from './functions/strings.ts';
import { STRUCTURES } from './functions/structures.ts';
import { TIME } from './functions/time.ts';

const SCALARS: readonly FunctionSpec[] = [
  ...STRINGS,
  ...NUMBERS,
  ...CONDITIONALS,
  ...ARRAYS,
  ...HIGHER_ORDER,
  ...STRUCTURES,
  ...TIME,
  ...JSON_FUNCTIONS,
  ...HASHES,
];

const byName = new Map(
  SCALARS.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])].map((name) => [name, spec] as const)),
);

export const GENERATORS = ['explode', 'explode_outer', 'posexplode'] as const;
export type GeneratorName = (typeof GENERATORS)[number];
export const isGenerator = (name: string): name is GeneratorName => GENERATORS.some((g) => g === name);

/** The scalar function of a name in lower case. */
export const scalarFunction = (name: string): FunctionSpec | undefined => byName.get(name);

/** Every name a call may have, for "did you mean". */
export const functionNames = (): string[] => [...byName.keys(), ...AGGREGATES.keys(), ...GENERATORS];

/** One function as documentation shows it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly family: string;
  readonly signature: string;
  readonly summary: string;
}

const entry = ({ name, family, signature, summary }: CatalogueEntry): CatalogueEntry => ({
  name,
  family,
  signature,
  summary,
});

/** Every function of the language; an alias has an entry of its own. */
export const functionCatalogue: readonly CatalogueEntry[] = [
  ...SCALARS.flatMap((spec) => [
    entry(spec),
    ...(spec.aliases ?? []).map((name) => ({ ...entry(spec), name, summary: `the same as ${spec.name}` })),
  ]),
  ...[...AGGREGATES].map(([name, { signature, summary }]) => ({ name, family: 'aggregates', signature, summary })),
  {
    name: 'explode',
    family: 'generators',
    signature: 'explode(a array|map) -> rows',
    summary: 'a row per element; none for null or empty',
  },
  {
    name: 'explode_outer',
    family: 'generators',
    signature: 'explode_outer(a array|map) -> rows',
    summary: 'a row per element; one row of nulls for null or empty',
  },
  {
    name: 'posexplode',
    family: 'generators',
    signature: 'posexplode(a array|map) -> rows',
    summary: 'a row per element with its position, from 0; none for null or empty',
  },
];
