import { asMillraceError, MillraceError } from '../core/errors.ts';
import { partitionName } from '../core/task.ts';
import type { Payload, Transaction } from '../core/transport.ts';
import type { TopicPartitions } from './api.ts';
import type { Cluster } from './cluster.ts';
import { PartitionBatches } from './partition-batches.ts';
import { Patience } from './patience.ts';
import { findLeaders, produceAll } from './produce.ts';
import type { ProducerSession } from './producer-session.ts';
import type { Compression } from './record-batch/compression.ts';
import type { RecordHeaders } from './record-batch/encode.ts';
import { askTransactionCoordinator } from './transaction-request.ts';

/** One transaction of a session; the session's state machine says what may be called when. */
export class KafkaTransaction implements Transaction {
  readonly #cluster: Cluster;
  readonly #session: ProducerSession;
  readonly #compression: Compression;
  readonly #topics = new Map<string, PartitionBatches[]>();
  /** The topic appended to last, since records mostly come in runs of one topic; null before the first and after the last record. */
  #lastTopic: string | null = null;
  #lastPartitions: PartitionBatches[] = [];
  readonly #partitions: PartitionBatches[] = [];
  #byteLength = 0;
  /** The coordinator may know of the transaction. */
  #announced = false;
  #over = false;
  #sendPatience: Patience | null = null;
  /** Settles when the request under way is done; never rejects. */
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(cluster: Cluster, session: ProducerSession, compression: Compression) {
    session.step('begin');
    this.#cluster = cluster;
    this.#session = session;
    this.#compression = compression;
  }

  append(
    topic: string,
    partition: number,
    timestampMs: number,
    key: Payload,
    value: Payload,
    headers: RecordHeaders | null,
  ): void {
    if (topic !== this.#lastTopic) this.#turnTo(topic);
    const batches = this.#lastPartitions[partition] ?? this.#open(topic, partition);
    this.#byteLength += batches.append(timestampMs, key, value, headers);
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * Adds the partitions and produces all batches, within the transaction timeout. Of a stale leader, a lost reply or missing replicas the
   * caller hears nothing: the same bytes are sent again.
   * @throws TRANSACTION_ABORTED, PRODUCER_FENCED, or what is fatal (RECORD_TOO_LARGE, CLOCK_WRONG, TOPIC_MISSING, NOT_AUTHORIZED,
   * BROKER_ERROR); the transaction is then to be aborted
   */
  send(): Promise<void> {
    return this.#doing(async () => {
      const session = this.#session;
      session.step('send');
      this.#lastTopic = null;
      try {
        if (this.#partitions.length > 0) await this.#send();
        session.step('sent');
      } catch (error) {
        // Sequences were given out that no broker has seen: only a new epoch, with sequences from 0, can follow.
        session.inDoubt = true;
        session.step(isFencing(error) ? 'fenced' : 'failed');
        throw asMillraceError(error);
      }
    });
  }

  lastOffset(topic: string, partition: number): number {
    return this.#sent(topic, partition).lastOffset;
  }

  appendedMs(topic: string, partition: number): number {
    return this.#sent(topic, partition).appendedMs;
  }

  #sent(topic: string, partition: number): PartitionBatches {
    const batches = this.#topics.get(topic)?.[partition];
    if (batches !== undefined && batches.lastOffset >= 0) return batches;
    throw new MillraceError('INTERNAL', `no record was sent to ${partitionName({ topic, partition })}`);
  }

