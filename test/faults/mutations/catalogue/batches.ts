import { ABORTED_BATCH } from '../histories/batches.ts';
import type { Mutation } from '../mutation.ts';

const COMMIT = 'src/runtime/commit.ts';
const RUNNER = 'src/runtime/batch-runner.ts';
const BATCH_LOOP = 'src/runtime/batch-loop.ts';

/** What can be got wrong in the order of a batch, and in doing it again. */
export const BATCHES: readonly Mutation[] = [
  {
    name: 'redis-before-the-commit',
    what: "a batch's changes are accepted as soon as they are sent, so that the cache and Redis keep those of an aborted batch",
    edits: [
      {
        file: COMMIT,
        find: '  now: () => number,\n): Promise',
        replace:
          '  now: () => number,\n  accept: (offset: number) => Promise<void> | undefined = () => undefined,\n): Promise',
      },
      {
        file: COMMIT,
        find: '  await transaction.commit();\n',
        replace: '  await accept(offset);\n  await transaction.commit();\n',
      },
      {
        file: RUNNER,
        find: "{ kind: 'commit', generation: this.#generation, ...made.progress },\n      () => clock.now(),\n",
        replace: `{ kind: 'commit', generation: this.#generation, ...made.progress },
      () => clock.now(),
      (at) => this.#state.accept(made.delta, at, clock.now()),
`,
      },
      {
        file: RUNNER,
        find: 'const room = this.#state.accept(made.delta, offset, clock.now());',
        replace: 'const room: Promise<void> | undefined = undefined;',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'commit-record-first',
    what: 'the commit record stands before the changes of its batch',
    edits: [
      {
        file: COMMIT,
        find: '  for (const { store, key, value } of delta.changes) {',
        replace: `  const first = record.kind === 'commit' ? COMMIT_KEY : CLAIM_KEY;
  transaction.append(topic, partition, timestamp, first, encodeOwnership(record), null);
  for (const { store, key, value } of delta.changes) {`,
      },
      {
        file: COMMIT,
        find: `  const key = record.kind === 'commit' ? COMMIT_KEY : CLAIM_KEY;
  transaction.append(topic, partition, timestamp, key, encodeOwnership(record), null);
`,
        replace: '',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'commit-record-without-inputs',
    what: 'a commit record names the input positions that its batch began with',
    edits: [
      {
        file: RUNNER,
        find: 'progress: { ...before, batchId: batch.batchId, batchTimeMs: time.nowMs, inputs, time: next },',
        replace: 'progress: { ...before, batchId: batch.batchId, batchTimeMs: time.nowMs, time: next },',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'fetched-counts-as-taken',
    what: 'a batch ends where fetching has come to: what is still in the queue is skipped by the next owner',
    edits: [
      {
        file: 'src/runtime/input-queue.ts',
        find: 'return { chunks, startOffset, endOffset: this.#position, rows,',
        replace: 'return { chunks, startOffset, endOffset: Math.max(this.#reader.position, this.#position), rows,',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'position-stands-still',
    what: 'a batch goes on from the position that its owner began with, so that commit records do not name one another',
    edits: [
      {
        file: RUNNER,
        find: 'progress: { ...made.progress, position: offset },',
        replace: 'progress: made.progress,',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'batch-time-goes-back',
    what: 'batch time is the wall clock of whoever owns the task',
    edits: [
      {
        file: RUNNER,
        find: 'const nowMs = Math.max(Math.floor(this.#context.clock.now()), batchTimeMs);',
        replace: 'const nowMs = Math.max(Math.floor(this.#context.clock.now()), batchTimeMs * 0);',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'aborted-batch-is-skipped',
    what: 'a batch that was aborted is not done again',
    edits: [
      {
        file: BATCH_LOOP,
        find: '        await backOff.wait(signal);\n        if (signal.aborted) return null;\n',
        replace: '        await backOff.wait(signal);\n        return null;\n',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'unknown-outcome-is-retried',
    what: 'a batch whose commit may have succeeded is done again, without a look at the changelog',
    edits: [
      {
        file: BATCH_LOOP,
        find: "if (error.recovery !== 'aborted') throw error;",
        replace: "if (error.recovery !== 'aborted' && error.recovery !== 'unknown') throw error;",
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals'], faults: ['network'] },
  },
  {
    name: 'mismatch-is-retried',
    what: 'a batch that found the copy of the state wrong is done again on the same copy, for ever',
    edits: [
      {
        file: 'src/core/errors.ts',
        find: "STATE_MISMATCH: { recovery: 'corrupted'",
        replace: "STATE_MISMATCH: { recovery: 'aborted'",
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'overlay-kept-after-abort',
    what: 'the changes of an aborted batch are seen by the batch that does its input again',
    edits: [
      {
        file: 'src/state/layered-store.ts',
        find: '    slot.row = slot.committed;\n    slot.dirty = false;\n',
        replace: '    slot.dirty = false;\n',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals'], faults: ['network', 'brokers'] },
  },
  {
    name: 'overlay-not-discarded',
    what: 'an aborted batch leaves its changes sealed, and its successor cannot be accepted',
    edits: [{ file: BATCH_LOOP, find: '        state.discard();\n', replace: '' }],
    foundBy: 'simulator',
  },
  {
    name: 'committed-row-changed-in-place',
    what: 'an aggregation buffer is changed where it lies, so that an abort cannot bring the committed one back',
    edits: [
      {
        file: 'src/operators/group-table.ts',
        find: 'group.buffer = group.stored?.slice() ?? this.#aggregator.initial();',
        replace: 'group.buffer = group.stored ?? this.#aggregator.initial();',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'sizes-kept-after-abort',
    what: 'an abort leaves the number of entries of a segment as the aborted batch had it',
    edits: [
      {
        file: 'src/state/layered-store.ts',
        find: '    this.dirty = [];\n    this.#seeCommitted();\n    this.endBatch();\n',
        replace: '    this.dirty = [];\n    this.endBatch();\n',
      },
    ],
    foundBy: 'simulator',
    history: ABORTED_BATCH,
  },
  {
    name: 'partial-buffers-shared',
    what: 'the groups of a batch share one buffer before the repartition',
    edits: [
      {
        file: 'src/operators/partial-aggregate.ts',
        find: 'for (const group of groups) group.buffer = aggregator.initial();',
        replace: 'const buffer = aggregator.initial();\n    for (const group of groups) group.buffer = buffer;',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['words'] },
  },
];
