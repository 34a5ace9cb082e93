import { decodeKey } from '../core/key-codec.ts';
import type { Batch, EventTimeOperator, LateRows, Operator, OperatorContext } from '../core/operator.ts';
import { NONE_LATE } from '../core/operator.ts';
import { segmentKey, withoutSegment } from '../core/segment-key.ts';
import type { Row } from '../core/types.ts';
import type { AggregateOptions } from './aggregate.ts';
import { GroupTable } from './group-table.ts';
import type { Group, GroupedRows } from './grouping.ts';

export interface TimedAggregateOptions extends AggregateOptions {
  /** The event time at which a group is final, from its values. */
  readonly segmentOf: (values: Row) => number;
  /** Position of the number of rows that a row of the input stands for; -1 = each stands for itself. */
  readonly countColumn: number;
  /** The row that goes on where one is late; null = it is only counted. */
  readonly lateRow: ((row: Row) => Row) | null;
  /** False where nothing looks at what is final: groups then leave the store without a word. */
  readonly finalRowsAsked: boolean;
  /** Groups that one batch closes at most, about. */
  readonly closeLimit: number;
}

/**
 * `groupBy` with aggregates where event time is among the groups, as a window or as it is. A group is open until the watermark reaches its
 * segment; it is then put out as final and leaves the store. What comes for it afterwards is late. The store is segmented, and closing takes
 * as many batches as its size asks for.
 */
export class TimedAggregate implements Operator {
  readonly name: string;
  readonly eventTime: EventTimeOperator;
  readonly #options: TimedAggregateOptions;
  readonly #table: GroupTable;

  constructor(name: string, options: TimedAggregateOptions) {
    this.name = name;
    this.#options = options;
    this.#table = new GroupTable(options.store, options.aggregator, options.oldRowsAsked);
    const { store } = options;
    this.eventTime = {
      get oldest() {
        return store.firstSegment;
      },
      outputWatermark: (watermark) => (store.firstSegment > watermark ? watermark : store.firstSegment - 1),
    };
  }

  async process(input: Batch, context: OperatorContext): Promise<Batch> {
    if (input.kind === 'table') throw new TypeError('a table cannot be aggregated as a stream');
    const { grouping, absorb, segmentOf } = this.#options;
    const { lateWatermark, evictionWatermark } = context;
    const grouped = grouping.assign(input.rows, context);
    const open: Group[] = [];
    for (const group of grouped.groups) {
      group.segment = segmentOf(group.values);
      if (group.segment <= lateWatermark) continue;
      group.storeKey = segmentKey(group.segment, group.key);
      open.push(group);
    }
    await this.#table.open(open);
    const someLate = open.length < grouped.groups.length;
    this.#table.absorb(grouped, absorb, context, lateWatermark);
    const changes = this.#table.store(open, grouped, context);
    const late = someLate ? this.#late(grouped, lateWatermark) : NONE_LATE;
    return { kind: 'table', changes, final: await this.#close(evictionWatermark), late };
  }

  /** A row counts once for each group that it is too late for. */
  #late({ rows, groupOf }: GroupedRows, lateWatermark: number): LateRows {
    const { countColumn, lateRow } = this.#options;
    let count = 0;
    const late: Row[] = [];
    for (let i = 0; i < rows.length; i++) {
      if (groupOf[i].segment > lateWatermark) continue;
      count += countColumn < 0 ? 1 : Number(rows[i][countColumn]);
      if (lateRow !== null) late.push(lateRow(rows[i]));
    }
    return { count, rows: late };
  }

  async #close(watermark: number): Promise<Row[]> {
    const { store, groupTypes, closeLimit, finalRowsAsked } = this.#options;
    const final: Row[] = [];
    let closed = 0;
    while (closed < closeLimit && store.firstSegment <= watermark) {
      const taken = await store.take(store.firstSegment, closeLimit - closed);
      closed += taken.length;
      if (!finalRowsAsked) continue;
      for (const [key, buffer] of taken) {
        final.push(this.#table.row(decodeKey(withoutSegment(key), groupTypes), buffer));
      }
    }
    return final;
  }

  readonly snapshot = async function* (this: TimedAggregate): AsyncIterable<Row> {
    const { store, groupTypes } = this.#options;
    for await (const [key, buffer] of store.scan()) {
      yield this.#table.row(decodeKey(withoutSegment(key), groupTypes), buffer);
    }
  };
}
