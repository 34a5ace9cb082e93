import type { Located } from '../core/diagnostic.ts';
import { BINARY, BOOLEAN, DATE, STRING, TIMESTAMP, VOID } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import { parseInterval } from './interval-parser.ts';
import { literal, numberLiteral } from './number-literal.ts';
import type { BinaryOperator, Identifier, ItemSyntax, Syntax } from './syntax.ts';
import { dateFromText, timestampFromText } from './time-text.ts';
import type { Token } from './tokens.ts';
import { TokenStream } from './tokens.ts';
import { parseType } from './type-parser.ts';

/** How tightly operators bind, as in Spark's grammar. NOT binds looser than the predicates, those looser than comparisons. */
const OR = 1;
const AND = 2;
const NOT = 3;
const PREDICATE = 4;
const COMPARISON = 5;
const UNARY = 11;

const BINARY_OPERATORS = new Map<string, readonly [BinaryOperator, number]>([
  ['or', ['or', OR]],
  ['and', ['and', AND]],
  ['=', ['=', COMPARISON]],
  ['==', ['=', COMPARISON]],
  ['<>', ['<>', COMPARISON]],
  ['!=', ['<>', COMPARISON]],
  ['<', ['<', COMPARISON]],
  ['<=', ['<=', COMPARISON]],
  ['>', ['>', COMPARISON]],
  ['>=', ['>=', COMPARISON]],
  ['<=>', ['<=>', COMPARISON]],
  ['|', ['|', 6]],
  ['^', ['^', 7]],
  ['&', ['&', 8]],
  ['+', ['+', 9]],
  ['-', ['-', 9]],
  ['||', ['||', 9]],
  ['*', ['*', 10]],
  ['/', ['/', 10]],
  ['%', ['%', 10]],
  ['div', ['div', 10]],
]);

/** Words that stand for a column nowhere, because they end or join expressions. */
const RESERVED = new Set([
  'and',
  'or',
  'in',
  'is',
  'as',
  'between',
  'like',
  'ilike',
  'rlike',
  'div',
  'from',
  'distinct',
]);
/** Functions that may be called without parentheses. */
const BARE_FUNCTIONS = /^(current_date|current_timestamp)$/i;
/** Words that end a part of CASE, and are names elsewhere. */
const CASE_WORDS = new Set(['when', 'then', 'else', 'end']);

/** Parses one entry of a select list, `expression [as alias]`. Throws a complaint. */
export function parseItem(source: Located<string>): ItemSyntax {
  const parser = new ExpressionParser(source);
  const item = parser.item();
  parser.tokens.expectEnd();
  return item;
}

/** Parses one expression. Throws a complaint. */
export function parseExpression(source: Located<string>): Syntax {
  const parser = new ExpressionParser(source);
  const expression = parser.expression(OR);
  if (parser.tokens.is('as'))
    parser.tokens.fail('expected the end of the expression', 'an alias has no meaning here: remove it');
  parser.tokens.expectEnd();
  return expression;
}

/** Precedence climbing over Spark's expression grammar. */
class ExpressionParser {
  readonly tokens: TokenStream;
  private caseDepth = 0;

  constructor(source: Located<string>) {
    this.tokens = new TokenStream(source);
    if (this.tokens.next.kind === 'end') this.tokens.fail('expected an expression');
  }

  item(): ItemSyntax {
    const expression = this.expression(OR);
    const tokens = this.tokens;
    if (!tokens.accept('as') && tokens.next.kind !== 'word' && tokens.next.kind !== 'quoted')
      return { expression, aliases: [] };
    if (!tokens.accept('(')) return { expression, aliases: [identifier(tokens.name('an alias'))] };
    const aliases: Identifier[] = [];
    do aliases.push(identifier(tokens.name('an alias')));
    while (tokens.accept(','));
    tokens.expect(')');
    return { expression, aliases };
  }

  expression(least: number): Syntax {
    let left = this.prefix();
    for (;;) {
      const next = this.tokens.next;
      if (next.kind !== 'symbol' && next.kind !== 'word') return left;
      const operator = BINARY_OPERATORS.get(next.text.toLowerCase());
      if (operator !== undefined) {
        if (operator[1] < least) return left;
        this.tokens.take();
        const right = this.expression(operator[1] + 1);
        left = { kind: 'binary', operator: operator[0], left, right, start: left.start, end: right.end };
        continue;
      }
      const predicate = least <= PREDICATE ? this.predicate(left) : null;
      if (predicate === null) return left;
      left = predicate;
    }
  }

