import type { Choice, Mutation } from '../mutation.ts';

const ABORTED = 'src/kafka/aborted-transactions.ts';
const RANGE = 'src/kafka/range-reader.ts';

/** Answers as small as a simulated log; by itself it changes no result. */
const SMALL_ANSWERS = { file: RANGE, find: 'const MAX_BYTES = 4 * 1024 * 1024;', replace: 'const MAX_BYTES = 300;' };
/** Where logs are read from their beginning, with holes in them. */
const HOLES: Choice = { parts: ['totals', 'windows'], faults: ['processes', 'redis', 'brokers'] };

/** What can be got wrong in reading: which records are committed, where reading goes on, who reads what. */
export const READING: readonly Mutation[] = [
  {
    name: 'aborted-list-in-broker-order',
    what: 'the list of aborted transactions is taken in the order in which it comes, which is that of their ends',
    edits: [
      {
        file: ABORTED,
        find: '[...transactions].sort((a, b) => a.firstOffset - b.firstOffset)',
        replace: '[...transactions]',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'first-aborted-batch-leaks',
    what: 'an aborted transaction counts from behind its first batch',
    edits: [{ file: ABORTED, find: '.firstOffset <= baseOffset', replace: '.firstOffset < baseOffset' }],
    foundBy: 'simulator',
  },
  {
    name: 'one-aborted-transaction-a-batch',
    what: 'each batch takes up one aborted transaction only, so that the second of two overlapping ones leaks',
    edits: [
      {
        file: ABORTED,
        find: 'while (this.#next < this.#transactions.length',
        replace: 'if (this.#next < this.#transactions.length',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'aborted-for-good',
    what: 'an abort marker does not end the aborted transaction: what the producer commits afterwards is dropped',
    edits: [{ file: ABORTED, find: 'this.#aborting.delete(producerId);', replace: '' }],
    foundBy: 'simulator',
  },
  {
    name: 'next-offset-from-records',
    what: 'reading (here in answers of 300 bytes) goes on behind the records that a batch holds, not behind those that it had before compaction',
    edits: [
      SMALL_ANSWERS,
      {
        file: 'src/kafka/record-batch/decode.ts',
        find: 'header.baseOffset + header.lastOffsetDelta + 1;',
        replace: 'header.baseOffset + header.recordCount;',
      },
    ],
    foundBy: 'simulator',
    choice: HOLES,
  },
  {
    name: 'position-behind-records-only',
    what: 'aborted and control batches do not move the position of the reader',
    edits: [
      {
        file: 'src/kafka/committed-records.ts',
        find: '    reached = Math.max(reached, Math.min(offsetAfter(header), end));',
        replace:
          '    if (chunks.length > 0) reached = Math.max(reached, Math.min(chunks[chunks.length - 1].nextOffset, end));',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'range-ends-at-a-hole',
    what: 'an answer (here of 300 bytes) without committed records counts as the end of the log',
    edits: [
      SMALL_ANSWERS,
      {
        file: RANGE,
        find: 'next = position < to ? fetchFrom(cluster, tp, position, stop.signal) : null;\n      yield',
        replace:
          'next = position < to && read.chunks.length > 0 ? fetchFrom(cluster, tp, position, stop.signal) : null;\n      yield',
      },
    ],
    foundBy: 'simulator',
    choice: HOLES,
  },
  {
    name: 'zombie-out-of-range-is-fatal',
    what: 'a stalled owner whose input was deleted by its successor ends the topology',
    edits: [
      {
        file: 'src/runtime/local-worker.ts',
        find: "if (error.code === 'OFFSET_OUT_OF_RANGE' && running !== undefined) running.task.lostInput(error);\n    else this",
        replace: 'this',
      },
      {
        file: 'src/runtime/take-over.ts',
        find: "fenced ? 'PRODUCER_FENCED' : 'OFFSET_OUT_OF_RANGE'",
        replace: "'OFFSET_OUT_OF_RANGE'",
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'orphaned-tasks',
    what: 'tasks of a member that is gone are handed to nobody',
    edits: [
      {
        file: 'src/kafka/assignor.ts',
        find: 'for (const task of unowned) leastLoaded(members, task.subTopology)?.take(task);',
        replace:
          'if (owners.size === 0) for (const task of unowned) leastLoaded(members, task.subTopology)?.take(task);',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'group-offset-ahead',
    what: "the group's offset names what was read, not what is committed",
    edits: [
      {
        file: 'src/runtime/group-offsets.ts',
        find: 'const { topic, partition, consumed } = position;',
        replace: 'const { topic, partition, read: consumed } = position;',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['tens'], faults: ['processes'] },
  },
  {
    name: 'group-offset-by-a-stranger',
    what: 'offsets are committed from outside the group, which a group with members refuses: lag tools see nothing',
    edits: [
      {
        file: 'src/kafka/offset-mirror.ts',
        find: 'committer ?? { generation: -1',
        replace: '{ generation: -1',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'uncommitted-input-deleted',
    what: 'what was read of a repartition topic is deleted before it is committed',
    edits: [
      {
        file: 'src/runtime/housekeeping.ts',
        find: 'const { topic, partition, committed } = position;',
        replace: 'const { topic, partition, read: committed } = position;',
      },
    ],
    foundBy: 'simulator',
  },
];
