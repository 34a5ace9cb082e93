import { isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLError, YAMLMap } from 'yaml';
import type { Diagnostics } from '../core/diagnostic.ts';
import type { Located, Span } from '../core/diagnostic.ts';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml-node.ts';

/** More resolved aliases than any honest file has: a chain of them can grow without bound. */
const MAX_ALIASES = 1_000;

/**
 * Parses one YAML document and keeps the place of every key and value. Syntax errors, tags and duplicate keys become diagnostics.
 * @returns null when the syntax is broken; an empty file is an empty map
 */
export function parseYaml(text: string, file: string, diagnostics: Diagnostics): YamlNode | null {
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false, uniqueKeys: false });
  // What the parser finds after its first error is mostly the same error again, seen from behind.
  for (const error of [...document.errors.slice(0, 1), ...document.warnings]) {
    reportSyntax(error, openingQuote(document, error) ?? error.pos[0], text, file, diagnostics);
  }
  if (document.errors.length > 0) return null;
  if (document.contents === null) {
    return { kind: 'map', entries: new Map(), span: { file, start: 0, end: 0, verbatim: false } };
  }
  return new TreeBuilder(document, text, file, diagnostics).node(document.contents);
}

class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #text: string;
  readonly #file: string;
  readonly #diagnostics: Diagnostics;
  readonly #resolving = new Set<Node>();
  #aliases = 0;

  constructor(document: Document.Parsed, text: string, file: string, diagnostics: Diagnostics) {
    this.#document = document;
    this.#text = text;
    this.#file = file;
    this.#diagnostics = diagnostics;
  }

  node(node: Node | null): YamlNode {
    if (isAlias(node)) return this.#alias(node);
    if (isMap(node)) return this.#map(node);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.node(item as Node | null));
      return { kind: 'list', items, flow: node.flow === true, span: this.#span(node) };
    }
    if (isScalar(node)) return this.#scalar(node);
    return this.#nothing({ file: this.#file, start: 0, end: 0, verbatim: false });
  }

  #alias(alias: Node): YamlNode {
    const target = isAlias(alias) ? alias.resolve(this.#document) : undefined;
    if (target === undefined || this.#resolving.has(target) || ++this.#aliases > MAX_ALIASES) {
      const message =
        target === undefined ? 'the alias has no anchor' : 'the alias refers to itself, or there are too many';
      this.#diagnostics.error('MILLRACE_YAML_SYNTAX', this.#span(alias), message, 'write the value out instead');
      return this.#nothing(this.#span(alias));
    }
    this.#resolving.add(target);
    const resolved = this.node(target);
    this.#resolving.delete(target);
    return resolved;
  }

  #map(map: YAMLMap): YamlMap {
    const entries = new Map<string, YamlEntry>();
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      const key = this.#key(pair.key);
      if (key === null) continue;
      if (entries.has(key.value)) {
        this.#diagnostics.error(
          'MILLRACE_DUPLICATE_KEY',
          key.span,
          `the key \`${key.value}\` occurs twice in this map`,
          `remove or rename one of them`,
        );
        continue;
      }
      const isEmpty = !pair.value?.range || (isScalar(pair.value) && pair.value.source === '');
      const value = isEmpty ? this.#nothing({ ...key.span, verbatim: false }) : this.node(pair.value);
      entries.set(key.value, { key, value });
    }
    return { kind: 'map', entries, span: this.#span(map) };
  }

  #key(node: Node | null): Located<string> | null {
    if (isScalar(node) && node.value !== null) {
      const { text, span } = this.#scalar(node);
      return { value: text, span };
    }
    const span = node?.range ? this.#span(node) : { file: this.#file, start: 0, end: 0, verbatim: false };
    this.#diagnostics.error('MILLRACE_YAML_SYNTAX', span, 'a key must be a text', 'quote it');
    return null;
  }

  #scalar(scalar: Scalar): YamlScalar {
    const value = scalar.value as YamlScalar['value'];
    const plainText = scalar.type === 'PLAIN' && typeof value !== 'string';
    const text = plainText ? (scalar.source ?? '') : String(value ?? '');
    return {
      kind: 'scalar',
      value: typeof value === 'bigint' ? Number(value) : value,
      text,
      span: this.#textSpan(scalar, text),
      interpolated: false,
      secret: false,
    };
  }

  /** Where the text itself stands: behind an opening quote, or behind the header and the indentation of a block. */
  #textSpan(scalar: Scalar, text: string): Span {
    const whole = this.#span(scalar);
    let { start, end } = whole;
    if (scalar.type === 'QUOTE_SINGLE' || scalar.type === 'QUOTE_DOUBLE') {
      start += 1;
      end -= 1;
    } else if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') {
      start = this.#text.indexOf('\n', start) + 1;
      while (/[ \t\r\n]/.test(this.#text[start] ?? '')) start++;
      end = Math.max(start, start + this.#text.slice(start, end).trimEnd().length);
    }
    const verbatim = this.#text.slice(start, end) === text.replace(/\n+$/, '');
    return { file: this.#file, start, end, verbatim };
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return { file: this.#file, start, end, verbatim: false };
  }

  #nothing(span: Span): YamlScalar {
    return { kind: 'scalar', value: null, text: '', span, interpolated: false, secret: false };
  }
}

const SYNTAX_REMEDIES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'indent the entries of one list or map alike',
  MISSING_CHAR: 'close the quote or bracket that was opened here',
  TAG_RESOLVE_FAILED: 'remove the tag',
  MULTIPLE_DOCS: 'keep one topology or configuration in a file',
};

/** Where a quote begins that is never closed: the parser complains where the text ends instead. */
function openingQuote(document: Document.Parsed, error: YAMLError): number | null {
  let start: number | null = null;
  if (error.code !== 'MISSING_CHAR') return null;
  visit(document, {
    Scalar(_, { type, range }) {
      const isQuoted = type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE';
      if (isQuoted && range && range[0] < error.pos[0] && error.pos[0] <= range[1]) start = range[0];
    },
  });
  return start;
}

function reportSyntax(error: YAMLError, start: number, text: string, file: string, diagnostics: Diagnostics): void {
  const end = start === error.pos[0] ? error.pos[1] : start;
  const span: Span = { file, start, end: Math.max(end, start + 1), verbatim: false };
  const message = error.message.replace(/\.$/, '').replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase());
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const remedy =
    remedyFor(line) ??
    SYNTAX_REMEDIES[error.code] ??
    'quote the text if it holds one of : # , [ ] { } & * ! | > \' " % @ `';
  diagnostics.error('MILLRACE_YAML_SYNTAX', span, message, remedy);
}

/** The traps of YAML that expressions run into, told by the line up to the error. */
function remedyFor(line: string): string | null {
  if (/\[[^\]]*\(/.test(line))
    return 'quote the item: in a list [a, b] a comma ends an item, so an item with a comma needs quotes';
  if (/[{[].*\$\{/.test(line)) return "quote the reference: within { } and [ ] write '${NAME}'";
  if (/\(.*:\s+$/.test(line)) return 'quote the whole text: it holds `: `, which ends a key in YAML';
  return null;
}
