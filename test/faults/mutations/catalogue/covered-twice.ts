import { FENCED_OWNER } from '../histories/transactions.ts';
import type { CoveredTwice } from '../mutation.ts';

const SCRIPTS = 'src/state/redis/scripts.ts';
const TASK = 'src/runtime/task.ts';

/** Guards of which each covers for the others. */
export const COVERED_TWICE: readonly CoveredTwice[] = [
  {
    name: 'fenced-owner-goes-on',
    why:
      'Who takes being fenced for an abort initialises its id anew, and finds that its epoch does not follow on the one before; who does ' +
      'not look at that has left on being fenced, unless it was in doubt: `stale-owner-renews`.',
    guards: [
      {
        what: 'a fencing answer counts as an abort',
        edits: [
          {
            file: 'src/kafka/transaction-errors.ts',
            find: "const FENCED = rule('fenced', false);",
            replace: "const FENCED = rule('abort', false);",
          },
        ],
      },
      {
        what: 'a new epoch is taken for ours even where another owner came between',
        showsAlone: true,
        edits: [
          {
            file: 'src/kafka/transactional-producer.ts',
            find: 'if (producerId !== session.producerId || epoch !== session.epoch + 1) {',
            replace: 'if (producerId !== session.producerId) {',
          },
        ],
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['copies', 'totals'], faults: ['network', 'processes', 'brokers'] },
    history: FENCED_OWNER,
  },
  {
    name: 'repeated-answers-of-a-fetch',
    why:
      'Of a partition one fetch is under way at a time, so that its position is where the fetch was sent from; where there are two, the ' +
      'answer to the second is for another position than the queue has; and of an answer that is taken in nevertheless, records before the ' +
      'position are dropped.',
    guards: [
      {
        what: 'a partition is fetched again while a fetch of it is under way',
        edits: [
          {
            file: 'src/kafka/leader-fetch.ts',
            find: 'queue.leader === this.#node && !queue.inFlight && queue.bufferedBytes < half',
            replace: 'queue.leader === this.#node && queue.bufferedBytes < half',
          },
        ],
      },
      {
        what: 'an answer is taken in wherever the queue is by now',
        edits: [
          {
            file: 'src/kafka/leader-fetch.ts',
            find: 'if (queue.closed || queue.position !== positions[i]) return;',
            replace: 'if (queue.closed || positions.length === 0) return;',
          },
          {
            file: 'src/runtime/input-queue.ts',
            find: 'if (next.count > 0 && next.offsets[0] < this.#position) {',
            replace: 'if (next.count < 0) {',
          },
        ],
      },
      {
        what: 'of an answer nothing is dropped that is before the position',
        edits: [
          {
            file: 'src/kafka/committed-records.ts',
            find: 'header.recordCount > 0 && offsetAfter(header) > reached',
            replace: 'header.recordCount > 0',
          },
          {
            file: 'src/kafka/committed-records.ts',
            find: 'decodeBatch(records, at, header, tp, reached, end)',
            replace: 'decodeBatch(records, at, header, tp, 0, end)',
          },
        ],
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['copies', 'totals'], faults: ['network', 'brokers'] },
  },
  {
    name: 'late-write-of-a-former-owner',
    why:
      'A former owner writes from a position that a successor has moved on from; and where the positions are the same, what it writes is in ' +
      'the changelog, and right. Of failovers the position alone tells: `apply-at-any-position`.',
    guards: [
      {
        what: 'a lower generation may write',
        edits: [
          {
            file: SCRIPTS,
            find: "if tonumber(state[2] or '-1') > tonumber(ARGV[2]) then return {'FENCED'} end\n",
            replace: '',
          },
        ],
      },
      {
        what: 'nobody asks at which position the copy is',
        edits: [
          {
            file: SCRIPTS,
            find: "if state[3] ~= ARGV[3] and state[3] ~= ARGV[4] then return {'GAP', state[3]} end",
            replace: 'state[3] = state[3] == ARGV[4] and ARGV[4] or ARGV[3]',
          },
          {
            file: 'src/state/redis/copy.ts',
            find: 'if (expected.includes(Number(position))) return null;',
            replace: 'if (expected.length > 0) return null;',
          },
        ],
        showsAlone: true,
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals', 'windows'], faults: ['network', 'processes', 'redis'] },
  },
  {
    name: 'watermark-overtakes-open-windows',
    why:
      'What is handed on is what a batch ran with, when it has put out everything before that; where it were what the batch led to, the ' +
      'windows that are still open hold it back.',
    guards: [
      {
        what: 'an operator hands on the watermark that its batch led to',
        edits: [
          {
            file: 'src/runtime/pipeline.ts',
            find: 'return eventTime.outputWatermark(ran[view] ?? -Infinity);',
            replace: 'return eventTime.outputWatermark(Math.max(ran[view] ?? -Infinity, watermark));',
          },
        ],
      },
      {
        what: 'windows that are still to be closed do not hold the watermark back',
        edits: [
          {
            file: 'src/operators/timed-aggregate.ts',
            find: '(store.firstSegment > watermark ? watermark : store.firstSegment - 1)',
            replace: 'watermark',
          },
        ],
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['tens'], faults: ['network', 'processes', 'brokers'] },
  },
  {
    name: 'owners-fence-each-other',
    why:
      'Who is out of the group is told so by its own heartbeat and closes; who does not hear that asks when it is fenced. Without both, two ' +
      'owners take the task from each other for ever.',
    guards: [
      {
        what: 'who is fenced does not ask whether the task is still its own',
        edits: [
          {
            file: TASK,
            find: 'if (!(await this.#owner.confirms(this.id))) return false;',
            replace: '',
          },
        ],
      },
      {
        what: 'who loses its membership, or a task, goes on',
        edits: [
          {
            file: 'src/runtime/engine.ts',
            find: '    this.#assignment = null;\n    this.#workers?.assign([]);\n',
            replace: '    this.#assignment = null;\n',
          },
          {
            file: 'src/runtime/local-worker.ts',
            find: 'if (!this.#assigned.has(name)) task.close();',
            replace: 'if (!this.#assigned.has(name) && tasks.length === 0) task.close();',
          },
        ],
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['copies', 'totals'], faults: ['network', 'processes', 'brokers'] },
  },
];
