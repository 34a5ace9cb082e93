import { partitionName, type TopicPartition } from '../../../src/core/task.ts';
import type { ApiName, ApiReply, ApiRequest } from '../../../src/kafka/api.ts';
import { ErrorCode } from '../../../src/kafka/error-codes.ts';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import type { EvidenceRecord, Violation } from '../workload/evidence.ts';
import type { History } from './history.ts';
import type { World } from './world.ts';

/** An offset of the group that a broker took. */
interface Taken extends TopicPartition {
  readonly offset: number;
  /** Where the last transaction of the task that was decided by then begins in its changelog. */
  readonly decided: number;
}

interface Task {
  readonly source: TopicPartition;
  readonly changelog: TopicPartition;
  /** Where in the changelog the last transaction begins that was granted its commit; -1 = none was. */
  decided: number;
}

/**
 * What is told the group is committed at that moment (I5): no offset that a broker takes is ahead of the last commit of its task, even if a
 * commit that catches up with it follows at once. Control and aborted records do not count.
 */
export class OffsetCommits {
  readonly #history: History;
  readonly #tasks: readonly Task[];
  /** By transactional id: where what it wrote last to a changelog begins. */
  readonly #written = new Map<string, { readonly task: Task; readonly offset: number }>();
  readonly #taken: Taken[] = [];

  constructor(world: World, history: History, plan: PhysicalPlan, partitions: number) {
    this.#history = history;
    this.#tasks = plan.subTopologies.flatMap(({ input, changelogTopic }) =>
      Array.from({ length: partitions }, (_, partition) => ({
        source: { topic: input.topic, partition },
        changelog: { topic: changelogTopic, partition },
        decided: -1,
      })),
    );
    world.cluster.intercept(async (_node, api, request, proceed) => {
      const reply = await proceed();
      this.#see(api, request, reply);
      return reply;
    });
  }

  /** To be asked when everything that was decided can be read and has been. */
  violations(): Violation[] {
    const { records } = this.#history;
    return this.#tasks.flatMap(({ source, changelog }) => {
      const isOfTask = ({ topic, partition }: TopicPartition): boolean =>
        topic === source.topic && partition === source.partition;
      const commits = inPartition(records, changelog).flatMap(({ offset, key, value }) => {
        const inputs = key?.[0] === 0 ? inputsOf(value) : undefined;
        return inputs === undefined ? [] : [{ offset, committed: inputs[source.topic] }];
      });
      const rows = inPartition(records, source).map(({ offset }) => offset);
      return this.#taken.filter(isOfTask).flatMap(({ offset, decided }): Violation[] => {
        const committed = commits.find((commit) => commit.offset >= decided)?.committed ?? Infinity;
        const ahead = rows.filter((row) => row >= committed && row < offset).length;
        if (ahead === 0) return [];
        const what = `the group was told ${offset} when ${committed} was committed: ${ahead} records ahead`;
        return [{ invariant: 'I5', where: partitionName(source), what }];
      });
    });
  }

  #see<A extends ApiName>(api: A, request: ApiRequest<A>, reply: ApiReply<A>): void {
    if (api === 'Produce') this.#produced(request as ApiRequest<'Produce'>, reply as ApiReply<'Produce'>);
    else if (api === 'EndTxn') this.#ended(request as ApiRequest<'EndTxn'>, reply as ApiReply<'EndTxn'>);
    else if (api === 'OffsetCommit') {
      this.#offsetsTaken(request as ApiRequest<'OffsetCommit'>, reply as ApiReply<'OffsetCommit'>);
    }
  }

  #produced({ transactionalId }: ApiRequest<'Produce'>, { topics }: ApiReply<'Produce'>): void {
    if (transactionalId === null) return;
    for (const task of this.#tasks) {
      const { topic, partition } = task.changelog;
      const partitions = topics.find((each) => each.topic === topic)?.partitions;
      const found = partitions?.find((each) => each.partition === partition);
      if (found?.errorCode !== ErrorCode.NONE) continue;
      // What comes once more comes late.
      const offset = Math.max(this.#written.get(transactionalId)?.offset ?? -1, found.baseOffset);
      this.#written.set(transactionalId, { task, offset });
    }
  }

  #ended({ transactionalId, commit }: ApiRequest<'EndTxn'>, { errorCode }: ApiReply<'EndTxn'>): void {
    const written = this.#written.get(transactionalId);
    if (written !== undefined && commit && errorCode === ErrorCode.NONE) written.task.decided = written.offset;
  }

  #offsetsTaken(request: ApiRequest<'OffsetCommit'>, reply: ApiReply<'OffsetCommit'>): void {
    request.topics.forEach(({ topic, partitions }, t) =>
      partitions.forEach(({ partition, offset }, p) => {
        if (reply.topics[t].partitions[p].errorCode !== ErrorCode.NONE) return;
        for (const { source, decided } of this.#tasks) {
          if (source.topic === topic && source.partition === partition)
            this.#taken.push({ ...source, offset, decided });
        }
      }),
    );
  }
}

const inPartition = (
  records: ReadonlyMap<string, readonly EvidenceRecord[]>,
  { topic, partition }: TopicPartition,
): EvidenceRecord[] => (records.get(topic) ?? []).filter((record) => record.partition === partition);

/** The input positions of a commit or claim record. */
const inputsOf = (value: Buffer | null): Readonly<Record<string, number>> | undefined =>
  (JSON.parse(value?.toString() ?? '{}') as { inputs?: Readonly<Record<string, number>> }).inputs;
