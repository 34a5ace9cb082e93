import { asMillraceError, type MillraceError } from '../core/errors.ts';
import { patiently } from '../core/retry.ts';
import { systemClock } from '../core/system-clock.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { MetricRegistry } from '../metrics/metric-registry.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import type { EngineSettings } from '../runtime/settings.ts';
import type { TopologySpec } from '../topology/spec.ts';
import type { Config } from './config/config.ts';
import { createUserTopics } from './dev-topics.ts';
import { feedsOf, runFeed, type Feed } from './feed.ts';
import { startHttpServer, type HttpServer } from './http/server.ts';
import { createLogger, type Logger } from './log.ts';
import { openPlatform, type Platform, type PlatformKind } from './platform.ts';
import { TopologyRunner } from './topology-runner.ts';
import { packageVersion } from './version.ts';
import { WorkerThreads } from './worker-thread/worker-threads.ts';

/** `run` for production; `dev` on a broker and state in this process (`dev-memory`) or on ones started beside it (`dev-services`). */
export type ServiceMode = 'run' | 'dev-memory' | 'dev-services';

export interface ServiceOptions {
  readonly topologies: readonly TopologySpec[];
  /** Of the same topologies. */
  readonly plans: readonly PhysicalPlan[];
  readonly config: Config;
  readonly mode: ServiceMode;
  /** Aborted = finish the running batches and stop. */
  readonly signal: AbortSignal;
}

/** How a run ended, as an exit code: stopped or finished, failed, or refused because state and plan do not fit. */
export type ServiceOutcome = 0 | 3 | 4;

const PLATFORMS: Readonly<Record<ServiceMode, PlatformKind>> = {
  run: 'configured',
  'dev-memory': 'memory',
  'dev-services': 'local',
};

/** Partitions of the topics that `dev` creates: one shows what Spark would show, several show what a deployment does. */
const DEV_PARTITIONS: Readonly<Record<PlatformKind, number>> = { configured: 1, memory: 1, local: 4 };

const print = (text: string): void => void process.stdout.write(text);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs topologies until they are finished, one of them fails, or the signal aborts. */
export async function runService(options: ServiceOptions): Promise<ServiceOutcome> {
  const service = new Service(options);
  const { signal } = options;
  try {
    await service.start();
    await unlessAborted(service.finished(), signal);
    return 0;
  } catch (thrown) {
    // What it was waiting for, when it was asked to stop, is no failure.
    return signal.aborted ? 0 : explainFailure(asMillraceError(thrown));
  } finally {
    await service.stop();
  }
}

/** The composition root: everything is constructed here and nowhere else, and closed in the opposite order. */
class Service {
  readonly #options: ServiceOptions;
  readonly #isDev: boolean;
  readonly #log: Logger;
  readonly #metrics: MetricRegistry;
  readonly #runners: TopologyRunner[] = [];
  readonly #feeding = new AbortController();
  #feeds: Promise<number>[] = [];
  #http: HttpServer | null = null;
  #platform: Platform | null = null;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#isDev = options.mode !== 'run';
    const { level } = options.config.log;
    this.#log = this.#isDev
      ? createLogger({ level: level === 'info' ? 'warn' : level, form: 'human' })
      : createLogger({ level, form: 'json' });
    this.#metrics = new MetricRegistry({ version: packageVersion(), node: process.version });
  }

  async start(): Promise<void> {
    const { config, mode, topologies, signal } = this.#options;
    this.#http = await this.#listen();
    if (this.#isDev) tell(`progress page: ${this.#http.url}/ui`);
    this.#platform = await openPlatform(PLATFORMS[mode], config, systemClock, { info: tell });
    const settings = engineSettings(config, this.#http, this.#platform);
    if (config.workers > 1 && this.#platform.addresses === null) {
      tell('workers: the broker in this process serves one thread only, so there is one worker');
    }
    for (const spec of topologies) this.#runners.push(await this.#runner(spec, this.#platform, settings));
    for (const runner of this.#runners) await unlessAborted(runner.engine.start(), signal);
    if (this.#isDev) this.#feeds = topologies.flatMap(feedsOf).map((feed) => this.#feed(feed));
  }

  async finished(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.engine.finished()));
  }

  async stop(): Promise<void> {
    this.#feeding.abort();
    const fed = (await Promise.all(this.#feeds)).reduce((sum, rows) => sum + rows, 0);
    for (const runner of this.#runners) await runner.stop();
    if (this.#isDev) {
      if (fed > 0) tell(`${fed} rows fed`);
      for (const runner of this.#runners) tell(totalsOf(runner));
    }
    await this.#http?.close();
    await this.#platform?.close();
  }

  #listen(): Promise<HttpServer> {
    const { host, port, token } = this.#options.config.http;
    return startHttpServer({
      host,
      port,
      portTaken: this.#isDev ? 'next' : 'fail',
      token,
      topologies: () => this.#runners,
      metrics: { contentType: this.#metrics.contentType, render: () => this.#metrics.render() },
      version: { version: packageVersion(), node: process.version },
      onError: (error, url) => this.#log.error({ err: error, url }, 'a request failed'),
    });
  }

  async #runner(spec: TopologySpec, platform: Platform, settings: EngineSettings): Promise<TopologyRunner> {
    const { config, plans } = this.#options;
    const plan = plans[this.#options.topologies.indexOf(spec)];
    const transport = await patiently(
      () => platform.transport(),
      systemClock,
      this.#options.signal,
      (error) => this.#log.warn({ err: error, remedy: error.remedy }, 'waiting for the brokers'),
    );
    if (this.#isDev) {
      await createUserTopics(plan, transport, DEV_PARTITIONS[platform.kind], settings.replicationFactor);
    }
    const { addresses } = platform;
    return new TopologyRunner({
      plan,
      transport,
      state: platform.state(plan.name),
      settings,
      clock: systemClock,
      log: this.#log,
      metrics: this.#metrics,
      print,
      threads:
        config.workers === 1 || addresses === null
          ? null
          : new WorkerThreads({ spec, plan, config, addresses, settings, clock: systemClock, print }),
    });
  }

  /** Feeds until the file ends or the service stops; a feed that fails leaves the topologies running. */
  async #feed(feed: Feed): Promise<number> {
    const transport = await this.#platform?.transport();
    if (transport === undefined) return 0;
    try {
      return await runFeed(feed, transport, systemClock, this.#feeding.signal);
    } catch (error) {
      tell(`feeding ${feed.topic} stopped: ${asMillraceError(error).message}`);
      return 0;
    } finally {
      await transport.close();
    }
  }
}

function engineSettings(config: Config, http: HttpServer, platform: Platform): EngineSettings {
  const { defaults } = config;
  return {
    ...defaults,
    replicationFactor: platform.kind === 'configured' ? defaults.replicationFactor : 1,
    address: config.http.address ?? `${config.http.host}:${http.port}`,
  };
}

function explainFailure(error: MillraceError): ServiceOutcome {
  tell(`error[${error.code}] ${error.message}\n  remedy: ${error.remedy}`);
  return error.code === 'PLAN_INCOMPATIBLE' ? 4 : 3;
}

function totalsOf(runner: TopologyRunner): string {
  const { inputRows, outputRows, batches } = runner.totals();
  return `${runner.name}: ${inputRows} rows in, ${outputRows} rows out, ${batches} batches`;
}
