import type { Located } from '../core/diagnostic.ts';
import { BINARY, BOOLEAN, DATE, STRING, TIMESTAMP, VOID } from '../core/types.ts';
import { parseSuffix } from './call-suffix.ts';
import { ownName, structCall, withUnit, wordLiteral } from './call-syntax.ts';
import { Complaint } from './complaint.ts';
import { parseInterval } from './interval-parser.ts';
import { literal, numberLiteral } from './number-literal.ts';
import type { PredicateParts } from './predicate-parser.ts';
import { parsePredicate } from './predicate-parser.ts';
import type { BinaryOperator, Identifier, ItemSyntax, Syntax } from './syntax.ts';
import { dateFromText, timestampFromText } from './time-text.ts';
import type { Token } from './tokens.ts';
import { TokenStream } from './tokens.ts';
import { parseType } from './type-parser.ts';
import { wordedCall } from './worded-call.ts';

/** How tightly operators bind, as in Spark's grammar. NOT binds looser than the predicates, those looser than comparisons. */
const OR = 1;
const AND = 2;
const NOT = 3;
const PREDICATE = 4;
const COMPARISON = 5;
const SHIFT = 9;
const UNARY = 12;

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
  ['+', ['+', 10]],
  ['-', ['-', 10]],
  ['||', ['||', 10]],
  ['*', ['*', 11]],
  ['/', ['/', 11]],
  ['%', ['%', 11]],
  ['div', ['div', 11]],
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
/** Predicates that are functions too. */
const LIKES = /^(like|ilike|rlike)$/;
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
  private readonly parts: PredicateParts = { operand: () => this.expression(COMPARISON), list: () => this.list() };

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
      const signs = this.tokens.shift();
      if (signs !== null) {
        if (SHIFT < least) return left;
        left = this.shift(left, signs);
        continue;
      }
      const operator = BINARY_OPERATORS.get(next.text.toLowerCase());
      if (operator !== undefined) {
        if (operator[1] < least) return left;
        this.tokens.take();
        const right = this.expression(operator[1] + 1);
        left = { kind: 'binary', operator: operator[0], left, right, start: left.start, end: right.end };
        continue;
      }
      const predicate = least <= PREDICATE ? parsePredicate(this.tokens, left, this.parts) : null;
      if (predicate === null) return left;
      left = predicate;
    }
  }

  /** A shift is the call of a function that is named by its signs. */
  private shift(value: Syntax, signs: string): Syntax {
    const { start } = this.tokens.next;
    this.tokens.at += signs.length;
    const name = { name: signs, start, end: this.tokens.end };
    const operands = [value, this.expression(SHIFT + 1)];
    return {
      kind: 'call',
      name,
      operands,
      distinct: false,
      filter: null,
      start: value.start,
      end: operands[1].end,
    };
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
      const field = identifier(tokens.name('a part of a time, such as `hour`'));
      tokens.expect('from');
      const operands = [wordLiteral(field), this.expression(OR)];
      tokens.expect(')');
      const name = { name: word, start, end: start + word.length };
      return { kind: 'call', name, operands, distinct: false, filter: null, start, end: tokens.end };
    }
    if (LIKES.test(word) && tokens.is('(', 1)) return null;
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
    if (name.name.toLowerCase() === 'struct' && !tokens.is(')')) return this.struct(name);
    const worded = wordedCall(tokens, name, (tight) => this.expression(tight ? COMPARISON : OR));
    if (worded !== null) {
      const { start } = name;
      return { kind: 'call', ...worded, distinct: false, filter: null, start, end: tokens.end };
    }
    const distinct = tokens.accept('distinct');
    const operands = tokens.accept(')') ? [] : withUnit(name, this.list());
    const suffix = parseSuffix(tokens, () => this.expression(OR));
    return { kind: 'call', name, operands, distinct, ...suffix, start: name.start, end: tokens.end };
  }

  /** `a, b as c … )` */
  private struct(name: Identifier): Syntax {
    const { tokens } = this;
    const fields: { value: Syntax; alias: Identifier | null }[] = [];
    do {
      const value = this.expression(OR);
      fields.push({ value, alias: tokens.accept('as') ? identifier(tokens.name('a field name')) : null });
    } while (tokens.accept(','));
    tokens.expect(')');
    return structCall(name, fields, tokens.end);
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
    const [inner, ...others] = this.list();
    if (others.length === 0) return { ...inner, start, end: tokens.end };
    const fields = [inner, ...others].map((value, i) => ({ value, alias: ownName(value, i) }));
    return structCall({ name: 'struct', start, end: start + 1 }, fields, tokens.end);
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
