import type { Value } from '../core/types.ts';
import type { AggregateCall, Slot } from './aggregates/aggregate-call.ts';
import type { Backend } from './backend.ts';
import { castFunction, isIdentity } from './conversion.ts';
import type { Call, Expression, Lambda } from './expression.ts';
import { listOf } from './interpret.ts';

/**
 * Evaluation by generated JavaScript: straight-line code with null checks in place. Nothing that a user wrote is pasted into the code:
 * strings, functions and patterns are handed over as constants `k0`, `k1`…, columns are positions.
 */
export const generated: Backend = {
  row(expressions) {
    const code = new Code();
    const values = expressions.map((expression) => code.value(expression).code);
    return code.compile(['row', 'context'], `return [${values.join(', ')}];`);
  },
  value(expression) {
    const code = new Code();
    return code.compile(['row', 'context'], `return ${code.value(expression).code};`);
  },
  predicate(expression) {
    const code = new Code();
    code.filter(expression);
    return code.compile(['row', 'context'], 'return true;');
  },
  update(calls) {
    const code = new Code();
    const slots = calls.flatMap((call) => call.slots);
    const names = slots.map((_, i) => code.declare('let', `buffer[${i}]`));
    let at = 0;
    for (const call of calls) {
      code.take(call, names.slice(at, at + call.slots.length));
      at += call.slots.length;
    }
    // Stored at the end, so that a row that fails leaves the buffer as it was.
    return code.compile(['buffer', 'row', 'context'], names.map((name, i) => `buffer[${i}] = ${name};`).join('\n'));
  },
};

/** True where the process may compile code at run time. */
export function canGenerate(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- asks whether it is allowed
    return new Function('return true')() === true;
  } catch (error) {
    if (error instanceof EvalError) return false;
    throw error;
  }
}

/** Code for a value that can be repeated without effect or cost: a local, a constant or a literal. */
interface Operand {
  readonly code: string;
  readonly nullable: boolean;
}

class Code {
  private readonly lines: string[] = [];
  private readonly constants: unknown[] = [];
  private names = 0;

  /** The function of these parameters that runs what was emitted, then `ending`. */
  compile<F>(parameters: readonly string[], ending: string): F {
    const constants = this.constants.map((_, i) => `k${i}`);
    const body = `'use strict';\nreturn function (${parameters.join(', ')}) {\n${this.lines.join('\n')}\n${ending}\n};`;
    // oxlint-disable-next-line typescript/no-implied-eval -- the code is ours: see the comment at the top
    return new Function(...constants, body)(...this.constants) as F;
  }

  declare(keyword: 'let' | 'const', code: string): string {
    const name = `v${this.names++}`;
    this.lines.push(`${keyword} ${name} = ${code};`);
    return name;
  }

  private constant(value: unknown): string {
    const known = this.constants.indexOf(value);
    return `k${known >= 0 ? known : this.constants.push(value) - 1}`;
  }

  /** Returns false from the function unless the condition is true; conjuncts are checked one by one. */
  filter(expression: Expression): void {
    if (expression.kind === 'and') {
      this.filter(expression.left);
      this.filter(expression.right);
    } else this.lines.push(`if (${this.value(expression).code} !== true) return false;`);
  }

  value(expression: Expression): Operand {
    switch (expression.kind) {
      case 'literal':
        return { code: this.literal(expression.value), nullable: expression.value === null };
      case 'column':
        return { code: this.declare('const', `row[${expression.index}]`), nullable: true };
      case 'variable':
        return { code: `p${expression.id}`, nullable: true };
      case 'batchTime':
        return { code: this.declare('const', 'context.batchTime'), nullable: false };
      case 'generator':
        return this.value(expression.argument);
      case 'field': {
        const struct = this.value(expression.operand).code;
        return {
          code: this.declare('const', `${struct} === null ? null : ${struct}[${expression.index}]`),
          nullable: true,
        };
      }
      case 'isNull': {
        const operand = this.value(expression.operand);
        return {
          code: this.declare('const', operand.nullable ? `${operand.code} === null` : 'false'),
          nullable: false,
        };
      }
      case 'and':
      case 'or':
        return this.logic(expression.kind === 'or', expression.left, expression.right);
      case 'in':
        return this.membership(expression);
      case 'cast': {
        const operand = this.value(expression.operand);
        if (isIdentity(expression.operand.type, expression.type)) return operand;
        const cast = this.constant(castFunction(expression.operand.type, expression.type, expression.attempt));
        const code = operand.nullable
          ? `${operand.code} === null ? null : ${cast}(${operand.code})`
          : `${cast}(${operand.code})`;
        // NaN is no decimal, and becomes null.
        const mayGiveNull = expression.attempt || expression.type.kind === 'decimal';
        return { code: this.declare('const', code), nullable: operand.nullable || mayGiveNull };
      }
      case 'case':
        return this.choice(expression);
      case 'coalesce':
        return this.firstPresent(expression.operands);
      case 'call':
        return expression.nulls === 'strict' ? this.strictCall(expression) : this.passingCall(expression);
      case 'lambda':
        return this.lambda(expression);
      case 'window':
        throw new TypeError('a window is no value');
    }
  }

