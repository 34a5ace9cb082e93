import { fractionText } from './number-text.ts';

/** A parsed JSON text that keeps what JavaScript's own objects lose: the digits of numbers, the order of keys, keys that occur twice. */
export type Json = null | boolean | string | JsonNumber | JsonArray | JsonObject;

export class JsonNumber {
  /** As it stands in the text, or NaN or an infinity. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class JsonArray {
  readonly items: readonly Json[];

  constructor(items: readonly Json[]) {
    this.items = items;
  }
}

export class JsonObject {
  /** In the order of the text; a key may occur more than once. */
  readonly entries: readonly (readonly [string, Json])[];

  constructor(entries: readonly (readonly [string, Json])[]) {
    this.entries = entries;
  }
}

/** How Spark's readers are laxer than JSON; strings in single quotes are always read. */
export interface Laxity {
  readonly controlCharacters?: boolean;
  /** NaN and Infinity without quotes. */
  readonly nonNumbers?: boolean;
}

/** The first value in a text, whatever follows it; undefined when the text is blank, null as `value` for `null`. Throws a SyntaxError. */
export function parseJson(text: string, laxity: Laxity = {}): { readonly value: Json } | undefined {
  const reader = new Reader(text, laxity);
  return reader.blank() ? undefined : { value: reader.value() };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /(?:true|false|null)(?![\w$])/y;
const NON_NUMBER = /(?:[+-]?Infinity|NaN)(?![\w$])/y;
const ESCAPED_STRING = /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'/y;
// oxlint-disable-next-line no-control-regex -- what JSON forbids within strings
const CONTROL = /[\0-\x1f]/;
const DEEPEST = 1_000;

class Reader {
  private readonly text: string;
  private readonly laxity: Laxity;
  private at = 0;
  private depth = 0;

  constructor(text: string, laxity: Laxity) {
    this.text = text;
    this.laxity = laxity;
  }

  blank(): boolean {
    this.skip();
    return this.at >= this.text.length;
  }

  value(): Json {
    this.skip();
    switch (this.text[this.at]) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
      case "'":
        return this.string();
      default:
    }
    const number = this.take(NUMBER) ?? (this.laxity.nonNumbers === true ? this.take(NON_NUMBER) : null);
    if (number !== null) {
      if (/[\w.]/.test(this.text[this.at] ?? '')) throw new SyntaxError('no JSON number');
      return new JsonNumber(number);
    }
    const word = this.take(WORD);
    if (word === null) throw new SyntaxError('no JSON value');
    return word === 'null' ? null : word === 'true';
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > DEEPEST) throw new SyntaxError('nested too deep');
    const value = read();
    this.depth--;
    return value;
  }

  private object(): JsonObject {
    this.at++;
    const entries: (readonly [string, Json])[] = [];
    if (!this.accept('}')) {
      do {
        this.skip();
        const key = this.string();
        this.expect(':');
        entries.push([key, this.value()]);
      } while (this.accept(','));
      this.expect('}');
    }
    return new JsonObject(entries);
  }

  private array(): JsonArray {
    this.at++;
    const items: Json[] = [];
    if (!this.accept(']')) {
      do items.push(this.value());
      while (this.accept(','));
      this.expect(']');
    }
    return new JsonArray(items);
  }

  private string(): string {
    const quote = this.text[this.at];
    const end = quote === '"' || quote === "'" ? this.text.indexOf(quote, this.at + 1) : -1;
    if (end < 0) throw new SyntaxError('no JSON string');
    const plain = this.text.slice(this.at + 1, end);
    if (!plain.includes('\\')) {
      this.at = end + 1;
      return this.checked(plain);
    }
    const escaped = this.take(ESCAPED_STRING);
    if (escaped === null) throw new SyntaxError('no JSON string');
    return this.checked(escaped.slice(1, -1)).replace(ESCAPE, unescaped);
  }

  private checked(inside: string): string {
    if (this.laxity.controlCharacters !== true && CONTROL.test(inside)) throw new SyntaxError('a control character');
    return inside;
  }

  private skip(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private accept(sign: string): boolean {
    this.skip();
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.accept(sign)) throw new SyntaxError(`expected ${sign}`);
  }

  private take(expression: RegExp): string | null {
    expression.lastIndex = this.at;
    if (!expression.test(this.text)) return null;
    const found = this.text.slice(this.at, expression.lastIndex);
    this.at = expression.lastIndex;
    return found;
  }
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([^]))/g;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescaped(_: string, code: string | undefined, letter: string): string {
  if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
  if (/["'\\/]/.test(letter)) return letter;
  const meant = ESCAPES[letter];
  if (meant === undefined) throw new SyntaxError(`unknown escape \\${letter}`);
  return meant;
}

/** The JSON without spaces; fractions as Java writes doubles. */
export function jsonText(json: Json): string {
  if (json instanceof JsonNumber) return numberText(json.text);
  if (json instanceof JsonArray) return `[${json.items.map(jsonText).join(',')}]`;
  if (json instanceof JsonObject)
    return `{${json.entries.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
  return JSON.stringify(json);
}

function numberText(text: string): string {
  if (/^-?\d+$/.test(text)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? fractionText(value) : JSON.stringify(fractionText(value));
}
