import {
  HEARD_OF_LATE,
  HELD_UP_BEHIND_A_REPARTITION,
  OUT_OF_REACH_WHILE_IDLE,
  SILENCE_ENDS_WITH_AN_ABORT,
  SILENT_WITH_OPEN_WINDOWS,
  STOPPED_WHILE_IDLE,
  UNANSWERED_WHILE_ROWS_COME,
} from '../histories/event-time.ts';
import type { Mutation } from '../mutation.ts';

const EVENT_TIME = 'src/runtime/event-time.ts';
const MARKERS = 'src/runtime/marker-sender.ts';

/** What can be got wrong with event time: watermarks, markers, idleness, closing. */
export const EVENT_TIMES: readonly Mutation[] = [
  {
    name: 'late-by-its-own-rows',
    what: 'a batch runs with the watermark that it leads to itself, and rows are late by it',
    edits: [
      {
        file: 'src/runtime/batch-runner.ts',
        find: 'await this.#pipeline.run(rows, time);',
        replace:
          'await this.#pipeline.run(rows, { ...time, event: { ...time.event, watermark: Math.max(moved.watermark, time.event.watermark) } });',
      },
      {
        file: 'src/runtime/pipeline.ts',
        find: '      const lateWatermark = time.event.ran[view] ?? -Infinity;\n      const evictionWatermark = this.#watermarkOf(n, time, ran);\n',
        replace:
          '      const evictionWatermark = this.#watermarkOf(n, time, ran);\n      const lateWatermark = evictionWatermark;\n',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'idleness-not-taken-back',
    what: 'a task that is let go leaves the word that its source is idle: what comes meanwhile is late',
    edits: [
      {
        file: 'src/runtime/batch-loop.ts',
        find: '    if (!runEnds && !runner.toldIdle) return;\n',
        replace: '    if (!runEnds) return;\n',
      },
    ],
    foundBy: 'simulator',
    history: STOPPED_WHILE_IDLE,
  },
  {
    name: 'watermark-of-the-fastest',
    what: 'behind a repartition the furthest task decides, not the slowest',
    edits: [{ file: EVENT_TIME, find: 'Math.min(...active)', replace: 'Math.max(...active)' }],
    foundBy: 'simulator',
  },
  {
    name: 'unheard-tasks-left-out',
    what: 'a task that has not said anything yet holds nobody back: the number of tasks in a marker is not looked at',
    edits: [
      {
        file: EVENT_TIME,
        find: 'Math.max(taskCount, known.length)',
        replace: 'Math.max(task + 1, taskCount * 0, known.length)',
      },
    ],
    foundBy: 'simulator',
    history: HEARD_OF_LATE,
  },
  {
    name: 'idle-behind-a-repartition',
    what: 'a task behind a repartition that is idle holds nobody back, though rows may be on their way to it',
    edits: [{ file: EVENT_TIME, find: '!ofSource || !each.idle', replace: '!(ofSource || true) || !each.idle' }],
    foundBy: 'simulator',
    history: HELD_UP_BEHIND_A_REPARTITION,
  },
  {
    name: 'idle-with-open-windows',
    what: 'a task of a source says that it is idle while windows of it are still to come out',
    edits: [
      {
        file: 'src/runtime/batch-runner.ts',
        find: 'idle: time.idle && !this.#pipeline.isOpenBefore(from),',
        replace: 'idle: time.idle,',
      },
    ],
    foundBy: 'simulator',
    history: SILENT_WITH_OPEN_WINDOWS,
  },
  {
    name: 'failing-leader-is-idle',
    what: 'an input whose leader does not answer counts as read to its end',
    edits: [
      {
        file: 'src/runtime/input-queue.ts',
        find: 'position >= highWatermark && !failing;',
        replace: 'position >= highWatermark && (failing || !failing);',
      },
    ],
    foundBy: 'simulator',
    history: OUT_OF_REACH_WHILE_IDLE,
  },
  {
    name: 'idle-since-long-ago',
    what: 'rows that were taken as soon as they came do not interrupt idleness',
    edits: [
      {
        file: 'src/runtime/batch-loop.ts',
        find: '      if (taken !== null && taken.rows > 0) ownership.idleness.interrupt();\n',
        replace: '',
      },
    ],
    foundBy: 'simulator',
    choice: {
      parts: ['tens'],
      faults: ['network', 'processes'],
      fixed: { times: 'awake', trigger: 'default', partitions: 3 },
    },
  },
  {
    name: 'idle-unasked',
    what: 'time in which nobody asked whether something came counts as idleness: what came meanwhile is late',
    edits: [
      {
        file: 'src/runtime/idleness.ts',
        find: '    this.#quietAsOfMs = quietAsOfMs;\n',
        replace: '    this.#quietAsOfMs = quietAsOfMs === -Infinity ? -Infinity : nowMs;\n',
      },
    ],
    foundBy: 'simulator',
    history: UNANSWERED_WHILE_ROWS_COME,
  },
  {
    name: 'idle-for-good',
    what: 'who is idle does not look any more whether the leader still answers',
    edits: [
      {
        file: 'src/runtime/outlook.ts',
        find: 'const lookAt = queue.isEmpty && this.#mayBecomeIdle ?',
        replace: 'const lookAt = queue.isEmpty && this.#mayBecomeIdle && !rest.idle ?',
      },
    ],
    foundBy: 'simulator',
    history: OUT_OF_REACH_WHILE_IDLE,
  },
  {
    name: 'markers-told-before-the-commit',
    what: 'a marker counts as told although its transaction was aborted: nobody hears of it again',
    edits: [
      {
        file: MARKERS,
        find: '      partitions.push(partition);\n',
        replace: '      partitions.push(partition);\n      this.#told[partition] = tidings;\n',
      },
    ],
    foundBy: 'simulator',
    history: SILENCE_ENDS_WITH_AN_ABORT,
  },
  {
    name: 'markers-to-touched-partitions-only',
    what: 'who gets no rows hears no news: its windows never close',
    edits: [
      {
        file: MARKERS,
        find: 'const everybody = nowMs >= this.#everybodyAtMs + this.#intervalMs;',
        replace: 'const everybody = this.#everybodyAtMs === -Infinity;',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'event-time-not-committed',
    what: 'a commit record keeps the event time that its batch began with: the next owner goes back in time',
    edits: [
      {
        file: 'src/runtime/batch-runner.ts',
        find: 'batchTimeMs: time.nowMs, inputs, time: next },',
        replace: 'batchTimeMs: time.nowMs, inputs, time: { ...next, watermark: before.time.watermark } },',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'late-rows-accepted',
    what: 'a row for a window that is closed opens it again',
    edits: [
      {
        file: 'src/operators/timed-aggregate.ts',
        find: '      if (group.segment <= lateWatermark) continue;\n      group.storeKey',
        replace: '      group.storeKey',
      },
      {
        file: 'src/operators/timed-aggregate.ts',
        find: 'this.#table.absorb(grouped, absorb, context, lateWatermark);',
        replace: 'this.#table.absorb(grouped, absorb, context);',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['windows'], faults: ['network', 'processes'], fixed: { lateRows: true } },
  },
  {
    name: 'windows-closed-early',
    what: 'a window is closed when the watermark passes its beginning',
    edits: [
      {
        file: 'src/operators/timed-aggregate.ts',
        find: 'final: await this.#close(evictionWatermark), late };',
        replace: 'final: await this.#close(evictionWatermark + 1_000_000), late };',
      },
    ],
    foundBy: 'simulator',
  },
];
