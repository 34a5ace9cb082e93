import { EMPTY_STREAM, type Batch, type Operator } from '../core/operator.ts';
import type { Row } from '../core/types.ts';

/** `emit: newKeys`: of a table, the stream of the rows that enter it, as they are then; what becomes of them later is left out. */
export class NewKeys implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly snapshot = null;

  constructor(name: string) {
    this.name = name;
  }

  process(input: Batch): Batch {
    if (input.kind === 'stream') throw new TypeError('a stream has no keys');
    const rows: Row[] = [];
    for (const change of input.changes) if (change.old === null && change.new !== null) rows.push(change.new);
    return rows.length === 0 ? EMPTY_STREAM : { kind: 'stream', rows };
  }
}
