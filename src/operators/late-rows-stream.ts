import type { Batch, Operator } from '../core/operator.ts';

/** `lateRows`: the stream of the rows that an operator did not take because they came behind the watermark. */
export class LateRowsStream implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly snapshot = null;

  constructor(name: string) {
    this.name = name;
  }

  process(input: Batch): Batch {
    if (input.kind === 'stream') throw new TypeError('late rows come from an aggregation');
    return { kind: 'stream', rows: input.late.rows };
  }
}