  commit(): Promise<void> {
    return this.#doing(async () => {
      const session = this.#session;
      session.step('commit');
      const sendInDoubt = session.inDoubt;
      session.inDoubt = false;
      const failure = this.#announced ? await this.#endTxn(true) : null;
      const decisionInDoubt = session.inDoubt;
      session.inDoubt ||= sendInDoubt || failure !== null;
      this.#finish(failure);
      if (failure === null) return;
      if (isFencing(failure)) throw failure;
      throw decisionInDoubt ? this.#outcomeUnknown(failure) : this.#aborted(failure.message, failure);
    });
  }

  async abort(): Promise<void> {
    this.#sendPatience?.cancel();
    await this.#underWay;
    const session = this.#session;
    if (this.#over || session.state === 'fenced' || session.state === 'closed') return;
    session.step('abort');
    const failure = this.#announced ? await this.#endTxn(false) : null;
    session.inDoubt ||= failure !== null;
    this.#finish(failure);
  }

  #turnTo(topic: string): void {
    const { state, transactionalId } = this.#session;
    if (state !== 'encoding' || this.#over) {
      throw new MillraceError('INTERNAL', `the transaction of ${transactionalId} takes no more records`);
    }
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) this.#topics.set(topic, (partitions = []));
    this.#lastTopic = topic;
    this.#lastPartitions = partitions;
  }

  #open(topic: string, partition: number): PartitionBatches {
    const batches = new PartitionBatches(topic, partition, this.#compression);
    this.#lastPartitions[partition] = batches;
    this.#partitions.push(batches);
    return batches;
  }

  async #send(): Promise<void> {
    const session = this.#session;
    // Whatever can take long and needs no open transaction comes before it is opened.
    await Promise.all(this.#partitions.map((batches) => batches.seal(session)));
    await findLeaders(this.#cluster, this.#partitions);
    const patience = new Patience(this.#cluster.clock, session.transactionTimeoutMs, session.signal);
    this.#sendPatience = patience;
    this.#announced = true;
    await this.#addPartitions(patience);
    await produceAll(this.#cluster, session, this.#partitions, patience);
  }

  async #addPartitions(patience: Patience): Promise<void> {
    const { transactionalId, producerId, epoch } = this.#session;
    const topics: TopicPartitions[] = Array.from(this.#topics, ([topic, batches]) => ({
      topic,
      partitions: batches.filter((b) => b !== undefined).map((b) => b.partition),
    }));
    const request = { transactionalId, producerId, epoch, topics };
    const reply = await askTransactionCoordinator(
      this.#cluster,
      this.#session,
      'AddPartitionsToTxn',
      request,
      patience,
      ({ topics }) => topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
    );
    if (reply === null) throw this.#aborted('could not begin a transaction within the transaction timeout');
  }

  /** Asks for the decision until it is definite, or the transaction timeout is over. Never rejects; null when it was granted. */
  async #endTxn(commit: boolean): Promise<MillraceError | null> {
    const session = this.#session;
    const { transactionalId, producerId, epoch } = session;
    const patience = new Patience(this.#cluster.clock, session.transactionTimeoutMs, session.signal);
    const request = { transactionalId, producerId, epoch, commit };
    const codesOf = (reply: { errorCode: number }): readonly number[] => [reply.errorCode];
    try {
      const reply = await askTransactionCoordinator(this.#cluster, session, 'EndTxn', request, patience, codesOf);
      if (reply !== null) return null;
      session.inDoubt = true;
      return new MillraceError('REQUEST_TIMED_OUT', 'no definite answer came within the transaction timeout');
    } catch (error) {
      return asMillraceError(error);
    }
  }

  #finish(failure: MillraceError | null): void {
    this.#over = true;
    if (isFencing(failure)) this.#session.step('fenced');
    else this.#session.end();
  }

  #doing(work: () => Promise<void>): Promise<void> {
    const { state, transactionalId } = this.#session;
    if (this.#over && state !== 'fenced') {
      return Promise.reject(new MillraceError('INTERNAL', `this transaction of ${transactionalId} is over`));
    }
    const done = work();
    this.#underWay = done.catch(() => undefined);
    return done;
  }

  #aborted(reason: string, cause?: Error): MillraceError {
    const { transactionalId } = this.#session;
    return new MillraceError('TRANSACTION_ABORTED', `${transactionalId}: ${reason}`, {
      cause,
      details: { transactionalId },
    });
  }

  #outcomeUnknown(cause: Error): MillraceError {
    const { transactionalId } = this.#session;
    const message = `it is not known whether ${transactionalId} committed: ${cause.message}`;
    return new MillraceError('TRANSACTION_OUTCOME_UNKNOWN', message, { cause, details: { transactionalId } });
  }
}

const isFencing = (error: unknown): boolean => error instanceof MillraceError && error.code === 'PRODUCER_FENCED';
