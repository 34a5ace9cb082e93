import {
  BACK_TO_A_STOPPING_PROCESS,
  COMMIT_BEFORE_THE_FENCE,
  COPY_BEHIND,
  LARGE_BATCH_ABORTED,
  TOMBSTONES_COMPACTED_AWAY,
} from '../histories/taking-over.ts';
import type { Mutation } from '../mutation.ts';

const TAKE_OVER = 'src/runtime/take-over.ts';
const RESTORE = 'src/runtime/restore.ts';

/** What can be got wrong when a task changes hands: fence, end of the log, copy of the state, claim. */
export const TAKING_OVER: readonly Mutation[] = [
  {
    name: 'read-before-fence',
    what: 'the changelog is read before the earlier owner is fenced: what that one commits in between is done twice',
    edits: [
      {
        file: TAKE_OVER,
        find: '  const producer = await transport.openProducer({\n',
        replace: `  const early = await settledBounds(transport, changelog, clock, {
    timeoutMs: settings.transactionTimeoutMs,
    signal,
    onHanging: (error) => listener.onEvent({ kind: 'error', task: id, error }),
  });
  const found = await lastProgress(transport, changelog, early);
  const producer = await transport.openProducer({
`,
      },
      {
        file: TAKE_OVER,
        find: 'const last = (await lastProgress(transport, changelog, bounds)) ?? {',
        replace: 'const last = found ?? {',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals'], faults: ['processes', 'network'] },
    history: COMMIT_BEFORE_THE_FENCE,
  },
  {
    name: 'group-offset-instead-of-commit-record',
    what: "a new owner goes on from the group's offset, which is but a mirror",
    edits: [
      {
        file: TAKE_OVER,
        find: '    const committed = progress.inputs[source.topic];\n',
        replace: `    const [mirrored] = await transport.groupOffsets(plan.name, [source]);
    const committed = mirrored?.offset ?? progress.inputs[source.topic];
`,
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'one-probe-only',
    what: 'a changelog whose last records hold no commit record counts as a new one',
    edits: [
      {
        file: 'src/runtime/ownership.ts',
        find: '    if (from === bounds.first) return null;\n',
        replace: '    return null;\n',
      },
    ],
    foundBy: 'simulator',
    history: LARGE_BATCH_ABORTED,
  },
  {
    name: 'claim-taken-for-commit',
    what: 'the position of a claim record counts as that of the last commit',
    edits: [
      {
        file: 'src/runtime/changelog.ts',
        find: "const position = record.kind === 'commit' ? offset : record.position;",
        replace: 'const position = offset;',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'no-claim-record',
    what: 'an owner takes the end of the log for its generation without writing a claim there',
    edits: [
      {
        file: TAKE_OVER,
        find: 'const generation = await claim(await producer.begin(), changelog, progress, clock);',
        replace: 'const generation = bounds.end;',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'tail-not-replayed',
    what: 'a copy that is behind the last commit counts as current',
    edits: [
      {
        file: RESTORE,
        find: 'if (from > progress.position) return',
        replace: 'if (!rebuild || from > progress.position) return',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'replay-skips-the-first-change',
    what: 'the tail is replayed from behind the first record that follows the position',
    edits: [{ file: RESTORE, find: 'state.meta.position + 1)', replace: 'state.meta.position + 3)' }],
    foundBy: 'simulator',
    history: COPY_BEHIND,
  },
  {
    name: 'replay-not-finished',
    what: 'what follows the last whole stretch of the tail is not replayed',
    edits: [
      {
        file: RESTORE,
        find: ' || entry.offset === progress.position) {\n        await state.catchUp(stretch, entry.offset,',
        replace:
          ' || entry.offset === progress.position) {\n        await state.catchUp(full ? stretch : [], entry.offset,',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'stretch-claims-the-end',
    what: 'each stretch of a replay (here of four changes) moves the copy to the position of the last: who dies on the way leaves a copy that looks whole',
    edits: [
      { file: RESTORE, find: 'const STRETCH = 5_000;', replace: 'const STRETCH = 4;' },
      {
        file: RESTORE,
        find: 'await state.catchUp(stretch, entry.offset,',
        replace: 'await state.catchUp(stretch, progress.position,',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'old-tombstones-not-noticed',
    what: 'a copy is caught up however old it is, though tombstones (here kept for ten seconds) may be compacted away',
    edits: [
      {
        file: 'src/plan/topics.ts',
        find: 'TOMBSTONE_RETENTION_MS = 7 * DAY;',
        replace: 'TOMBSTONE_RETENTION_MS = 10_000;',
      },
      {
        file: RESTORE,
        find: 'return now - meta.positionTimestampMs < TOMBSTONE_RETENTION_MS / 2;',
        replace: 'return now > 0;',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['windows'], faults: ['redis', 'brokers', 'processes'] },
    history: TOMBSTONES_COMPACTED_AWAY,
  },
  {
    name: 'back-to-a-stopping-process',
    what: 'a process that stops reports tasks that came back to it where it had left them, though another one has taken them further',
    edits: [
      {
        file: 'src/runtime/engine.ts',
        find: 'this.#assignment = { ...assignment, tasks: assignment.tasks.filter((task) => this.#isOurs(task)) };',
        replace: 'this.#assignment = assignment;',
      },
    ],
    foundBy: 'simulator',
    history: BACK_TO_A_STOPPING_PROCESS,
  },
];
