import { METRICS, METRIC_PREFIX } from './catalogue.ts';
import type { MetricSpec } from './catalogue.ts';

/** The reference page of all metrics in Markdown, as docs/metrics.md holds it. */
export function metricsReference(): string {
  const rows = Object.entries<MetricSpec>(METRICS).map(([name, spec]) => {
    const labels = spec.labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${METRIC_PREFIX}${name}\` | ${spec.type} | ${labels} | ${spec.help} |`;
  });
  return `${HEAD}
| Metric | Type | Labels | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
${FOOT}`;
}

const HEAD = `# Metrics

<!-- Made from src/metrics/catalogue.ts by \`node src/metrics/write-reference.ts\`; change it there. -->

Every process answers \`GET /metrics\` in Prometheus' text format. Units are base units; names of counters end in \`_total\`. Only committed
work is counted: a batch that is aborted and done again adds to \`millrace_batches_total{outcome="aborted"}\` and to nothing else.
Series with a \`partition\` label belong to the process that owns the task, and end with its ownership.
`;

const FOOT = `
The process itself shows the usual \`process_*\` and \`nodejs_*\` metrics: CPU, memory, open files, garbage collection, and the event-loop
lag as \`nodejs_eventloop_lag_seconds\` and its percentiles.

## Questions they answer

| Question | Query |
| --- | --- |
| How far behind is a topology? | \`sum by (topology) (millrace_source_lag_records)\` |
| Is it stalled? | \`sum by (topology) (millrace_source_lag_records) > 0 unless sum by (topology) (rate(millrace_batches_total{outcome="committed"}[5m])) > 0\` |
| How many records a second? | \`sum by (topology, source) (rate(millrace_source_records_total[1m]))\` |
| How old are results? | \`histogram_quantile(0.99, sum by (le, topology) (rate(millrace_record_latency_seconds_bucket[5m])))\` |
| Where does the time of a batch go? | \`sum by (topology, phase) (rate(millrace_batch_duration_seconds_sum{phase!="total"}[5m]))\` |
| Is any process not running? | \`millrace_topology_state{state="running"} == 0\` |
`;
