import { MillraceError } from '../core/errors.ts';
import type { ProducerOptions, Transaction, TransactionalProducer } from '../core/transport.ts';
import type { Cluster } from './cluster.ts';
import { Patience } from './patience.ts';
import { ProducerSession } from './producer-session.ts';
import { KafkaTransaction } from './transaction.ts';
import { askTransactionCoordinator } from './transaction-request.ts';

/** The owner of one transactional id, over the link's shared connections. */
export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #session: ProducerSession;
  readonly #compression: ProducerOptions['compression'];
  readonly #closing = new AbortController();

  readonly #onClose: () => void;

  constructor(cluster: Cluster, options: ProducerOptions, onClose: () => void = () => undefined) {
    this.#cluster = cluster;
    this.#onClose = onClose;
    this.#compression = options.compression;
    this.#session = new ProducerSession(options.transactionalId, options.transactionTimeoutMs, this.#closing.signal);
  }

  get transactionalId(): string {
    return this.#session.transactionalId;
  }

  get producerId(): number {
    return this.#session.producerId;
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  /**
   * Takes the id over, whoever holds it. Waits for as long as the broker is away or is still resolving the earlier owner's transaction.
   * @throws NOT_AUTHORIZED, CONFIG_INVALID (the transaction timeout), BROKER_ERROR, BROKER_UNAVAILABLE when closed meanwhile
   */
  async open(): Promise<void> {
    const { producerId, epoch } = await this.#initProducerId();
    this.#session.initialised(producerId, epoch);
  }

  async begin(): Promise<Transaction> {
    if (this.#session.state === 'needsInit') await this.#renew();
    return new KafkaTransaction(this.#cluster, this.#session, this.#compression);
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#session.step('close');
    this.#closing.abort();
    this.#onClose();
  }

  /**
   * A new epoch for an id that we hold. The request cannot say which epoch it follows, so it would succeed for a stale owner too, who
   * would then go on from a position that others have moved beyond. But every initialisation raises the epoch by at least one: only if
   * ours is the very next one did nobody come between. Otherwise (also when our own first try was granted and its reply was lost) this
   * counts as fenced, and the task is taken over anew, from its changelog.
   */
  async #renew(): Promise<void> {
    const session = this.#session;
    const { producerId, epoch } = await this.#initProducerId();
    if (producerId !== session.producerId || epoch !== session.epoch + 1) {
      session.step('fenced');
      const { transactionalId } = session;
      const message = `${transactionalId} may have had another owner: epoch ${epoch} does not follow on ${session.epoch}`;
      throw new MillraceError('PRODUCER_FENCED', message, { details: { transactionalId, producerId, epoch } });
    }
    session.initialised(producerId, epoch);
  }

  async #initProducerId(): Promise<{ producerId: number; epoch: number }> {
    const session = this.#session;
    const { transactionalId, transactionTimeoutMs } = session;
    const patience = new Patience(this.#cluster.clock, Infinity, session.signal);
    const reply = await askTransactionCoordinator(
      this.#cluster,
      session,
      'InitProducerId',
      { transactionalId, transactionTimeoutMs },
      patience,
      ({ errorCode }) => [errorCode],
    );
    if (reply !== null) return reply;
    const message = `the producer ${transactionalId} was closed before it was initialised`;
    throw new MillraceError('BROKER_UNAVAILABLE', message, { details: { transactionalId } });
  }
}
