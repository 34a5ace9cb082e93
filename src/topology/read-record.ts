import type { TestReader } from './read-tests.ts';
import type { SourceSpec } from './spec.ts';
import type { TestRecord } from './test-spec.ts';
import { child, entriesOf, kindName, plain } from './yaml-node.ts';
import type { YamlEntry, YamlNode } from './yaml-node.ts';

const RECORD_KEYS = ['key', 'value', 'timestamp', 'partition', 'headers'];

/**
 * Reads what a test sends. A map that has `value`, and no keys but `key, value, timestamp, partition, headers`, is a whole record; anything
 * else is the value of one. So a row whose own columns are among those names is written as a record: `{ value: { value: 1 } }`.
 */
export class RecordReader {
  readonly #test: TestReader;

  constructor(test: TestReader) {
    this.#test = test;
  }

  /** The records for one source. */
  read({ key: name, value: list }: YamlEntry): TestRecord[] {
    const { sources } = this.#test.scope;
    const source = sources.get(name.value);
    if (source === undefined) this.#test.unknown('source', name, sources.keys());
    if (source === undefined || source === null || list.kind !== 'list') return [];
    return list.items.map((node) => (isRecord(node) ? this.#record(node, source) : this.#plain(node, source)));
  }

  #plain(node: YamlNode, source: SourceSpec): TestRecord {
    const value = this.#value(node, source);
    return { source: source.name.value, key: null, value, timestampMs: null, partition: null, headers: [] };
  }

  #record(node: YamlNode, source: SourceSpec): TestRecord {
    const timestamp = child(node, 'timestamp');
    const micros = timestamp === null ? null : this.#test.time(timestamp);
    const partition = child(node, 'partition');
    return {
      source: source.name.value,
      key: this.#key(child(node, 'key')),
      value: this.#recordValue(child(node, 'value')!, source),
      timestampMs: micros === null ? null : Math.floor(micros / 1000),
      partition: partition === null ? null : this.#partition(partition),
      headers: this.#headers(child(node, 'headers')),
    };
  }

  #partition(node: YamlNode): number | null {
    const partition = this.#test.count(node, '`partition`');
    const { partitions } = this.#test;
    if (partition !== null && partition >= partitions) {
      const message = `there is no partition ${partition}: the topics of this test have ${partitions}, counted from 0`;
      this.#test.complain(
        'MILLRACE_INVALID_VALUE',
        node.span,
        message,
        `write \`partitions: ${partition + 1}\` in the test`,
      );
    }
    return partition;
  }

  #key(node: YamlNode | null): string | null {
    if (node === null) return null;
    if (node.kind === 'scalar') return node.value === null ? null : node.text;
    return JSON.stringify(plain(node));
  }

  /** In a record the value may be null, and for JSON a text that goes out as it is: bytes that nobody can decode can be tested, too. */
  #recordValue(node: YamlNode, source: SourceSpec): string | null {
    if (node.kind !== 'scalar') return this.#value(node, source);
    if (node.value === null) return null;
    const { value } = source;
    if (value.format !== 'json') return node.text;
    const isColumn = value.schema.value.some((column) => column.name === 'value');
    if (typeof node.value === 'string' && !isColumn) return node.text;
    const remedy = isColumn ? 'write the columns within: { value: { value: … } }' : 'write a map of columns';
    this.#test.wrongKind(node, 'the value of a record', `a map of columns; ${remedy}`);
    return null;
  }

  #value(node: YamlNode, { name, value }: SourceSpec): string | null {
    if (value.format !== 'json') {
      if (node.kind === 'scalar' && node.value !== null) return node.text;
      const known = `a text, or a record { ${RECORD_KEYS.join(', ')} }`;
      this.#test.wrongKind(node, `a record of the ${value.format} source \`${name.value}\``, known);
      return null;
    }
    if (node.kind !== 'map') {
      this.#test.wrongKind(node, `a record of the JSON source \`${name.value}\``, 'a map of its columns');
      return null;
    }
    return JSON.stringify(plain(node));
  }

  #headers(node: YamlNode | null): [string, string][] {
    if (node === null) return [];
    if (node.kind !== 'map') {
      this.#test.wrongKind(node, '`headers`', 'a map from names to texts');
      return [];
    }
    return entriesOf(node).flatMap(({ key, value }): [string, string][] => {
      if (value.kind === 'scalar') return [[key.value, value.text]];
      this.#test.complain('MILLRACE_WRONG_TYPE', value.span, `a header must be a text, not ${kindName(value)}`, '');
      return [];
    });
  }
}

const isRecord = (node: YamlNode): boolean =>
  node.kind === 'map' &&
  node.entries.has('value') &&
  [...node.entries.keys()].every((key) => RECORD_KEYS.includes(key));
