import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricSpec } from '../../src/metrics/catalogue.ts';
import { metricsReference } from '../../src/metrics/reference.ts';

const specs = Object.entries<MetricSpec>(METRICS);

test('docs/metrics.md is what the catalogue says (else: node src/metrics/write-reference.ts)', () => {
  expect(readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')).toBe(metricsReference());
});

test.each(specs)('%s follows the naming rules', (name, spec) => {
  expect(name).toMatch(/^[a-z][a-z_]*[a-z]$/);
  expect(name.endsWith('_total')).toBe(spec.type === 'counter');
  expect(name).not.toMatch(/_(ms|millis|milliseconds|kb|mb|ns)(_|$)/);
  expect(spec.buckets !== undefined).toBe(spec.type === 'histogram');
  expect(spec.buckets ?? []).toEqual([...(spec.buckets ?? [])].toSorted((a, b) => a - b));
});

test.each(specs.filter(([name]) => name !== 'build_info'))('%s tells its topology', (_, spec) => {
  expect(spec.labels).toContain('topology');
});
