import { AGGREGATES } from './aggregates.ts';
import type { FunctionSpec } from './function-spec.ts';
import { ATTEMPTS } from './functions/attempts.ts';
import { ARRAY_ORDER } from './functions/array-order.ts';
import { ARRAY_SETS } from './functions/array-sets.ts';
import { ARRAYS } from './functions/arrays.ts';
import { BITS } from './functions/bits.ts';
import { CASTS } from './functions/casts.ts';
import { CONDITIONALS } from './functions/conditionals.ts';
import { ENCODINGS } from './functions/encodings.ts';
import { HASHES } from './functions/hashes.ts';
import { HIGHER_ORDER } from './functions/higher-order.ts';
import { JSON_FUNCTIONS } from './functions/json.ts';
import { MAPS } from './functions/maps.ts';
import { MATH } from './functions/math.ts';
import { NUMBERS } from './functions/numbers.ts';
import { REGEX } from './functions/regex.ts';
import { STRING_SEARCH } from './functions/string-search.ts';
import { STRINGS } from './functions/strings.ts';
import { STRUCTS } from './functions/structs.ts';
import { TEXT_FORMAT } from './functions/text-format.ts';
import { TIME_CONVERSION } from './functions/time-conversion.ts';
import { TIME_MOVES } from './functions/time-moves.ts';
import { TIME_PARTS } from './functions/time-parts.ts';
import { URLS } from './functions/urls.ts';
import { WINDOW_FUNCTIONS } from './functions/windows.ts';

const SCALARS: readonly FunctionSpec[] = [
  ...STRINGS,
  ...STRING_SEARCH,
  ...REGEX,
  ...ENCODINGS,
  ...TEXT_FORMAT,
  ...URLS,
  ...NUMBERS,
  ...MATH,
  ...BITS,
  ...ATTEMPTS,
  ...CONDITIONALS,
  ...CASTS,
  ...ARRAYS,
  ...ARRAY_SETS,
  ...ARRAY_ORDER,
  ...HIGHER_ORDER,
  ...MAPS,
  ...STRUCTS,
  ...TIME_PARTS,
  ...TIME_MOVES,
  ...TIME_CONVERSION,
  ...WINDOW_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...HASHES,
];

const byName = new Map(
  SCALARS.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])].map((name) => [name, spec] as const)),
);

export const GENERATORS = [
  'explode',
  'explode_outer',
  'posexplode',
  'posexplode_outer',
  'inline',
  'inline_outer',
] as const;
export type GeneratorName = (typeof GENERATORS)[number];
export const isGenerator = (name: string): name is GeneratorName => GENERATORS.some((g) => g === name);

/** Operators that are another way to write a function. */
const OPERATORS: Readonly<Record<string, string>> = {
  '<<': 'shiftleft',
  '>>': 'shiftright',
  '>>>': 'shiftrightunsigned',
};

/** The scalar function of a name in lower case, or of an operator. */
export const scalarFunction = (name: string): FunctionSpec | undefined => byName.get(OPERATORS[name] ?? name);

/** Every name a call may have, for "did you mean". */
export const functionNames = (): string[] => [...byName.keys(), ...AGGREGATES.keys(), ...GENERATORS, 'window'];

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
  ...[...AGGREGATES].map(([name, spec]) => ({
    name,
    family: 'aggregates',
    signature: spec.signature,
    summary: name === spec.name ? spec.summary : `the same as ${spec.name}`,
  })),
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
  {
    name: 'posexplode_outer',
    family: 'generators',
    signature: 'posexplode_outer(a array|map) -> rows',
    summary: 'a row per element with its position; one row of nulls for null or empty',
  },
  {
    name: 'inline',
    family: 'generators',
    signature: 'inline(a array<struct>) -> rows',
    summary: 'a row per struct, its fields as columns; none for null or empty',
  },
  {
    name: 'inline_outer',
    family: 'generators',
    signature: 'inline_outer(a array<struct>) -> rows',
    summary: 'a row per struct, its fields as columns; one row of nulls for null or empty',
  },
  {
    name: 'window',
    family: 'time',
    signature:
      'window(time timestamp|window, size interval [, slide interval [, start interval [, zone string]]]) -> struct',
    summary:
      'the windows [start, end) that a time falls into, as a group or an item of select; rows without a time are in none',
  },
];
