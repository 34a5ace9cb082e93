import type { Clock } from '../../core/clock.ts';
import type { EngineSettings } from '../../runtime/settings.ts';
import type { Prepared, WorkerListener, WorkerSupply } from '../../runtime/worker.ts';
import type { PhysicalPlan } from '../../plan/physical-plan.ts';
import type { TopologySpec } from '../../topology/spec.ts';
import type { Config } from '../config/config.ts';
import type { ServiceAddresses } from '../remote-services.ts';
import { ThreadWorker } from './thread-worker.ts';

export interface WorkerThreadsOptions {
  readonly spec: TopologySpec;
  /** Of the same topology. */
  readonly plan: PhysicalPlan;
  readonly config: Config;
  readonly addresses: ServiceAddresses;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly print: (text: string) => void;
}

const SHORTEST_LOSS_WINDOW_MS = 60_000;

/** Workers with a thread each, as many as the configuration says. They share the memory that the process may use for records and state. */
export class WorkerThreads implements WorkerSupply {
  readonly count: number;
  readonly lossWindowMs: number;
  readonly #options: WorkerThreadsOptions;
  readonly #opened = new Set<ThreadWorker>();

  constructor(options: WorkerThreadsOptions) {
    const { workers, maxBatchTimeMs } = options.config;
    this.count = workers;
    // A thread that is stuck is lost after the longest batch only: five of them must fit in.
    this.lossWindowMs = Math.max(SHORTEST_LOSS_WINDOW_MS, 10 * maxBatchTimeMs);
    this.#options = options;
  }

  open(index: number, prepared: Prepared, listener: WorkerListener): ThreadWorker {
    const { spec, plan, config, addresses, settings, clock, print } = this.#options;
    const share = (bytes: number): number => Math.ceil(bytes / this.count);
    const setting = {
      spec,
      fingerprint: plan.fingerprint,
      config: { ...config, state: { ...config.state, cacheBytes: share(config.state.cacheBytes) } },
      addresses,
      settings: { ...settings, fetchBufferBytes: share(settings.fetchBufferBytes) },
      prepared,
    };
    const worker = new ThreadWorker({ index, setting, maxBatchMs: config.maxBatchTimeMs, clock, print }, listener);
    this.#opened.add(worker);
    return worker;
  }

  /** Ends every thread that is still there, wherever it is. */
  async terminate(): Promise<void> {
    await Promise.all([...this.#opened].map((worker) => worker.terminate()));
  }
}