  /** `is …`, `in …`, `between …`, `like …` behind `operand`; null when none follows. */
  private predicate(operand: Syntax): Syntax | null {
    const tokens = this.tokens;
    const start = operand.start;
    if (tokens.accept('is')) return this.isPredicate(operand);
    const negated =
      tokens.is('not') && ['in', 'between', 'like', 'ilike', 'rlike', 'regexp'].some((word) => tokens.is(word, 1));
    if (negated) tokens.take();
    if (tokens.accept('in')) {
      tokens.expect('(');
      const list = this.list();
      return { kind: 'in', operand, list, negated, start, end: tokens.end };
    }
    if (tokens.accept('between')) {
      const low = this.expression(COMPARISON);
      tokens.expect('and');
      const high = this.expression(COMPARISON);
      return { kind: 'between', operand, low, high, negated, start, end: high.end };
    }
    for (const word of ['like', 'ilike', 'rlike', 'regexp'] as const) {
      if (!tokens.accept(word)) continue;
      const operator = word === 'regexp' ? 'rlike' : word;
      const pattern = this.expression(COMPARISON);
      let escape = '\\';
      if (operator !== 'rlike' && tokens.accept('escape')) {
        if (tokens.next.kind !== 'string' || [...tokens.next.text].length !== 1)
          tokens.fail('expected one character in quotes');
        escape = tokens.take().text;
      }
      return { kind: 'like', operator, operand, pattern, escape, negated, start, end: tokens.end };
    }
    return null;
  }

  private isPredicate(operand: Syntax): Syntax {
    const tokens = this.tokens;
    const start = operand.start;
    const negated = tokens.accept('not');
    if (tokens.accept('distinct')) {
      tokens.expect('from');
      const right = this.expression(COMPARISON);
      const same: Syntax = { kind: 'binary', operator: '<=>', left: operand, right, start, end: right.end };
      return negated ? same : { kind: 'unary', operator: 'not', operand: same, start, end: right.end };
    }
    for (const [word, what] of [
      ['null', 'null'],
      ['unknown', 'null'],
      ['true', 'true'],
      ['false', 'false'],
    ] as const) {
      if (tokens.accept(word)) return { kind: 'is', operand, what, negated, start, end: tokens.end };
    }
    return tokens.fail('expected `null`, `true`, `false` or `distinct from`');
  }

  private prefix(): Syntax {
    const tokens = this.tokens;
    const { start } = tokens.next;
    if (tokens.accept('not') || tokens.accept('!')) {
      const operand = this.expression(NOT);
      return { kind: 'unary', operator: 'not', operand, start, end: operand.end };
    }
    if (tokens.is('-') && tokens.peek(1).kind === 'number' && tokens.peek(1).start === start + 1) {
      tokens.take();
      return this.postfix(numberLiteral(tokens, start));
    }
    for (const operator of ['-', '+', '~'] as const) {
      if (!tokens.accept(operator)) continue;
      const operand = this.expression(UNARY);
      return { kind: 'unary', operator, operand, start, end: operand.end };
    }
    return this.postfix(this.primary());
  }

  private postfix(operand: Syntax): Syntax {
    const tokens = this.tokens;
    const start = operand.start;
    for (;;) {
      if (tokens.accept('[')) {
        const key = this.expression(OR);
        tokens.expect(']');
        operand = { kind: 'element', operand, key, start, end: tokens.end };
      } else if (tokens.accept('.')) {
        const name = identifier(tokens.name('a field name'));
        operand = { kind: 'member', operand, name, start, end: name.end };
      } else if (tokens.accept('::')) {
        operand = { kind: 'cast', operand, type: parseType(tokens), attempt: false, start, end: tokens.end };
      } else return operand;
    }
  }

  private primary(): Syntax {
    const tokens = this.tokens;
    const token = tokens.next;
    const { start } = token;
    switch (token.kind) {
      case 'number':
        return numberLiteral(tokens, start);
      case 'string': {
        let text = '';
        while (tokens.next.kind === 'string') text += tokens.take().text;
        return literal(text, STRING, start, tokens.end);
      }
      case 'binary':
        tokens.take();
        return literal(new Uint8Array(Buffer.from(token.text, 'hex')), BINARY, start, token.end);
      case 'symbol':
        if (token.text === '(') return this.parenthesized();
        if (token.text === '*') {
          tokens.take();
          return { kind: 'star', parts: [], start, end: token.end };
        }
        return tokens.fail('expected an expression');
      case 'end':
        return tokens.fail('expected an expression');
      default:
        return (token.kind === 'word' ? this.keyword(token.text.toLowerCase(), start) : null) ?? this.named();
    }
  }

