import type { Clock } from '../../core/clock.ts';
import type { Transport } from '../../core/transport.ts';
import type { PhysicalPlan } from '../../plan/physical-plan.ts';
import type { RedisInspection } from '../../state/redis/inspection.ts';
import type { Config } from '../config/config.ts';
import { Chart, type Finding } from './finding.ts';
import { judgeRedis } from './redis-checks.ts';
import { checkTopology } from './topology-checks.ts';
import { checkTransaction } from './transaction-check.ts';

export interface DoctorOptions {
  readonly plans: readonly PhysicalPlan[];
  readonly config: Config;
  readonly clock: Clock;
  /** As `process.version`. */
  readonly nodeVersion: string;
  readonly connectKafka: () => Promise<Transport>;
  readonly inspectRedis: () => Promise<RedisInspection>;
  /** Sets what this run leaves on the brokers for a moment apart from everybody else's. */
  readonly scratch: string;
}

const OLDEST_NODE = 24;

/** Looks at everything that topologies need of their surroundings, one thing after the other, however many are amiss. */
export async function* diagnose(options: DoctorOptions): AsyncGenerator<Finding> {
  yield checkNode(options.nodeVersion);
  yield* checkKafka(options);
  yield* checkRedis(options);
  yield new Chart('schema registry').skipped('server', 'none is configured');
}

function checkNode(version: string): Finding {
  const chart = new Chart('process');
  if (Number.parseInt(version.slice(1), 10) >= OLDEST_NODE) return chart.ok('node', `version ${version}`);
  return chart.failed('node', `version ${version} is too old`, `run it with Node.js ${OLDEST_NODE} or newer`);
}

async function* checkKafka(options: DoctorOptions): AsyncGenerator<Finding> {
  const { plans, config, clock, scratch } = options;
  const chart = new Chart('kafka');
  const brokers = config.kafka.brokers.join(', ');
  let transport: Transport;
  try {
    transport = await options.connectKafka();
  } catch (error) {
    yield chart.error('brokers', error);
    for (const { name } of plans)
      yield new Chart(name).skipped('topics', 'without brokers nothing can be said of them');
    return;
  }
  try {
    yield chart.ok('brokers', `${brokers}: all that are up offer what Kafka 3.7 does`);
    for (const plan of plans) {
      yield* guarded(plan.name, checkTopology(plan, transport, config.defaults.replicationFactor));
      yield* await checkTransaction({ plan, transport, clock, settings: config.defaults, scratch });
    }
  } finally {
    await transport.close();
  }
}

/** The findings; what ends them early is the last. */
async function* guarded(subject: string, findings: AsyncGenerator<Finding>): AsyncGenerator<Finding> {
  try {
    yield* findings;
  } catch (error) {
    yield new Chart(subject).error('topics', error);
  }
}

async function* checkRedis({ plans, config, inspectRedis }: DoctorOptions): AsyncGenerator<Finding> {
  const chart = new Chart('redis');
  if (config.state.backend === 'memory') {
    yield chart.skipped('server', 'state is kept in memory (state.backend)');
  } else if (plans.every(({ subTopologies }) => subTopologies.every(({ stores }) => stores.length === 0))) {
    yield chart.skipped('server', 'no topology keeps state');
  } else {
    let server: RedisInspection;
    try {
      server = await inspectRedis();
    } catch (error) {
      yield chart.error('server', error);
      return;
    }
    yield* judgeRedis(server);
  }
}
