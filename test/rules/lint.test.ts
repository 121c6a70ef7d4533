import { describe, expect, it } from 'vitest';
import { type LintOptions, lintRules } from '../../src/rules/lint.ts';
import { loadRules } from '../../src/rules/load.ts';

const GOOD = { labels: '{ severity: warning }', annotations: '{ summary: s, runbook_url: r }', for: '5m' };

function lint(
  expr: string,
  changes: Partial<Record<keyof typeof GOOD, string>> = {},
  options: LintOptions = {},
): string[] {
  const { labels, annotations, for: hold } = { ...GOOD, ...changes };
  const text = `groups:
  - name: g
    rules:
      - alert: A
        expr: ${JSON.stringify(expr)}
        for: ${hold}
        labels: ${labels}
        annotations: ${annotations}
`;
  return lintRules(loadRules([{ path: 'r.yml', text }]), options).map((p) => `${p.at.line}:${p.at.col} ${p.message}`);
}

describe('lint', () => {
  it('has nothing to say about a complete rule', () => {
    expect(lint('ml_prediction_psi_score > 0.2')).toEqual([]);
  });

  it('asks for `for`, severity, summary and a runbook', () => {
    expect(lint('x > 1', { for: '0s' })[0]).toContain('has no `for`');
    expect(lint('vector(1)', { for: '0s' })).toEqual([]);
    expect(lint('x > 1', { labels: '{ team: ml }' })[0]).toContain('`severity`');
    expect(lint('x > 1', { labels: '{ priority: P1 }' })).toEqual([]);
    expect(lint('x > 1', { annotations: '{ runbook_url: r }' })[0]).toContain('`summary`');
    expect(lint('x > 1', { annotations: '{ summary: s }' })[0]).toContain('`runbook_url`');
  });

  it('notices an aggregation that merges all models', () => {
    expect(lint('sum(rate(ml_predictions_total[5m])) < 1')).toEqual([
      '5:16 `sum` merges all models into one alert that cannot say which; add `by (model_name)`',
    ]);
    expect(lint('sum by (environment) (rate(ml_predictions_total[5m])) < 1')).toHaveLength(1);
    expect(lint('sum without (model_name) (rate(ml_predictions_total[5m])) < 1')[0]).toContain('without');
    expect(lint('sum by (model_name) (rate(ml_predictions_total[5m])) < 1')).toEqual([]);
    expect(lint('sum without (instance) (rate(ml_predictions_total[5m])) < 1')).toEqual([]);
    expect(lint('sum(rate(ml_predictions_total{model_name="fraud"}[5m])) < 1')).toEqual([]);
    expect(lint('count(up == 0) > 2')).toEqual([]);
  });

  it('notices a label in a template that the expression aggregates away', () => {
    const shows = (text: string): string => `{ summary: ${JSON.stringify(text)}, runbook_url: r }`;
    expect(
      lint('sum by (job) (up) == 0', { annotations: shows('{{ $labels.instance }} of {{ $labels.job }}') }),
    ).toEqual(['8:33 summary shows $labels.instance, which the expression aggregates away: it will be empty']);
    expect(
      lint('sum by (job) (up) == 0', { annotations: shows('{{ if .Labels.pod }}{{ index $labels "zone" }}{{ end }}') }),
    ).toHaveLength(2);
    expect(lint('up == 0', { annotations: shows('{{ $labels.anything }}') })).toEqual([]);
    expect(
      lint('sum by (a) (x) / on (a) group_left (b) max by (a, b) (y) > 1', { annotations: shows('{{ $labels.b }}') }),
    ).toEqual([]);
    expect(lint('absent(up{job="x"})', { annotations: shows('{{ $labels.job }} {{ $labels.pod }}') })).toHaveLength(1);
  });

  it('notices a burn rate that the objective makes unreachable', () => {
    const burn = (objective: string, threshold: string): string[] =>
      lint(
        `(sum by (model_name) (rate(ml_errors[1h])) / sum by (model_name) (rate(ml_all[1h]))) / (1 - ${objective}) > ${threshold}`,
      );
    expect(burn('0.9', '14.4')[0]).toMatch(/^5:\d+ never fires: .* at most 10, the threshold is 14\.4/);
    expect(burn('0.999', '720')).toEqual([]);
    expect(burn('0.999', '14.4')).toEqual([]);
  });

  it('notices a window longer than samples are kept', () => {
    const kept = { retentionMs: 15 * 86_400_000 };
    expect(lint('x > avg_over_time(x[30d])', {}, kept)[0]).toContain('looks back 30d, but samples are kept for 15d');
    expect(lint('x > x offset 20d', {}, kept)).toHaveLength(1);
    expect(lint('x > avg_over_time(x[7d])', {}, kept)).toEqual([]);
  });

  it('notices two rules that are the same to everybody', () => {
    const text = 'groups: [{ name: g, rules: [{ record: "a:b", expr: x }, { record: "a:b", expr: y }] }]';
    const [problem] = lintRules(loadRules([{ path: 'r.yml', text }]));
    expect(problem?.message).toBe('a:b with these labels is defined already at r.yml:1');
  });
});
