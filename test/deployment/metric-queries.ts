import { METRIC_PREFIX, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName, MetricSpec } from '../../src/metrics/catalogue.ts';

/** Labels that Prometheus adds, and the one of a histogram's buckets. */
const ADDED = new Set(['job', 'instance', 'le']);
const LISTS = /\b(?:by|on)\s*\(([^)]*)\)/g;

/** Complaints about a PromQL expression: metrics of ours that do not exist, and labels that none of those in it has. */
export function complaintsAbout(expression: string): string[] {
  const names = [...expression.matchAll(/\bmillrace_\w+/g)].map(([name]) => name);
  const labels = new Set(ADDED);
  const complaints: string[] = [];
  for (const name of names) {
    const spec = specOf(name);
    if (spec === null) complaints.push(`no metric ${name}`);
    for (const label of spec?.labels ?? []) labels.add(label);
  }
  const grouped = [...expression.matchAll(LISTS)].flatMap(([, list]) => list.split(',').map((label) => label.trim()));
  const selected = [...expression.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label]) => label);
  const unknown = [...grouped, ...selected].filter((label) => !labels.has(label));
  return [...complaints, ...unknown.map((label) => `no label ${label} in ${expression}`)];
}

/** The metric that a series belongs to; a histogram has three. */
function specOf(series: string): MetricSpec | null {
  const find = (name: string): MetricSpec | null => METRICS[name.slice(METRIC_PREFIX.length) as MetricName] ?? null;
  const histogram = find(series.replace(/_(bucket|sum|count)$/, ''));
  return find(series) ?? (histogram?.type === 'histogram' ? histogram : null);
}
