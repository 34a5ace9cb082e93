import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findTool } from '../support/tool.ts';
import { complaintsAbout } from './metric-queries.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const read = (file: string): string => readFileSync(pathOf(file), 'utf8');

const ALERTS = '../../helm/millrace/files/alerts.yaml';
const CASES = 'alerts.promtool.yaml';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
const rules = (parse(read(ALERTS)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

describe('the alerts', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s asks for metrics and labels that exist',
    (_, rule) => {
      expect(complaintsAbout(rule.expr)).toEqual([]);
    },
  );

  test('a query of something that does not exist would be noticed', () => {
    expect(complaintsAbout('sum by (topolgy) (rate(millrace_batches{outcome="x"}[5m]))')).toEqual([
      'no metric millrace_batches',
      expect.stringContaining('no label topolgy'),
      expect.stringContaining('no label outcome'),
    ]);
  });

  test('each has a severity, says what is wrong, and is explained in the documentation', () => {
    const headings = [...read('../../docs/deployment.md').matchAll(/^#+ (Millrace\w+)$/gm)].map(([, name]) => name);
    expect(rules.length).toBeGreaterThan(10);
    expect(headings.toSorted()).toEqual(rules.map((rule) => rule.alert).toSorted());
    for (const { labels, annotations } of rules) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(10);
      expect(annotations.description.length).toBeGreaterThan(20);
    }
  });

  test('each has a case in which it fires and one in which it does not', () => {
    const { tests } = parse(read(CASES)) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
    };
    const cases = tests.flatMap((group) => group.alert_rule_test);
    const named = (fires: boolean): string[] =>
      [
        ...new Set(cases.filter((one) => (one.exp_alerts ?? []).length > 0 === fires).map((one) => one.alertname)),
      ].toSorted();
    const all = rules.map((rule) => rule.alert).toSorted();
    expect(named(true)).toEqual(all);
    expect(named(false)).toEqual(all);
  });

  const promtool = findTool('PROMTOOL', 'promtool', 'the cases of the alerts are not run');
  test.skipIf(promtool === null)('fire in their cases and in no other', () => {
    const { status, stdout, stderr } = spawnSync(promtool ?? '', ['test', 'rules', pathOf(CASES)], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});

describe('the dashboard', () => {
  const { panels } = JSON.parse(read('../../helm/millrace/files/dashboards/overview.json')) as {
    panels: { id: number; title: string; targets: { expr: string }[] }[];
  };

  test.each(panels.map((panel) => [panel.title, panel] as const))('"%s" shows metrics that exist', (_, panel) => {
    expect(panel.targets.length).toBeGreaterThan(0);
    expect(panel.targets.flatMap(({ expr }) => complaintsAbout(expr))).toEqual([]);
  });

  test('has panels with numbers of their own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
