import { closest } from '../core/diagnostic.ts';
import type { Diagnostics, Located, Span } from '../core/diagnostic.ts';
import { parseDuration } from '../core/duration.ts';
import { timestampFromText } from '../sql/time-text.ts';
import type { CheckedShape } from './check-shape.ts';
import { ExpectationReader } from './read-expectation.ts';
import { RecordReader } from './read-record.ts';
import type { SinkSpec, SourceSpec } from './spec.ts';
import type { TestAction, TestSpec, TestStep } from './test-spec.ts';
import { child, entriesOf, kindName, located } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** What tests may name. Null = declared, but broken, so that nothing more can be said of it. */
export interface TestScope {
  readonly sources: ReadonlyMap<string, SourceSpec | null>;
  readonly sinks: ReadonlyMap<string, SinkSpec | null>;
  readonly views: ReadonlySet<string>;
}

/** @param declared everything that the topology declares, broken or not */
export const testScope = (
  declared: readonly { readonly kind: string; readonly name: Located<string> }[],
  sources: readonly SourceSpec[],
  sinks: readonly SinkSpec[],
): TestScope => ({
  sources: byName(declared, 'source', sources),
  sinks: byName(declared, 'sink', sinks),
  views: new Set(declared.filter(({ kind }) => kind === 'view').map(({ name }) => name.value)),
});

const byName = <T extends { readonly name: Located<string> }>(
  declared: Parameters<typeof testScope>[0],
  kind: string,
  specs: readonly T[],
): Map<string, T | null> =>
  new Map(
    declared
      .filter((each) => each.kind === kind)
      .map(({ name }) => [name.value, specs.find((spec) => spec.name.value === name.value) ?? null]),
  );

const START_TIME_MS = Date.UTC(2026, 0, 1);

/** Reads the list under `tests`. A test with an error is left out, and the error reported. */
export function readTests(shape: CheckedShape, scope: TestScope, diagnostics: Diagnostics): TestSpec[] {
  const list = child(shape.root, 'tests');
  if (list?.kind !== 'list') return [];
  const seen = new Set<string>();
  return list.items.flatMap((node, i) => {
    if (!shape.isSound(['tests', i])) return [];
    const reader = new TestReader(scope, diagnostics);
    const test = reader.read(node);
    const { value, span } = test.name;
    if (seen.has(value)) {
      const message = `there is a test \`${value}\` in this file already`;
      diagnostics.error('MILLRACE_DUPLICATE_NAME', span, message, 'rename one of them');
    }
    seen.add(value);
    return reader.isSound ? [test] : [];
  });
}

/** Reads one test; its complaints name the place, and that it is the test they are about. */
export class TestReader {
  readonly scope: TestScope;
  readonly #diagnostics: Diagnostics;
  readonly #records = new RecordReader(this);
  readonly #expectations = new ExpectationReader(this);
  #subject = '';
  /** Of every topic of the test. */
  partitions = 1;
  isSound = true;

  constructor(scope: TestScope, diagnostics: Diagnostics) {
    this.scope = scope;
    this.#diagnostics = diagnostics;
  }

  read(node: YamlNode): TestSpec {
    const name = textOf(child(node, 'name'));
    this.#subject = `test \`${name.value}\``;
    const partitions = child(node, 'partitions');
    if (partitions?.kind === 'scalar') this.partitions = Number(partitions.value);
    const start = child(node, 'startTime');
    const batches = child(node, 'batches');
    return {
      name,
      partitions: this.partitions,
      startTimeMs: start === null ? START_TIME_MS : Math.floor((this.time(start) ?? 0) / 1000),
      steps: batches?.kind === 'list' ? batches.items.map((step) => this.#step(step)) : [],
    };
  }

  #step(node: YamlNode): TestStep {
    const expect = child(node, 'expect');
    return {
      span: node.span,
      action: this.#action(node),
      expect: expect === null ? null : this.#expectations.read(expect),
    };
  }

  #action(node: YamlNode): TestAction {
    const send = child(node, 'send');
    if (send !== null) {
      return { kind: 'send', records: entriesOf(send).flatMap((entry) => this.#records.read(entry)) };
    }
    const advance = child(node, 'advance');
    if (advance !== null) return { kind: 'advance', ms: parseDuration(textOf(advance).value) ?? 0 };
    return { kind: child(node, 'restart') === null ? 'none' : 'restart' };
  }

  // --- what the readers of its parts need ---

  complain(code: string, span: Span, message: string, remedy: string): void {
    this.isSound = false;
    this.#diagnostics.error(code, span, message, remedy, this.#subject);
  }

  /** Complains of a name that is not there. */
  unknown(what: string, name: Located<string>, known: Iterable<string>): void {
    const names = [...known];
    const near = closest(name.value, names);
    const remedy = near === null ? `there are: ${names.join(', ')}` : `did you mean \`${near}\`?`;
    this.complain('MILLRACE_UNKNOWN_NAME', name.span, `there is no ${what} \`${name.value}\``, remedy);
  }

  wrongKind(node: YamlNode, what: string, kind: string): void {
    this.complain('MILLRACE_WRONG_TYPE', node.span, `${what} must be ${kind}, not ${kindName(node)}`, '');
  }

  /** Microseconds; null, and a complaint, when it is no time. */
  time(node: YamlNode): number | null {
    if (node.kind === 'scalar' && typeof node.value === 'number') return node.value * 1000;
    const micros = node.kind === 'scalar' ? timestampFromText(node.text) : null;
    if (micros === null) {
      const text = node.kind === 'scalar' ? `\`${node.text}\`` : kindName(node);
      const remedy = 'write it like "2026-01-01T12:07:00Z", or as milliseconds since 1970';
      this.complain('MILLRACE_INVALID_VALUE', node.span, `${text} is no time`, remedy);
    }
    return micros;
  }

  /** A whole number from 0 on; null, and a complaint, when it is none. */
  count(node: YamlNode, what: string): number | null {
    if (node.kind === 'scalar' && Number.isInteger(node.value) && Number(node.value) >= 0) return Number(node.value);
    this.wrongKind(node, what, 'a whole number');
    return null;
  }
}

const textOf = (node: YamlNode | null): Located<string> =>
  node?.kind === 'scalar' ? located(node) : { value: '', span: node?.span ?? NOWHERE };

const NOWHERE: Span = { file: '', start: 0, end: 0, verbatim: false };
