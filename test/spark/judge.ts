import { Diagnostics } from '../../src/core/diagnostic.ts';
import { MillraceError } from '../../src/core/errors.ts';
import type { DataType, Row } from '../../src/core/types.ts';
import { typeName } from '../../src/core/types.ts';
import { makeAggregator } from '../../src/sql/aggregator.ts';
import type { Backend } from '../../src/sql/backend.ts';
import { analyzeItems, GroupedAnalysis } from '../../src/sql/sql.ts';
import { at, BACKENDS, CONTEXT } from '../sql/support.ts';
import type { Entry, Json, Outcome, Table } from './corpus.ts';
import { encode, entriesOf, readTables } from './corpus.ts';

/** One expression over one row (or group), and what either side makes of it. */
export interface Pair {
  readonly family: string;
  readonly expression: string;
  /** Position of the row in its table, or the number of the group. */
  readonly row: number;
  readonly spark: string;
  readonly ours: string;
  readonly agrees: boolean;
}

const tables = readTables();

/** Every pair of a family; both backends have to agree with Spark. */
export function judge(family: string): Pair[] {
  return entriesOf(family).flatMap((entry) => pairsOf(family, entry));
}

function pairsOf(family: string, entry: Entry): Pair[] {
  const table = tables.get(entry.table ?? entry.groups ?? '');
  if (table === undefined) throw new Error(`${entry.expression}: no table`);
  const answers = BACKENDS.map(([, backend]) =>
    entry.groups === undefined ? overRows(entry, table, backend) : overGroups(entry, table, backend),
  );
  const wanted = entry.results ?? [{ error: entry.refused ?? '' }];
  return wanted.map((result, i) => {
    const type = entry.type ?? null;
    const given = answers.map(
      (answer): Answer => answer.at(entry.refused === undefined ? i : 0) ?? { error: 'nothing' },
    );
    const wrong = given.find((answer) => !agree(entry.expression, result, type, answer));
    return {
      family,
      expression: entry.expression,
      row: result.group ?? (entry.refused === undefined ? i : 0),
      spark: 'error' in result ? result.error : `${JSON.stringify(result.value)} ${type}`,
      ours: shown(wrong ?? given[0]),
      agrees: wrong === undefined,
    };
  });
}

/** An outcome of ours; a value with its type, an error that is no refusal of the user's input as `crash: …`. */
type Answer = { readonly value: Json; readonly type: string } | { readonly error: string };

const shown = (answer: Answer): string =>
  'error' in answer ? answer.error : `${JSON.stringify(answer.value)} ${answer.type}`;

function overRows({ expression, refused }: Entry, table: Table, backend: Backend): Answer[] {
  const diagnostics = new Diagnostics();
  return answersOf(() => {
    const items = analyzeItems([at(expression)], { columns: table.schema, qualifiers: [] }, diagnostics, '');
    if (items === null) return refusal(diagnostics, table.rows.length);
    const [item] = items;
    const rows = refused === undefined ? table.rows : table.rows.slice(0, 1);
    const evaluate = backend.value(item.expression);
    return rows.map((row) => attempt(item.expression.type, () => evaluate(row, CONTEXT)));
  }, table.rows.length);
}

const NO_ROWS: NonNullable<Entry['results']> = [{ value: null, group: 0 }];

/** Groups are the values of the first column; group 0 has no rows. */
function overGroups({ expression, results = NO_ROWS }: Entry, table: Table, backend: Backend): Answer[] {
  const diagnostics = new Diagnostics();
  return answersOf(() => {
    const analysis = new GroupedAnalysis({ columns: table.schema, qualifiers: [] }, [], diagnostics, '');
    const items = analysis.items([at(expression)]);
    if (items === null) return refusal(diagnostics, results.length);
    const [item] = items;
    const aggregator = makeAggregator(analysis.calls, backend);
    const finish = backend.value(item.expression);
    return results.map(({ group }) =>
      attempt(item.expression.type, () => {
        const buffer = aggregator.initial();
        for (const row of table.rows) if (row[0] === group) aggregator.update(buffer, row, CONTEXT);
        const output: Row = [];
        aggregator.finish(buffer, output);
        return finish(output, CONTEXT);
      }),
    );
  }, results.length);
}

const refusal = (diagnostics: Diagnostics, count: number): Answer[] =>
  Array.from({ length: count }, () => ({ error: diagnostics.all[0].code }));

const crash = (error: unknown): Answer => ({ error: `crash: ${error instanceof Error ? error.message : 'unknown'}` });

function answersOf(evaluate: () => Answer[], count: number): Answer[] {
  try {
    return evaluate();
  } catch (error) {
    return Array.from({ length: count }, () => crash(error));
  }
}

function attempt(type: DataType, evaluate: () => Row[number]): Answer {
  try {
    return { value: encode(evaluate(), type), type: typeName(type) };
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'EXPRESSION_FAILED') return crash(error);
    return { error: String(error.details.errorClass) };
  }
}

/** Error classes agree by their first part, and no matter whether analysis or evaluation finds the mistake. */
function agree(expression: string, spark: Outcome, type: string | null, ours: Answer): boolean {
  if ('error' in spark || 'error' in ours) {
    if (!('error' in spark && 'error' in ours) || ours.error.startsWith('crash')) return false;
    return spark.error === 'ANY' || spark.error.split('.')[0] === ours.error.split('.')[0];
  }
  return ours.type === type && same(spark.value, ours.value, expression);
}

/** Functions whose last bit is the library's: Java's and V8's are both within one unit of the last place. */
const APPROXIMATE =
  /\b(exp|expm1|ln|log|log10|log2|log1p|power|pow|cbrt|hypot|a?sinh?|a?cosh?|a?tanh?|atan2|cot|sec|csc|degrees|radians)\(/;
/** Aggregates whose elements come in no particular order. */
const UNORDERED = /^collect_set\(|^collect_list\(distinct/;

function same(a: Json, b: Json, expression: string): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    if (!UNORDERED.test(expression)) return a.every((value, i) => same(value, b[i], expression));
    const [left, right] = [a, b].map((values) => values.map((value) => JSON.stringify(value)).toSorted());
    return left.every((value, i) => value === right[i]);
  }
  if (typeof a === 'number' && typeof b === 'number' && APPROXIMATE.test(expression))
    return Math.abs(a - b) <= Number.EPSILON * Math.abs(a);
  return a === b;
}
