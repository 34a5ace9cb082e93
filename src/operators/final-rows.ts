import type { Batch, Operator } from '../core/operator.ts';

/** `emit: final`: of a table, the stream of the rows that will not change any more, each once. */
export class FinalRows implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly snapshot = null;

  constructor(name: string) {
    this.name = name;
  }

  process(input: Batch): Batch {
    if (input.kind === 'stream') throw new TypeError('rows of a stream are final');
    return { kind: 'stream', rows: input.final };
  }
}
