import { FAILOVER_BETWEEN_CHUNKS, GONE_BACK_BEFORE_A_LOAD } from '../histories/state.ts';
import type { Mutation } from '../mutation.ts';

const WRITER = 'src/state/redis/bucket-writer.ts';
const BEHIND = 'src/state/redis/write-behind.ts';
const COPY = 'src/state/redis/copy.ts';
const SCRIPTS = 'src/state/redis/scripts.ts';

/** Chunks as small as a simulated write; by itself it changes no result. */
const SMALL_CHUNKS = {
  file: 'src/state/redis/backend.ts',
  find: 'changesPerChunk: this.#options.changesPerChunk ?? 1_000,',
  replace: 'changesPerChunk: 3,',
};

/** What can be got wrong between the cache and the copy in Redis. */
export const STATE: readonly Mutation[] = [
  {
    name: 'unwritten-buckets-dropped',
    what: 'the cache lets go of a bucket whose changes are not written yet: it is loaded again without them',
    edits: [
      {
        file: 'src/state/cache.ts',
        find: 'if (bucket.pins > 0 || bucket.usedIn',
        replace: 'if (bucket.usedIn',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'newer-change-superseded',
    what: 'of two changes of a key that wait together the older one is written',
    edits: [{ file: BEHIND, find: 'former.superseded = true;', replace: 'change.superseded = true;' }],
    foundBy: 'simulator',
  },
  {
    name: 'deletions-not-written',
    what: 'deleted entries stay in Redis',
    edits: [
      {
        file: BEHIND,
        find: '!change.isDeletion || change.slot.stored',
        replace: '!change.isDeletion',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'deletions-not-logged',
    what: 'deleted entries stay in the changelog and in Redis: closed windows come back with the next owner',
    edits: [
      {
        file: 'src/state/task-state.ts',
        find: 'if (slot.row === null && slot.committed === null && slot.pins === 1) {',
        replace: 'if (slot.row === null) {',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'position-moves-with-the-first-chunk',
    what: 'the position is written ahead of the rows: the first chunk of a write (here of three changes) moves it',
    edits: [
      SMALL_CHUNKS,
      { file: WRITER, find: 'String(last ? write.position : this.position),', replace: 'String(write.position),' },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'failed-chunk-counts-as-done',
    what: 'a chunk (here of three changes) counts as written when it is sent: after a failure it is not sent again',
    edits: [
      SMALL_CHUNKS,
      {
        file: WRITER,
        find: '      await this.#apply(write, groups, end);\n      write.done = end;\n',
        replace:
          '      const applying = this.#apply(write, groups, end);\n      write.done = end;\n      await applying;\n',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'apply-at-any-position',
    what: 'a write does not ask at which position the copy is: after a failover that lost some, it closes over the gap',
    edits: [
      {
        file: SCRIPTS,
        find: "if state[3] ~= ARGV[3] and state[3] ~= ARGV[4] then return {'GAP', state[3]} end",
        replace: 'state[3] = state[3] == ARGV[4] and ARGV[4] or ARGV[3]',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals'], faults: ['redis'] },
  },
  {
    name: 'apply-unless-ahead',
    what: 'a write is refused only by a copy that is ahead of it',
    edits: [
      {
        file: SCRIPTS,
        find: "if state[3] ~= ARGV[3] and state[3] ~= ARGV[4] then return {'GAP', state[3]} end",
        replace: `if tonumber(state[3]) > tonumber(ARGV[4]) then return {'GAP', state[3]} end
state[3] = state[3] == ARGV[4] and ARGV[4] or ARGV[3]`,
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals'], faults: ['redis'] },
  },
  {
    name: 'failover-between-chunks',
    what: 'a write of several chunks (here of three changes) does not ask whether Redis still has those before',
    edits: [
      SMALL_CHUNKS,
      { file: SCRIPTS, find: 'if partial ~= ARGV[8] and partial ~= ARGV[9] then', replace: 'if false then' },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals'], faults: ['redis'] },
    history: FAILOVER_BETWEEN_CHUNKS,
  },
  {
    name: 'load-at-any-position',
    what: 'buckets are loaded from a copy that has gone back to an older position',
    edits: [
      {
        file: COPY,
        find: 'if (expected.includes(Number(position))) return null;',
        replace: 'if (expected.length > 0) return null;',
      },
    ],
    foundBy: 'simulator',
    history: GONE_BACK_BEFORE_A_LOAD,
  },
  {
    name: 'evicted-bucket-loaded',
    what: 'a bucket that lost its entries is loaded as an empty one',
    edits: [
      {
        file: SCRIPTS,
        find: "  if #all / 2 ~= tonumber(state[tables + i + 1] or '0') then return damaged() end\n",
        replace: '',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'evicted-bucket-written',
    what: 'a bucket that lost its entries is written to as if it had them',
    edits: [
      {
        file: SCRIPTS,
        find: "  if redis.call('HLEN', KEYS[bucket + 1]) ~= counts[bucket] then return damaged() end\n",
        replace: "  counts[bucket] = redis.call('HLEN', KEYS[bucket + 1])\n",
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'damaged-copy-taken-up-again',
    what: 'a copy that is marked as damaged is opened like any other, and fails again, for ever',
    edits: [
      { file: COPY, find: 'const usable = seen !== null && !seen.damaged;', replace: 'const usable = seen !== null;' },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'suspicion-not-looked-at',
    what: 'an owner that found its copy wrong goes on with it',
    edits: [
      {
        file: COPY,
        find: 'return this.#behind.failure ?? this.#suspicion;',
        replace: 'return null;',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'incarnation-not-asked',
    what: 'nobody asks which incarnation of the copy it is: an owner whose copy was made anew misses its own buckets, and marks the new copy as damaged',
    edits: [
      {
        file: SCRIPTS,
        find: "'incarnation', 'generation', 'position')\nif state[1] ~= ARGV[1] then return {'WRONG_INCARNATION'} end\nif tonumber",
        replace: "'incarnation', 'generation', 'position')\nif tonumber",
      },
      {
        file: SCRIPTS,
        find: "if state[1] ~= ARGV[1] then return {'WRONG_INCARNATION'} end\nfor table",
        replace: 'for table',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['totals', 'windows'], faults: ['processes', 'redis'] },
  },
];
