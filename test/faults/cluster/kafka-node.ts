import { startKafka } from '../../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../../src/service/local-services/local-service.ts';
import { nodeSettings, type NodePlace } from './node-settings.ts';

export interface KafkaNodeOptions {
  readonly place: NodePlace;
  readonly nodes: readonly NodePlace[];
  /** Runs the command that follows it, such as in a network of its own. */
  readonly launcher: readonly string[];
  readonly clusterId: string;
  readonly dir: string;
}

/** One node of the cluster, broker and controller, on the same data and in the same place however often it is started. */
export class KafkaNode {
  readonly place: NodePlace;
  readonly dir: string;
  readonly #options: KafkaNodeOptions;
  #service: LocalService | null = null;

  constructor(options: KafkaNodeOptions) {
    this.#options = options;
    this.place = options.place;
    this.dir = options.dir;
  }

  get id(): number {
    return this.place.id;
  }

  get isRunning(): boolean {
    return this.#service !== null;
  }

  /** Resolves when it takes requests, which needs most of the nodes. */
  async start(): Promise<void> {
    if (this.#service !== null) return;
    const { place, nodes, launcher, clusterId, dir } = this.#options;
    this.#service = await startKafka({
      dataDir: dir,
      host: place.host,
      port: place.broker,
      launcher,
      heap: '384m',
      shortLived: true,
      clusterId,
      settings: nodeSettings(place, nodes),
    });
  }

  /** Shuts down in order: leaders move away first. */
  async stop(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    await service?.stop();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    await service?.kill();
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#service === null) throw new Error(`node ${this.id} does not run`);
    process.kill(this.#service.pid, signal);
  }
}
