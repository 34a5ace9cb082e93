import { startKafka } from '../../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../../src/service/local-services/local-service.ts';
import { nodeSettings, type NodePorts } from './node-settings.ts';

export interface KafkaNodeOptions {
  readonly ports: NodePorts;
  readonly nodes: readonly NodePorts[];
  readonly clusterId: string;
  readonly dir: string;
}

/** One node of the cluster, broker and controller, on the same data and ports however often it is started. */
export class KafkaNode {
  readonly ports: NodePorts;
  readonly dir: string;
  readonly #options: KafkaNodeOptions;
  #service: LocalService | null = null;

  constructor(options: KafkaNodeOptions) {
    this.#options = options;
    this.ports = options.ports;
    this.dir = options.dir;
  }

  get id(): number {
    return this.ports.id;
  }

  get isRunning(): boolean {
    return this.#service !== null;
  }

  /** Resolves when it takes requests, which needs most of the nodes. */
  async start(): Promise<void> {
    if (this.#service !== null) return;
    const { ports, nodes, clusterId, dir } = this.#options;
    this.#service = await startKafka({
      dataDir: dir,
      port: ports.broker,
      heap: '384m',
      shortLived: true,
      clusterId,
      settings: nodeSettings(ports, nodes),
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
