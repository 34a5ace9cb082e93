import type { Diagnostics, Located } from '../core/diagnostic.ts';
import type { Field } from '../core/types.ts';
import { INT, typeName } from '../core/types.ts';
import { Analyzer } from './analyzer.ts';
import { isGenerator } from './catalogue.ts';
import { condition } from './coercion.ts';
import { Complaint, reporting } from './complaint.ts';
import type { Expression, Generator } from './expression.ts';
import { defaultName } from './naming.ts';
import { parseExpression, parseItem } from './parser.ts';
import type { Scope } from './scope.ts';
import { isQualifier, member, unknownColumn } from './scope.ts';
import type { CallSyntax, ItemSyntax, StarSyntax } from './syntax.ts';
import { isWindowCall, windowExpression } from './window-call.ts';

/** One column of a view's output. A generator stands for the columns of its `outputs`; the name is that of the first. */
export interface SelectItem {
  /** The alias, else Spark's name for the expression. */
  readonly name: string;
  readonly expression: Expression;
}

/**
 * The select items of a view without groupBy, in order. One text may become several items (`*`, `t.*`, `struct.*`). Null when there was an
 * error; every text's complaint goes to `diagnostics`.
 */
export function analyzeItems(
  items: readonly Located<string>[],
  scope: Scope,
  diagnostics: Diagnostics,
  subject: string,
): SelectItem[] | null {
  let failed = false;
  const result: SelectItem[] = [];
  for (const text of items) {
    const analyzed = reporting(diagnostics, subject, () => {
      const found = itemsOf(parseItem(text), new Analyzer(text, scope));
      if (found.some(isWindowItem) && result.some(isWindowItem)) {
        const message = 'several windows would make a row of every pair of them, which is not supported';
        throw new Complaint('MILLRACE_MULTIPLE_WINDOWS', text.span, message, 'put one of them in a view of its own');
      }
      if (found.some(isGeneratorItem) && result.some(isGeneratorItem)) {
        const remedy = 'put one of them in a view of its own';
        throw new Complaint(
          'UNSUPPORTED_GENERATOR.MULTI_GENERATOR',
          text.span,
          'a view takes one generator such as explode',
          remedy,
        );
      }
      return found;
    });
    if (analyzed === null) failed = true;
    else result.push(...analyzed);
  }
  return failed ? null : result;
}

const isWindowItem = (item: SelectItem): boolean => item.expression.kind === 'window';
const isGeneratorItem = (item: SelectItem): boolean => item.expression.kind === 'generator' || isWindowItem(item);

/** A condition such as that of `where`. Null when there was an error. */
export function analyzePredicate(
  text: Located<string>,
  scope: Scope,
  diagnostics: Diagnostics,
  subject: string,
): Expression | null {
  return reporting(diagnostics, subject, () =>
    condition(new Analyzer(text, scope).analyze(parseExpression(text)), 'a condition'),
  );
}

function itemsOf({ expression, aliases }: ItemSyntax, analyzer: Analyzer): SelectItem[] {
  if (expression.kind === 'star') {
    if (aliases.length === 0) return starItems(expression, analyzer);
    throw new Complaint(
      'PARSE_SYNTAX_ERROR',
      analyzer.spanOf(aliases[0]),
      '`*` takes no alias',
      'name the columns one by one',
    );
  }
  if (expression.kind === 'call' && isGenerator(expression.name.name.toLowerCase())) {
    return [
      generatorItem(
        expression,
        aliases.map((a) => a.name),
        analyzer,
      ),
    ];
  }
  const item = { expression, aliases };
  return [namedItem(item, analyzer, isWindowCall(expression) ? windowExpression(expression, analyzer) : undefined)];
}

/** An item that is one column: its name and its expression, which is `analyzed` where that is given. */
export function namedItem(
  { expression, aliases }: ItemSyntax,
  analyzer: Analyzer,
  analyzed: Expression = analyzer.analyze(expression),
): SelectItem {
  if (aliases.length > 1) {
    const message = `the expression is one column, not ${aliases.length}`;
    throw new Complaint('PARSE_SYNTAX_ERROR', analyzer.spanOf(aliases[1]), message, 'give it one alias');
  }
  return {
    name: aliases.length === 1 ? aliases[0].name : defaultName(expression),
    expression: analyzed,
  };
}

/** The columns of `*` and `t.*`, or the fields of `struct.*`. */
function starItems({ parts, start, end }: StarSyntax, analyzer: Analyzer): SelectItem[] {
  const { scope } = analyzer;
  const span = analyzer.spanOf({ start, end });
  if (parts.length === 0 || (parts.length === 1 && isQualifier(scope, parts[0].name))) {
    return scope.columns.map(({ name, type }, index) => ({
      name,
      expression: { kind: 'column', index, name, type, span },
    }));
  }
  const place = { start, end: parts[parts.length - 1].end };
  if (parts.length === 1 && !scope.columns.some((c) => c.name.toLowerCase() === parts[0].name.toLowerCase())) {
    throw unknownColumn(scope, parts[0].name, analyzer.spanOf(parts[0]));
  }
  const struct = analyzer.analyze({ kind: 'name', parts, ...place });
  if (struct.type.kind !== 'struct') {
    throw new Complaint('CANNOT_RESOLVE_STAR_EXPAND', span, `\`.*\` needs a struct, this is ${typeName(struct.type)}`);
  }
  return struct.type.fields.map(({ name }) => ({ name, expression: member(struct, name, span, span) }));
}

function generatorItem(syntax: CallSyntax, aliases: readonly string[], analyzer: Analyzer): SelectItem {
  const name = syntax.name.name.toLowerCase() as Generator['function'];
  const span = analyzer.spanOf(syntax);
  if (syntax.operands.length !== 1) {
    const message = `\`${name}\` takes 1 argument, not ${syntax.operands.length}`;
    throw new Complaint('WRONG_NUM_ARGS.WITHOUT_SUGGESTION', span, message, `write ${name}(array)`);
  }
  const argument = analyzer.analyze(syntax.operands[0]);
  const made = generatedColumns(argument, name);
  if (aliases.length > 0 && aliases.length !== made.length) {
    const message = `\`${name}\` makes ${made.length} column${made.length === 1 ? '' : 's'}, not ${aliases.length}`;
    const remedy = made.length === 1 ? 'give it one alias' : `write as (${made.map((f) => f.name).join(', ')})`;
    throw new Complaint('UDTF_ALIAS_NUMBER_MISMATCH', span, message, remedy);
  }
  const outputs = made.map((field, i) => ({ name: aliases[i] ?? field.name, type: field.type }));
  return {
    name: outputs[0].name,
    expression: { kind: 'generator', function: name, argument, outputs, type: outputs[0].type, span },
  };
}

function generatedColumns(argument: Expression, name: Generator['function']): Field[] {
  const { type } = argument;
  if (name.startsWith('inline')) {
    if (type.kind === 'array' && type.element.kind === 'struct' && type.element.fields.length > 0)
      return [...type.element.fields];
    const message = `\`${name}\` takes an array of structs, this is ${typeName(type)}`;
    throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', argument.span, message, 'use explode');
  }
  const position = name.startsWith('posexplode') ? [{ name: 'pos', type: INT }] : [];
  if (type.kind === 'array') return [...position, { name: 'col', type: type.element }];
  if (type.kind === 'map') return [...position, { name: 'key', type: type.key }, { name: 'value', type: type.value }];
  const message = `\`${name}\` takes an array or a map, this is ${typeName(type)}`;
  throw new Complaint(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    argument.span,
    message,
    'a text becomes an array by split',
  );
}
