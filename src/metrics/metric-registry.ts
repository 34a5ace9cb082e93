import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { METRICS, METRIC_PREFIX } from './catalogue.ts';
import type { CounterName, GaugeName, HistogramName, LabelsOf, MetricSpec } from './catalogue.ts';

/** Brings what it counted to the instruments when somebody looks; called once per scrape, synchronously. */
export interface MetricSource {
  collect(): void;
}

export interface BuildInfo {
  readonly version: string;
  /** Version of Node, e.g. `v24.1.0`. */
  readonly node: string;
}

/** A counter's series: additions cost one number until a scrape flushes them. */
export interface Tally {
  /** Not yet shown to Prometheus; never negative. */
  pending: number;
}

/**
 * The instruments of one process, one for each entry of the catalogue, and the metrics of the process itself (CPU, memory, event-loop
 * lag, garbage collection) under their usual names.
 */
export class MetricRegistry {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #sources = new Set<MetricSource>();
  readonly #tallies: { readonly tally: Tally; readonly flush: (amount: number) => void }[] = [];
  readonly #build: BuildInfo;

  constructor(build: BuildInfo) {
    this.#build = build;
    this.contentType = this.#registry.contentType;
    for (const [name, spec] of Object.entries<MetricSpec>(METRICS)) {
      const options = {
        name: METRIC_PREFIX + name,
        help: spec.help,
        labelNames: [...spec.labels],
        registers: [this.#registry],
      };
      if (spec.type === 'counter') this.#counters.set(name, new Counter(options));
      else if (spec.type === 'gauge') this.#gauges.set(name, new Gauge(options));
      else this.#histograms.set(name, new Histogram({ ...options, buckets: [...(spec.buckets ?? [])] }));
    }
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Asks the source for its values at every scrape from now on. */
  add(source: MetricSource): void {
    this.#sources.add(source);
  }

  /** Its gauges are gone from the next scrape on; what it counted stays, as counters never go back. */
  remove(source: MetricSource): void {
    this.#sources.delete(source);
  }

  /** A series of a counter, visible as 0 at once so that its first increase is seen as one. */
  tally<N extends CounterName>(name: N, labels: LabelsOf<N>): Tally {
    const counter = this.#counters.get(name)!;
    const tally = { pending: 0 };
    counter.inc(labels, 0);
    this.#tallies.push({ tally, flush: (amount) => counter.inc(labels, amount) });
    return tally;
  }

  /** The function that observes one series of a histogram. */
  observer<N extends HistogramName>(name: N, labels: LabelsOf<N>): (value: number) => void {
    const series = this.#histograms.get(name)!.labels(labels);
    return (value) => series.observe(value);
  }

  /** Sets a gauge for this scrape; only from `collect`. A gauge that is not set again is not shown again. */
  set<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void {
    this.#gauges.get(name)!.set(labels, value);
  }

  /** Adds to a gauge for this scrape, where several tasks share a series; only from `collect`. */
  increase<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void {
    this.#gauges.get(name)!.inc(labels, value);
  }

  /** Everything in Prometheus' text format. */
  async render(): Promise<string> {
    for (const gauge of this.#gauges.values()) gauge.reset();
    this.set('build_info', { version: this.#build.version, node: this.#build.node }, 1);
    for (const source of this.#sources) source.collect();
    for (const { tally, flush } of this.#tallies) {
      if (tally.pending > 0) flush(tally.pending);
      tally.pending = 0;
    }
    return this.#registry.metrics();
  }
}
