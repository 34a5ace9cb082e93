import { printableRow } from '../core/printable.ts';
import type { ExternalSink, SinkDelivery } from '../core/sink.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { RecordChunk, Transport } from '../core/transport.ts';
import type { ConsolePlanSink, KafkaPlanSink, PhysicalPlan } from '../plan/physical-plan.ts';
import type { PlainValue } from '../topology/test-spec.ts';
import type { OutputRow, SinkOutput } from './observation.ts';

/** Collects what the sinks of a plan are given, from one question to the next. */
export class Outputs {
  readonly #kafka: readonly KafkaPlanSink[];
  readonly #console: ReadonlyMap<string, ConsoleRows>;
  readonly #partitions: number;
  /** Where the next question begins to read, by `partitionName`. */
  readonly #read = new Map<string, number>();

  /** @param partitions of every topic */
  constructor(plan: PhysicalPlan, partitions: number) {
    const sinks = plan.subTopologies.flatMap((sub) => sub.sinks);
    this.#kafka = sinks.filter((sink) => sink.kind === 'kafka');
    const consoles = sinks.filter((sink) => sink.kind === 'console');
    this.#console = new Map(consoles.map((sink) => [sink.name, new ConsoleRows(sink)]));
    this.#partitions = partitions;
  }

  /** Sinks that print, by name: what they print goes here. */
  get externalSinks(): ReadonlyMap<string, ExternalSink> {
    return this.#console;
  }

  /** The partitions that sinks write. */
  get partitions(): TopicPartition[] {
    const topics = new Set(this.#kafka.map(({ topic }) => topic));
    return [...topics].flatMap((topic) =>
      Array.from({ length: this.#partitions }, (_, partition) => ({ topic, partition })),
    );
  }

  /** What is in the partitions up to here is no output: it was sent by the test. */
  skipTo(ends: ReadonlyMap<string, number>): void {
    for (const [name, end] of ends) this.#read.set(name, end);
  }

  /** What came since the last time, by sink. Sinks that share a topic are each given all of it. */
  async take(transport: Transport, ends: ReadonlyMap<string, number>): Promise<Map<string, SinkOutput>> {
    const chunks = new Map<string, RecordChunk[]>();
    for (const tp of this.partitions) {
      const name = partitionName(tp);
      const from = this.#read.get(name) ?? 0;
      const to = ends.get(name) ?? from;
      this.#read.set(name, to);
      const read: RecordChunk[] = [];
      for await (const chunk of transport.readRange(tp, from, to)) read.push(chunk);
      chunks.set(tp.topic, [...(chunks.get(tp.topic) ?? []), ...read]);
    }
    const outputs = new Map<string, SinkOutput>();
    for (const sink of this.#kafka) {
      const rows = (chunks.get(sink.topic) ?? []).flatMap((chunk) => recordsOf(chunk, sink));
      outputs.set(sink.name, { isText: sink.value.format.name !== 'json', rows });
    }
    for (const [name, sink] of this.#console) outputs.set(name, { isText: false, rows: sink.take() });
    return outputs;
  }
}

class ConsoleRows implements ExternalSink {
  readonly #sink: ConsolePlanSink;
  #rows: OutputRow[] = [];

  constructor(sink: ConsolePlanSink) {
    this.#sink = sink;
  }

  deliver({ rows }: SinkDelivery): Promise<void> {
    for (const row of rows) this.#rows.push({ key: null, value: { ...printableRow(row, this.#sink.schema) } });
    return Promise.resolve();
  }

  take(): OutputRow[] {
    return this.#rows.splice(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function recordsOf(chunk: RecordChunk, sink: KafkaPlanSink): OutputRow[] {
  const text = (start: number, end: number): string | null =>
    start < 0 ? null : chunk.bytes.toString('utf8', start, end);
  const rows: OutputRow[] = [];
  for (let i = 0; i < chunk.count; i++) {
    const key = text(chunk.keyStart[i], chunk.keyEnd[i]);
    const value = text(chunk.valueStart[i], chunk.valueEnd[i]);
    // The end of a snapshot is no row of it.
    if (sink.outputMode === 'complete' && key === null && value === null) continue;
    rows.push({ key, value: value === null || sink.value.format.name !== 'json' ? value : parsed(value) });
  }
  return rows;
}

/** A topic may hold what is no JSON, where the test itself or another sink writes it, too. */
function parsed(text: string): PlainValue {
  try {
    return JSON.parse(text) as PlainValue;
  } catch {
    return text;
  }
}