  /** An expression that begins with a word of the language; null when the word is a name here. */
  private keyword(word: string, start: number): Syntax | null {
    const tokens = this.tokens;
    if (word === 'null' || word === 'true' || word === 'false') {
      tokens.take();
      return word === 'null'
        ? literal(null, VOID, start, tokens.end)
        : literal(word === 'true', BOOLEAN, start, tokens.end);
    }
    if (word === 'case') return this.caseExpression(start);
    const following = tokens.peek(1);
    if ((word === 'cast' || word === 'try_cast') && tokens.is('(', 1)) {
      tokens.at += 2;
      const operand = this.expression(OR);
      tokens.expect('as');
      const type = parseType(tokens);
      tokens.expect(')');
      return { kind: 'cast', operand, type, attempt: word === 'try_cast', start, end: tokens.end };
    }
    if ((word === 'date' || word === 'timestamp') && following.kind === 'string') {
      tokens.at += 2;
      const value = word === 'date' ? dateFromText(following.text) : timestampFromText(following.text);
      if (value !== null) return literal(value, word === 'date' ? DATE : TIMESTAMP, start, tokens.end);
      const example = word === 'date' ? "date '2026-01-31'" : "timestamp '2026-01-31 12:00:00'";
      const span = tokens.span(following.start, following.end);
      throw new Complaint(
        'INVALID_TYPED_LITERAL',
        span,
        `'${following.text}' is not a ${word}`,
        `write it like ${example}`,
      );
    }
    if (word === 'interval' && (following.kind === 'string' || following.kind === 'number' || tokens.is('-', 1))) {
      return parseInterval(tokens);
    }
    if (word === 'extract' && tokens.is('(', 1) && tokens.is('from', 3)) {
      tokens.at += 2;
      const name = identifier(tokens.name('a part of a time, such as `hour`'));
      tokens.expect('from');
      const operand = this.expression(OR);
      tokens.expect(')');
      return { kind: 'call', name, operands: [operand], distinct: false, filter: null, start, end: tokens.end };
    }
    if (RESERVED.has(word) || (this.caseDepth > 0 && CASE_WORDS.has(word))) tokens.fail('expected an expression');
    return null;
  }

  /** A column, a function call, `t.*` or a lambda with one parameter. */
  private named(): Syntax {
    const tokens = this.tokens;
    const token = tokens.take();
    const first = identifier(token);
    if (tokens.accept('->')) return this.lambda([first], first.start);
    if (tokens.is('(')) return this.call(first);
    const parts = [first];
    while (tokens.accept('.')) {
      if (tokens.accept('*')) return { kind: 'star', parts, start: first.start, end: tokens.end };
      parts.push(identifier(tokens.name('a field name or `*`')));
    }
    if (parts.length === 1 && token.kind === 'word' && BARE_FUNCTIONS.test(first.name)) {
      return {
        kind: 'call',
        name: first,
        operands: [],
        distinct: false,
        filter: null,
        start: first.start,
        end: first.end,
      };
    }
    return { kind: 'name', parts, start: first.start, end: tokens.end };
  }

  private call(name: Identifier): Syntax {
    const tokens = this.tokens;
    tokens.expect('(');
    const distinct = tokens.accept('distinct');
    const operands = tokens.accept(')') ? [] : this.list();
    let filter: Syntax | null = null;
    if (tokens.is('filter') && tokens.is('(', 1)) {
      tokens.at += 2;
      tokens.expect('where');
      filter = this.expression(OR);
      tokens.expect(')');
    }
    if (tokens.is('over') && tokens.is('(', 1)) {
      const span = tokens.span(tokens.next.start, tokens.next.end);
      throw new Complaint(
        'UNSUPPORTED_FEATURE',
        span,
        'window functions over rows have no meaning in a stream',
        'use groupBy',
      );
    }
    return { kind: 'call', name, operands, distinct, filter, start: name.start, end: tokens.end };
  }

  /** `expression, expression … )` */
  private list(): Syntax[] {
    const expressions: Syntax[] = [];
    do expressions.push(this.expression(OR));
    while (this.tokens.accept(','));
    this.tokens.expect(')');
    return expressions;
  }

  private parenthesized(): Syntax {
    const tokens = this.tokens;
    const { start } = tokens.expect('(');
    const mark = tokens.at;
    const parameters: Identifier[] = [];
    while (tokens.next.kind === 'word' || tokens.next.kind === 'quoted') {
      parameters.push(identifier(tokens.take()));
      if (!tokens.accept(',')) break;
    }
    if (parameters.length > 0 && tokens.accept(')') && tokens.accept('->')) return this.lambda(parameters, start);
    tokens.at = mark;
    const inner = this.expression(OR);
    tokens.expect(')');
    return { ...inner, start, end: tokens.end };
  }

  private lambda(parameters: readonly Identifier[], start: number): Syntax {
    const body = this.expression(OR);
    return { kind: 'lambda', parameters, body, start, end: body.end };
  }

  private caseExpression(start: number): Syntax {
    const tokens = this.tokens;
    tokens.expect('case');
    this.caseDepth++;
    const operand = tokens.is('when') ? null : this.expression(OR);
    const branches: { when: Syntax; then: Syntax }[] = [];
    do {
      tokens.expect('when');
      const when = this.expression(OR);
      tokens.expect('then');
      branches.push({ when, then: this.expression(OR) });
    } while (tokens.is('when'));
    const otherwise = tokens.accept('else') ? this.expression(OR) : null;
    tokens.expect('end');
    this.caseDepth--;
    return { kind: 'case', operand, branches, otherwise, start, end: tokens.end };
  }
}

const identifier = (token: Token): Identifier => ({ name: token.text, start: token.start, end: token.end });
