import { COMMIT_WITHOUT_ANSWER, COMMITTED_WITHOUT_ANSWER, STALE_OWNER } from '../histories/transactions.ts';
import type { Mutation } from '../mutation.ts';

const SESSION = 'src/kafka/producer-session.ts';
const TRANSACTION = 'src/kafka/transaction.ts';
const PRODUCE = 'src/kafka/produce.ts';
const PRODUCER = 'src/kafka/transactional-producer.ts';

/** What can be got wrong in transactions: epochs, sequences, decisions. */
export const TRANSACTIONS: readonly Mutation[] = [
  {
    name: 'no-new-epoch-after-doubt',
    what: 'an indefinite answer is forgotten: the next transaction has the same epoch, and a late EndTxn ends it',
    edits: [
      {
        file: SESSION,
        find: "this.step(this.inDoubt ? 'endedInDoubt' : 'ended')",
        replace: "this.step('ended')",
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'no-doubt-without-reply',
    what: 'a request without a reply does not put the transaction in doubt, though the broker may act on it at any later time',
    edits: [
      {
        file: 'src/kafka/transaction-errors.ts',
        find: 'export const NO_REPLY: Rule = ELSEWHERE_IN_DOUBT;',
        replace: 'export const NO_REPLY: Rule = ELSEWHERE;',
      },
      // What has been given up is in doubt by another rule.
      {
        file: TRANSACTION,
        find: `      session.inDoubt = true;
      return new MillraceError('REQUEST_TIMED_OUT'`,
        replace: `      session.inDoubt = commit;
      return new MillraceError('REQUEST_TIMED_OUT'`,
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['words'], faults: ['network'] },
  },
  {
    name: 'timed-out-commit-is-committed',
    what: 'an EndTxn that nobody answered in time counts as a commit',
    edits: [
      {
        file: TRANSACTION,
        find: 'if (reply !== null) return null;',
        replace: 'if (reply !== null || commit) return null;',
      },
    ],
    foundBy: 'simulator',
    choice: { parts: ['copies'], faults: ['network'] },
    history: COMMIT_WITHOUT_ANSWER,
  },
  {
    name: 'timed-out-commit-is-aborted',
    what: 'an EndTxn that nobody answered in time counts as an abort: the batch is done again though it may be committed',
    edits: [
      {
        file: TRANSACTION,
        find: 'throw decisionInDoubt ? this.#outcomeUnknown(failure) : this.#aborted(failure.message, failure);',
        replace: 'throw this.#aborted(failure.message, failure);',
      },
    ],
    foundBy: 'simulator',
    history: COMMITTED_WITHOUT_ANSWER,
  },
  {
    name: 'stale-owner-renews',
    what: 'a new epoch for an id in doubt is taken for ours even where another owner came between',
    edits: [
      {
        file: PRODUCER,
        find: 'if (producerId !== session.producerId || epoch !== session.epoch + 1) {',
        replace: 'if (producerId !== session.producerId) {',
      },
    ],
    foundBy: 'simulator',
    history: STALE_OWNER,
  },
  {
    name: 'transactional-id-of-the-process',
    what: 'each owner has a transactional id of its own, so that none fences the one before',
    edits: [
      {
        file: 'src/runtime/take-over.ts',
        find: 'transactionalId: transactionalId(plan.name, id.subTopology, id.partition),',
        replace: 'transactionalId: `${transactionalId(plan.name, id.subTopology, id.partition)}-${newLogId()}`,',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'sequences-stand-still',
    what: 'a batch does not move the sequence of its partition, so that the broker takes the next one for its repetition',
    edits: [
      {
        file: SESSION,
        find: 'ofTopic[partition] = (first + count) & MAX_SEQUENCE;',
        replace: 'ofTopic[partition] = first;',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'sequences-outlive-the-epoch',
    what: 'sequences go on over a new epoch, which no broker accepts: the task hangs',
    edits: [{ file: SESSION, find: '    this.#sequences.clear();\n', replace: '' }],
    foundBy: 'simulator',
  },
  {
    name: 'resent-with-new-sequence',
    what: 'a batch that got no answer is sealed anew: if the broker had it, it has it twice',
    edits: [
      {
        file: PRODUCE,
        find: '        if (rule.indefinite) session.inDoubt = true;\n',
        replace:
          '        if (rule.indefinite) {\n          session.inDoubt = true;\n          await batches.seal(session);\n        }\n',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'acknowledged-by-broker',
    what: 'success is remembered by broker: a partition that moves to a broker that has answered is skipped',
    edits: [
      {
        file: PRODUCE,
        find: '  let waiting = partitions;\n',
        replace: '  let waiting = partitions;\n  const answered = new Set<NodeId>();\n',
      },
      {
        file: PRODUCE,
        find: 'requests.map((request) => send(cluster, session, request, patience))',
        replace:
          'requests.map((request) => answered.has(request.node) ? new Map() : send(cluster, session, request, patience))',
      },
      {
        file: PRODUCE,
        find: '    for (const [i, request] of requests.entries()) {\n      for (const batches of request.partitions) {\n',
        replace: `    for (const [i, request] of requests.entries()) {
      const skipped = answered.has(request.node);
      if (replies[i].size > 0) answered.add(request.node);
      for (const batches of request.partitions) {
        if (skipped) {
          batches.acknowledge(0, -1);
          continue;
        }
`,
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'leader-never-forgotten',
    what: 'a produce that a former leader refuses goes to it again, for ever',
    edits: [
      {
        file: PRODUCE,
        find: "if (rule.action === 'elsewhere') cluster.forgetLeader(batches.topic, batches.partition);",
        replace: '',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'coordinator-never-forgotten',
    what: 'requests go to a former coordinator, for ever',
    edits: [
      {
        file: 'src/kafka/coordinator-request.ts',
        find: "if (verdict === 'elsewhere') cluster.forgetCoordinator(type, key);",
        replace: '',
      },
    ],
    foundBy: 'simulator',
  },
  {
    name: 'failed-send-not-aborted',
    what: 'a transaction that could not be sent is left open',
    edits: [
      {
        file: 'src/runtime/commit.ts',
        find: '    await transaction.abort();\n',
        replace: '',
      },
    ],
    foundBy: 'simulator',
  },
];
