import type { Diagnostics, Located } from '../core/diagnostic.ts';
import { analyzeItems, compileRow, usedColumns, type Expression, type Scope, type SelectItem } from '../sql/sql.ts';
import type { KafkaTarget, SinkSpec } from '../topology/spec.ts';
import { relationAt, type Attachment } from './builder.ts';
import { checkCsvColumns } from './csv-columns.ts';
import type { PlanSink, RowShape } from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { tellRowsApart } from './table-key.ts';
import type { ColumnUse } from './view-context.ts';

/** Attaches a sink to what it writes, after checking that the output mode has a meaning there. */
export function planSink(spec: SinkSpec, from: Attachment, diagnostics: Diagnostics, uses: ColumnUse): void {
  const relation = relationAt(from);
  if (!checkOutputMode(spec, relation, diagnostics)) return;
  const { target } = spec;
  const sink =
    target.kind === 'console' ? consoleSink(spec, from, uses) : kafkaSink(spec, target, from, diagnostics, uses);
  if (sink !== null) from.builder.sinks.push(sink);
}

/** Spark's rules for output modes, with its error class. */
function checkOutputMode(spec: SinkSpec, relation: Relation, diagnostics: Diagnostics): boolean {
  const { value: mode, span } = spec.outputMode;
  const refuse = (message: string, remedy: string): boolean => {
    const code = 'STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION';
    diagnostics.error(code, span, message, remedy, `sink \`${spec.name.value}\``);
    return false;
  };
  if (relation.kind === 'stream' && mode === 'complete') {
    return refuse(
      `output mode complete needs the table of an aggregation, and \`${spec.from.value}\` is a stream`,
      'write `outputMode: append`',
    );
  }
  if (mode === 'append' && relation.neverFinal !== null) {
    const { why, remedy } = relation.neverFinal;
    return refuse(
      `output mode append writes rows when they are final, and ${why}`,
      `${remedy}; or write \`outputMode: update\` (rows that changed), \`outputMode: complete\` (all rows), or \`emit: newKeys\` on the view (each group once, as it was first)`,
    );
  }
  return true;
}

function consoleSink(spec: SinkSpec, from: Attachment, uses: ColumnUse): PlanSink | null {
  const { target } = spec;
  if (target.kind !== 'console') return null;
  const { schema } = relationAt(from);
  uses(from, new Set(schema.keys()));
  const { numRows, truncate } = target;
  return {
    kind: 'console',
    name: spec.name.value,
    from: from.ref,
    outputMode: spec.outputMode.value,
    schema,
    options: { numRows, truncate },
  };
}

function kafkaSink(
  spec: SinkSpec,
  target: KafkaTarget,
  from: Attachment,
  diagnostics: Diagnostics,
  uses: ColumnUse,
): PlanSink | null {
  const relation = relationAt(from);
  const scope: Scope = { columns: relation.schema, qualifiers: relation.qualifiers };
  const subject = `sink \`${spec.name.value}\``;
  const analyze = (texts: readonly Located<string>[]): SelectItem[] | null => {
    const items = analyzeItems(texts, scope, diagnostics, subject);
    const generator = items?.find(({ expression: { kind } }) => kind === 'generator' || kind === 'window');
    if (generator === undefined) return items;
    diagnostics.error(
      'UNSUPPORTED_GENERATOR',
      generator.expression.span,
      'a sink writes one row for each row of its input',
      'explode, or assign windows, in a view',
      subject,
    );
    return null;
  };
  const keyItems = target.key === null ? [] : analyze(target.key);
  const valueItems = target.select === null ? columnItems(relation, spec) : analyze(target.select);
  if (keyItems === null || valueItems === null) return null;
  if (target.format.name === 'csv') {
    const columns = valueItems.map(({ name, expression }) => ({ name, type: expression.type }));
    checkCsvColumns(columns, target.span, diagnostics, subject);
  }
  if (target.format.name === 'text' && valueItems.length !== 1) {
    diagnostics.error(
      'MILLRACE_TEXT_COLUMNS',
      target.span,
      `format text writes one column, and there are ${valueItems.length}`,
      'name one with `value: { format: text, select: [ … ] }`, or use format json',
      subject,
    );
    return null;
  }
  uses(from, usedColumns(expressionsOf([...keyItems, ...valueItems])));
  return {
    kind: 'kafka',
    name: spec.name.value,
    from: from.ref,
    topic: target.topic.value,
    outputMode: spec.outputMode.value,
    key: target.key === null ? null : shapeOf(keyItems),
    wholeKey: relation.key !== null && tellRowsApart(relation.key, expressionsOf(keyItems)),
    value: { ...shapeOf(valueItems), format: target.format },
    onError: spec.onError.value,
  };
}

const shapeOf = (items: readonly SelectItem[]): RowShape => ({
  schema: items.map(({ name, expression }) => ({ name, type: expression.type })),
  row: compileRow(expressionsOf(items)),
});

const expressionsOf = (items: readonly SelectItem[]): Expression[] => items.map((item) => item.expression);

const columnItems = (relation: Relation, spec: SinkSpec): SelectItem[] =>
  relation.schema.map(({ name, type }, index) => ({
    name,
    expression: { kind: 'column', index, name, type, span: spec.from.span },
  }));
