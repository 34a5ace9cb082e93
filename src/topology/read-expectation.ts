import { closest } from '../core/diagnostic.ts';
import type { Located } from '../core/diagnostic.ts';
import { ERRORS } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { TestReader } from './read-tests.ts';
import type { SinkSpec } from './spec.ts';
import type { Expectation, Expected, ExpectedOutput, ExpectedRow, PlainValue } from './test-spec.ts';
import { child, entriesOf, kindName, located, plain } from './yaml-node.ts';
import type { YamlEntry, YamlNode } from './yaml-node.ts';

/** Words that mean something else under `expect` than the sink of that name, which is then named under `sinks`. */
const WORDS = ['watermark', 'lateRowsDropped', 'state', 'error', 'sinks'];

/** Reads what a step is to bring. */
export class ExpectationReader {
  readonly #test: TestReader;

  constructor(test: TestReader) {
    this.#test = test;
  }

  read(node: YamlNode): Expectation {
    const outputs = [
      ...entriesOf(node).filter(({ key }) => !WORDS.includes(key.value)),
      ...this.#entries(child(node, 'sinks'), '`sinks`'),
    ];
    return {
      span: node.span,
      sinks: outputs.flatMap((entry) => this.#output(entry)),
      watermarks: this.#byView(child(node, 'watermark'), '`watermark`', (value) => this.#test.time(value)),
      lateRows: this.#byView(child(node, 'lateRowsDropped'), '`lateRowsDropped`', (value, what) =>
        this.#test.count(value, what),
      ),
      stateRows: this.#byView(child(node, 'state'), '`state`', (value, what) => this.#test.count(value, what)),
      error: this.#error(child(node, 'error')),
    };
  }

  #entries(node: YamlNode | null, what: string): readonly YamlEntry[] {
    if (node !== null && node.kind !== 'map') this.#test.wrongKind(node, what, 'a map');
    return entriesOf(node);
  }

  #byView(
    node: YamlNode | null,
    what: string,
    read: (node: YamlNode, what: string) => number | null,
  ): Expected<number>[] {
    const { views } = this.#test.scope;
    return this.#entries(node, what).flatMap(({ key: name, value: given }) => {
      if (!views.has(name.value)) this.#test.unknown('view', name, views);
      const value = read(given, `\`${name.value}\``);
      return value === null ? [] : [{ name, value: { value, span: given.span } }];
    });
  }

  #error(node: YamlNode | null): Located<ErrorCode> | null {
    if (node === null) return null;
    const text = node.kind === 'scalar' ? node.text : kindName(node);
    if (Object.hasOwn(ERRORS, text)) return { value: text as ErrorCode, span: node.span };
    const near = closest(text, Object.keys(ERRORS));
    const remedy =
      near === null ? 'write one that `millrace run` prints, such as EXPRESSION_FAILED' : `did you mean \`${near}\`?`;
    this.#test.complain('MILLRACE_INVALID_VALUE', node.span, `\`${text}\` is no code of an error at run time`, remedy);
    return null;
  }

  #output({ key: name, value: node }: YamlEntry): ExpectedOutput[] {
    const { sinks } = this.#test.scope;
    const sink = sinks.get(name.value);
    if (sink === undefined) this.#test.unknown('sink', name, [...sinks.keys(), ...WORDS]);
    if (sink === undefined || sink === null) return [];
    if (node.kind === 'list') {
      return [{ sink: name, unordered: false, rows: { value: this.#rows(node, sink), span: node.span } }];
    }
    const rows = child(node, 'rows');
    const stray = entriesOf(node).find(({ key }) => key.value !== 'rows' && key.value !== 'unordered');
    if (stray !== undefined) {
      const message = `there is no key \`${stray.key.value}\` here`;
      this.#test.complain('MILLRACE_UNKNOWN_KEY', stray.key.span, message, 'known keys: rows, unordered');
      return [];
    }
    if (rows === null) {
      this.#test.wrongKind(node, `the rows of \`${name.value}\``, 'a list of rows, or { rows, unordered }');
      return [];
    }
    const unordered = this.#flag(child(node, 'unordered'));
    if (rows.kind === 'list')
      return [{ sink: name, unordered, rows: { value: this.#rows(rows, sink), span: rows.span } }];
    const count = this.#test.count(rows, '`rows`, if it is no list,');
    return count === null ? [] : [{ sink: name, unordered, rows: { value: count, span: rows.span } }];
  }

  #flag(node: YamlNode | null): boolean {
    if (node === null) return false;
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
    this.#test.wrongKind(node, '`unordered`', 'true or false');
    return false;
  }

  #rows(list: YamlNode, sink: SinkSpec): ExpectedRow[] {
    return list.kind === 'list' ? list.items.map((node) => expectedRow(node, sink)) : [];
  }
}

/** A map of exactly `key` and `value` is a whole record where the sink writes keys; anything else is a value. */
function expectedRow(node: YamlNode, { target }: SinkSpec): ExpectedRow {
  const hasKeys = target.kind === 'kafka' && target.key !== null;
  const key = child(node, 'key');
  const value = child(node, 'value');
  if (hasKeys && key !== null && value !== null && entriesOf(node).length === 2) {
    return { kind: 'record', key: keyOf(key), ...valueOf(value) };
  }
  return { kind: 'value', ...valueOf(node) };
}

/** A key is compared as text, as it was written; null is none. */
const keyOf = (node: YamlNode): PlainValue =>
  node.kind === 'scalar' && node.value !== null ? located(node).value : plainValue(node);

const valueOf = (node: YamlNode): { value: PlainValue; text: string | null } => ({
  value: plainValue(node),
  text: node.kind === 'scalar' && node.value !== null ? node.text : null,
});

const plainValue = (node: YamlNode): PlainValue => plain(node) as PlainValue;
