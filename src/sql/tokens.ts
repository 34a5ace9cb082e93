import type { Located, Span } from '../core/diagnostic.ts';
import { spanWithin } from '../core/diagnostic.ts';
import { Complaint } from './complaint.ts';

/**
 * One token. `text` is what it means: the name of a word or of a quoted identifier, the value of a string, the digits of a number or of a
 * binary literal, the symbol itself.
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'binary' | 'symbol' | 'end';
  readonly text: string;
  /** Offsets in the expression's text. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const QUOTED = /`((?:[^`]|``)*)`/y;
const BINARY = /[xX]'([^']*)'/y;
const RAW_STRING = /[rR](?:'([^']*)'|"([^"]*)")/y;
const STRING = /'((?:[^'\\]|\\[\s\S]|'')*)'|"((?:[^"\\]|\\[\s\S]|"")*)"/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:BD|bd|[LlSsYyDdFf])?/y;
const SYMBOL = /<=>|<>|<=|>=|!=|==|\|\||->|::|[-+*/%=<>!(),.[\]:&|^~;?@#$]/y;
const NAME_CHARACTER = /[\p{L}\p{N}_]/uy;

/** Splits a text into tokens, the last of them of kind `end`. Throws a complaint at the first character that is none. */
export function tokenize(source: Located<string>): Token[] {
  const text = source.value;
  const tokens: Token[] = [];
  let at = 0;

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const add = (kind: Token['kind'], meaning: string, length: number): void => {
    tokens.push({ kind, text: meaning, start: at, end: at + length });
    at += length;
  };
  const fail = (length: number, message: string, remedy: string): never => {
    throw new Complaint('PARSE_SYNTAX_ERROR', spanWithin(source.span, at, length), message, remedy);
  };

  for (;;) {
    at += match(SPACE)?.[0].length ?? 0;
    if (at >= text.length) break;
    let found: RegExpExecArray | null;
    if ((found = match(BINARY))) {
      if (!/^[0-9a-fA-F]*$/.test(found[1])) {
        const span = spanWithin(source.span, at, found[0].length);
        throw new Complaint('INVALID_TYPED_LITERAL', span, 'not a binary literal', "write x'' around hex digits");
      }
      add('binary', found[1].padStart(found[1].length + (found[1].length % 2), '0'), found[0].length);
    } else if ((found = match(RAW_STRING))) add('string', found[1] ?? found[2], found[0].length);
    else if ((found = match(WORD))) add('word', found[0], found[0].length);
    else if ((found = match(QUOTED))) add('quoted', found[1].replaceAll('``', '`'), found[0].length);
    else if ((found = match(STRING))) {
      add('string', found[1] === undefined ? unescape(found[2], '"') : unescape(found[1], "'"), found[0].length);
    } else if ((found = match(NUMBER))) {
      const length = found[0].length;
      NAME_CHARACTER.lastIndex = at + length;
      if (NAME_CHARACTER.test(text)) {
        const whole = /^[\p{L}\p{N}_.]+/u.exec(text.slice(at))?.[0] ?? found[0];
        fail(whole.length, `\`${whole}\` is not a number`, 'put a space before a name, or backticks around it');
      }
      add('number', found[0], length);
    } else if ((found = match(SYMBOL))) add('symbol', found[0], found[0].length);
    else if (/['"`]/.test(text[at])) fail(text.length - at, 'the quote is not closed', `add the closing ${text[at]}`);
    else fail(1, `unexpected character \`${String.fromCodePoint(text.codePointAt(at) ?? 0)}\``, '');
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

/** The value of a string literal's inside. `\%` and `\_` stay as they are: they mean something to LIKE. */
function unescape(inside: string, quote: string): string {
  const undoubled = inside.replaceAll(quote + quote, `\\${quote}`);
  if (!undoubled.includes('\\')) return undoubled;
  return undoubled.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (whole, short?: string, long?: string, octal?: string, letter = '') => {
      if (short !== undefined) return String.fromCharCode(parseInt(short, 16));
      if (long !== undefined && parseInt(long, 16) <= 0x10ffff) return String.fromCodePoint(parseInt(long, 16));
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (letter === '%' || letter === '_') return whole;
      return ESCAPES[letter] ?? letter;
    },
  );
}

/** Tokens with a position, for recursive descent. Words are compared without regard to case. */
export class TokenStream {
  readonly source: Located<string>;
  readonly tokens: readonly Token[];
  at = 0;

  constructor(source: Located<string>) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  get next(): Token {
    return this.tokens[this.at];
  }

  /** End of the token read last. */
  get end(): number {
    return this.at === 0 ? 0 : this.tokens[this.at - 1].end;
  }

  peek(ahead: number): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)];
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (
      (token.kind === 'symbol' && token.text === text) || (token.kind === 'word' && token.text.toLowerCase() === text)
    );
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  /** `<<`, `>>` or `>>>` from here on, whose signs are tokens of their own, as in `array<array<int>>`; null when there is none. */
  shift(): string | null {
    let signs = '';
    while (signs.length < 3 && this.isSign(signs.length)) signs += this.peek(signs.length).text;
    return signs === '<<' || signs === '>>' || signs === '>>>' ? signs : null;
  }

  private isSign(ahead: number): boolean {
    const { kind, text, start } = this.peek(ahead);
    if (kind !== 'symbol' || (text !== '<' && text !== '>')) return false;
    return ahead === 0 || (this.peek(ahead - 1).end === start && this.next.text === text);
  }

  expect(text: string): Token {
    if (!this.is(text)) this.fail(`expected \`${text}\``);
    return this.take();
  }

  /** A name, quoted or not. */
  name(what: string): Token {
    if (this.next.kind !== 'word' && this.next.kind !== 'quoted') this.fail(`expected ${what}`);
    return this.take();
  }

  expectEnd(): void {
    if (this.next.kind !== 'end') this.fail('expected the end of the expression');
  }

  span(start: number, end: number): Span {
    return spanWithin(this.source.span, start, end - start);
  }

  /** Complains about the next token. */
  fail(expected: string, remedy = ''): never {
    const { kind, text, start, end } = this.next;
    const found =
      kind === 'end' ? 'but the expression ends here' : `but found ${kind === 'string' ? `'${text}'` : `\`${text}\``}`;
    throw new Complaint('PARSE_SYNTAX_ERROR', this.span(start, end), `${expected}, ${found}`, remedy);
  }
}