  private literal(value: Value): string {
    if (value === null || typeof value === 'boolean') return String(value);
    return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0) && value >= 0
      ? String(value)
      : this.constant(value);
  }

  private logic(decisive: boolean, left: Expression, right: Expression): Operand {
    const a = this.value(left);
    const result = this.declare('let', String(decisive));
    this.lines.push(`if (${a.code} !== ${decisive}) {`);
    const b = this.value(right);
    const unknown = [a, b].filter((o) => o.nullable).map((o) => `${o.code} === null`);
    const undecided = unknown.length === 0 ? '' : `${unknown.join(' || ')} ? null : `;
    this.lines.push(`${result} = ${b.code} === ${decisive} ? ${decisive} : ${undecided}${!decisive};`, '}');
    return { code: result, nullable: unknown.length > 0 };
  }

  private membership(expression: Extract<Expression, { kind: 'in' }>): Operand {
    const { code, nullable } = this.value(expression.operand);
    const { values, otherwise } = listOf(expression);
    const found = `${this.constant(values)}.has(${code})${otherwise === null ? ' ? true : null' : ''}`;
    return {
      code: this.declare('const', nullable ? `${code} === null ? null : ${found}` : found),
      nullable: nullable || otherwise === null,
    };
  }

  private choice({ branches, otherwise }: Extract<Expression, { kind: 'case' }>): Operand {
    const result = this.declare('let', 'null');
    for (const { when, then } of branches) {
      this.lines.push(`if (${this.value(when).code} === true) {`);
      this.lines.push(`${result} = ${this.value(then).code};`, '} else {');
    }
    this.lines.push(`${result} = ${this.value(otherwise).code};`, '}'.repeat(branches.length));
    return { code: result, nullable: true };
  }

  private firstPresent([first, ...rest]: readonly Expression[]): Operand {
    const operand = this.value(first);
    if (!operand.nullable || rest.length === 0) return operand;
    const result = this.declare('let', operand.code);
    this.lines.push(`if (${result} === null) {`);
    const other = this.firstPresent(rest);
    this.lines.push(`${result} = ${other.code};`, '}');
    return { code: result, nullable: other.nullable };
  }

  private strictCall({ operands, evaluate, inline }: Call): Operand {
    const blocks = this.lines.length;
    const result = `v${this.names++}`;
    const codes: string[] = [];
    let open = 0;
    for (const operand of operands) {
      const { code, nullable } = this.value(operand);
      codes.push(code);
      if (!nullable) continue;
      this.lines.push(`if (${code} !== null) {`);
      open++;
    }
    this.lines.splice(blocks, 0, `let ${result} = null;`);
    this.lines.push(
      `${result} = ${inline === null ? `${this.constant(evaluate)}(${codes.join(', ')})` : inline(...codes)};`,
      '}'.repeat(open),
    );
    return { code: result, nullable: open > 0 || inline === null };
  }

  private passingCall({ operands, evaluate }: Call): Operand {
    const codes = operands.map((operand) => this.value(operand).code);
    return { code: this.declare('const', `${this.constant(evaluate)}(${codes.join(', ')})`), nullable: true };
  }

  private lambda({ parameters, body }: Lambda): Operand {
    const name = this.declare('const', `(${parameters.map((p) => `p${p.id}`).join(', ')}) => {`);
    // The line was closed as a statement; what follows is the function's body.
    this.lines[this.lines.length - 1] = this.lines[this.lines.length - 1].replace(/;$/, '');
    this.lines.push(`return ${this.value(body).code};`, '};');
    return { code: name, nullable: false };
  }

  /** Brings the slots, which are locals, up to date with the row. */
  take({ operands, passesNull, filter, slots }: AggregateCall, names: readonly string[]): void {
    let open = 0;
    const require = (condition: string): void => {
      this.lines.push(`if (${condition}) {`);
      open++;
    };
    if (filter !== null) this.conjuncts(filter).forEach((conjunct) => require(`${this.value(conjunct).code} === true`));
    const codes = operands.map((operand, i) => {
      const { code, nullable } = this.value(operand);
      if (nullable && !passesNull[i]) require(`${code} !== null`);
      return code;
    });
    slots.forEach((slot, i) => this.lines.push(`${names[i]} = ${this.taken(slot, names[i], codes)};`));
    this.lines.push('}'.repeat(open));
  }

  private conjuncts(expression: Expression): Expression[] {
    if (expression.kind !== 'and') return [expression];
    return [...this.conjuncts(expression.left), ...this.conjuncts(expression.right)];
  }

  private taken({ initial, begin, take, inline }: Slot, name: string, codes: readonly string[]): string {
    const taken = inline === null ? `${this.constant(take)}(${[name, ...codes].join(', ')})` : inline(name, ...codes);
    if (initial !== null) return taken;
    const begun = begin === null ? codes[0] : `${this.constant(begin)}(${codes.join(', ')})`;
    return `${name} === null ? ${begun} : ${taken}`;
  }
}
