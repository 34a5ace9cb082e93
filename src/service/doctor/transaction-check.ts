import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { TransactionalProducer, Transport } from '../../core/transport.ts';
import type { PhysicalPlan } from '../../plan/physical-plan.ts';
import { internalTopic, REPARTITION_CONFIG, transactionalId } from '../../plan/topics.ts';
import { settledBounds } from '../../runtime/ownership.ts';
import type { EngineSettings } from '../../runtime/settings.ts';
import { Chart, type Finding } from './finding.ts';

export interface TransactionCheckOptions {
  readonly plan: PhysicalPlan;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly settings: Pick<EngineSettings, 'transactionTimeoutMs' | 'compression' | 'replicationFactor'>;
  /** Sets the topic and the transactional id of this check apart from everybody else's. */
  readonly scratch: string;
}

const PATIENCE_MS = 20_000;
const SKEW_MS = 5_000;

/**
 * A whole transaction with the topology's rights and settings, into a topic that is made for it and deleted: create, initialise, produce,
 * commit, read committed. The broker's time in its record is compared with ours. Where we may not create a topic, only the producer is initialised.
 */
export async function checkTransaction(options: TransactionCheckOptions): Promise<Finding[]> {
  const { plan, transport, settings, scratch } = options;
  const chart = new Chart(plan.name);
  const topic = `${plan.name}.doctor.${scratch}`;
  const findings: Finding[] = [];
  const mayCreate = await tryCreate(topic, settings.replicationFactor, transport, chart, findings);
  if (findings.length > 0) return findings;
  let producer: TransactionalProducer | null = null;
  try {
    producer = await open(options);
    if (mayCreate) findings.push(...(await roundTrip(producer, topic, options, chart)));
    else
      findings.push(
        chart.ok('transactions', `a producer was initialised; no more was tried without the right to create ${topic}`),
      );
  } catch (error) {
    findings.push(chart.error('transactions', error));
  } finally {
    producer?.close();
    if (mayCreate) await remove(topic, transport, chart, findings);
  }
  return findings;
}

/** Whether the topic is there now. A reason why not, other than that we may not, is a finding. */
async function tryCreate(
  topic: string,
  replicationFactor: number,
  transport: Transport,
  chart: Chart,
  findings: Finding[],
): Promise<boolean> {
  try {
    await transport.topics.create([internalTopic(topic, 1, replicationFactor, REPARTITION_CONFIG)]);
    return true;
  } catch (error) {
    const mayNot = error instanceof MillraceError && error.code === 'NOT_AUTHORIZED';
    if (!mayNot) findings.push(chart.error('transactions', error));
    return false;
  }
}

/** A producer waits for its coordinator for as long as it takes; we do not. */
async function open({
  plan,
  transport,
  clock,
  settings,
  scratch,
}: TransactionCheckOptions): Promise<TransactionalProducer> {
  const id = transactionalId(plan.name, plan.subTopologies[0].id, 0);
  const opening = transport.openProducer({
    transactionalId: `${id.slice(0, -1)}doctor.${scratch}`,
    transactionTimeoutMs: settings.transactionTimeoutMs,
    compression: settings.compression,
  });
  const waiting = new AbortController();
  const producer = await Promise.race([opening, clock.sleep(PATIENCE_MS, waiting.signal).then(() => null)]);
  waiting.abort();
  if (producer !== null) return producer;
  throw new MillraceError(
    'BROKER_UNAVAILABLE',
    `no coordinator of transactions answered in ${PATIENCE_MS / 1000} s; it takes as many brokers as ` +
      'transaction.state.log.replication.factor and transaction.state.log.min.isr ask for',
  );
}

async function roundTrip(
  producer: TransactionalProducer,
  topic: string,
  { transport, clock, settings }: TransactionCheckOptions,
  chart: Chart,
): Promise<Finding[]> {
  const begun = clock.now();
  const transaction = await producer.begin();
  transaction.append(topic, 0, Math.floor(begun), null, 'checked', null);
  const sent = clock.now();
  await transaction.send();
  const acknowledged = clock.now();
  await transaction.commit();
  const hanging = new AbortController();
  const bounds = await settledBounds(transport, { topic, partition: 0 }, clock, {
    timeoutMs: settings.transactionTimeoutMs,
    signal: hanging.signal,
    onHanging: (error) => hanging.abort(error),
  });
  const took = clock.now() - begun;
  let appendedMs = NaN;
  for await (const { timestamps } of transport.readRange({ topic, partition: 0 }, bounds.first, bounds.lastStable)) {
    appendedMs = timestamps[0];
  }
  if (Number.isNaN(appendedMs)) {
    const message = `a record that was committed to ${topic} could not be read`;
    return [
      chart.failed(
        'transactions',
        message,
        'check the brokers: a transaction was answered with success and is not there',
      ),
    ];
  }
  return [
    chart.ok('transactions', `a record was committed and read in ${Math.round(took)} ms`),
    judgeSkew(appendedMs, sent, acknowledged, chart),
  ];
}

/** The broker's time lies between sending and acknowledgement, if its clock goes as ours does. */
function judgeSkew(appendedMs: number, sent: number, acknowledged: number, chart: Chart): Finding {
  const skew = appendedMs < sent ? appendedMs - sent : Math.max(0, appendedMs - acknowledged);
  const seconds = (Math.abs(skew) / 1000).toFixed(1);
  if (Math.abs(skew) < SKEW_MS)
    return chart.ok('clocks', `ours and the broker's are within ${Math.ceil(SKEW_MS / 1000)} s of each other`);
  const message = `the broker's clock is ${seconds} s ${skew < 0 ? 'behind' : 'ahead of'} ours`;
  return chart.warning(
    'clocks',
    message,
    'set the clocks by NTP: batch time and windows that close while idle follow ours',
  );
}

async function remove(topic: string, transport: Transport, chart: Chart, findings: Finding[]): Promise<void> {
  try {
    await transport.topics.delete([topic]);
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    findings.push(
      chart.warning('clean-up', `the topic ${topic} of this check is still there: ${message}`, 'delete it'),
    );
  }
}
