import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandPattern, readTextFile } from '../../src/config/files.ts';
import { lintRules } from '../../src/rules/lint.ts';
import { loadRules, type RuleFile } from '../../src/rules/load.ts';
import { printRuleTestResult, type RuleTestResult, runRuleTests } from '../../src/rules/rule-test.ts';
import { loadRunbooks } from '../../src/runbooks/registry.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FIXTURES = resolve(ROOT, '../shared/conformance/promtool');

function runFiles(...paths: string[]): RuleTestResult[] {
  const files = paths.map((path) => readTextFile(path, path));
  return runRuleTests(files, {
    ruleFiles: (pattern, testFile) => expandPattern(pattern, dirname(testFile)).map((path) => readTextFile(path, path)),
  });
}

function runText(text: string, rules = ''): RuleTestResult {
  const files: RuleFile[] = [{ path: 't.yml', text }];
  const [result] = runRuleTests(files, { ruleFiles: () => (rules === '' ? [] : [{ path: 'r.yml', text: rules }]) });
  if (!result) throw new Error('no result');
  return result;
}

const packFiles = (ending: string): string[] =>
  readdirSync(join(ROOT, 'rules'))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(ROOT, 'rules', name));

describe('the shipped rules', () => {
  const rules = packFiles('.rules.yml').map((path) => ({ path: basename(path), text: readFileSync(path, 'utf8') }));
  const groups = loadRules(rules);
  const alerts = groups.flatMap((group) => group.rules).filter((rule) => rule.kind === 'alerting');

  it('pass their own unit tests, and each file has one', () => {
    const tests = packFiles('.test.yml');
    expect(tests.map((path) => path.replace('.test.yml', '.rules.yml'))).toEqual(packFiles('.rules.yml'));
    expect(
      runFiles(...tests)
        .filter((result) => !result.passed)
        .map(printRuleTestResult),
    ).toEqual([]);
  });

  it('are tested alert by alert', () => {
    const tests = packFiles('.test.yml')
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    for (const alert of alerts) expect(tests, alert.name).toContain(alert.name);
  });

  it('have nothing for lint to say', () => {
    expect(lintRules(groups, { retentionMs: 15 * 86_400_000 })).toEqual([]);
  });

  it('have a runbook each, found by its URL and by the alert’s name', () => {
    const registry = loadRunbooks({ dir: join(ROOT, 'runbooks') });
    expect(registry.problems).toEqual([]);
    for (const alert of alerts) {
      const url = alert.annotations.find((annotation) => annotation.name === 'runbook_url')?.text ?? '';
      const byUrl = registry.byUrl(url);
      expect(byUrl?.alerts, alert.name).toContain(alert.name);
      expect(registry.byAlert(alert.name)?.name).toBe(byUrl?.name);
    }
    const served = registry.runbooks.flatMap((runbook) => runbook.alerts);
    expect(served.toSorted()).toEqual(alerts.map((alert) => alert.name).toSorted());
  });
});

describe('rule tests in promtool’s format', () => {
  const story = existsSync(FIXTURES) ? it : it.skip;
  if (!existsSync(FIXTURES)) console.warn(`SKIPPED: ${FIXTURES} is not there`);

  story.each([
    ['long-period.yml', true],
    ['bad-input-series.yml', false],
    ['bad-promql.yml', false],
    ['bad-rules-error-test.yml', false],
    ['bad-rules-syntax-test.yml', false],
    ['failing.yml', false],
  ])('%s passes: %s, as promtool says', (name, passes) => {
    expect(runFiles(join(FIXTURES, name))[0]?.passed).toBe(passes);
  });

  story('unittest.yml fails only where it expects native histograms', () => {
    const [result] = runFiles(join(FIXTURES, 'unittest.yml'));
    expect(result?.cases).toBeGreaterThan(20);
    expect(result?.failures.map((failure) => failure.message)).toEqual([
      'native histograms are not supported',
      'native histograms are not supported',
      'native histograms are not supported',
    ]);
  });

  story('failing.yml fails in all three of its cases, each at its line', () => {
    const [result] = runFiles(join(FIXTURES, 'failing.yml'));
    expect(result?.failures.map((failure) => [failure.test, failure.at.line])).toEqual([
      ['Failing test', 20],
      ['Failing test', 13],
      ['Failing alert test', 36],
    ]);
  });

  const RULES = `
groups:
  - name: second
    rules: [{ alert: High, expr: 'recorded > 5', for: 2m, annotations: { summary: '{{ $externalLabels.region }} {{ externalURL }} {{ $value }}' } }]
  - name: first
    rules: [{ record: recorded, expr: 'm * 2' }]
`;

  it('evaluates groups in the order asked for, with external labels and URL', () => {
    const test = (order: string): string => `
rule_files: [r.yml]
group_eval_order: [${order}]
tests:
  - external_labels: { region: eu }
    external_url: https://watchroom.example.com
    input_series: [{ series: m, values: '0 5 5 5 5' }]
    alert_rule_test:
      - { eval_time: 3m, alertname: High, exp_alerts: [{ exp_annotations: { summary: 'eu https://watchroom.example.com 10' } }] }
`;
    expect(printRuleTestResult(runText(test('first, second'), RULES))).toBe('t.yml: 1 case passed');
    expect(runText(test('second, first'), RULES).passed).toBe(false);
    expect(runText(test('first, first'), RULES).failures[0]?.message).toContain('repeated in evaluation order: first');
  });

  it('shows what differs', () => {
    const result = runText(
      `
rule_files: [r.yml]
tests:
  - name: a story
    input_series: [{ series: 'm{a="1"}', values: '9x9' }]
    alert_rule_test:
      - eval_time: 5m
        alertname: High
        exp_alerts: [{ exp_labels: { a: 2 }, exp_annotations: { summary: ' 18' } }]
`,
      RULES.replace('{{ $externalLabels.region }} {{ externalURL }}', ''),
    );
    expect(printRuleTestResult(result)).toBe(`t.yml: FAILED
t.yml:7:9: a story: alertname: High, time: 5m (- expected, + got)
    - labels: {a="2", alertname="High"}
    -   annotations: {summary=" 18"}
    + labels: {a="1", alertname="High"}
    +   annotations: {summary=" 18"}`);
  });

  it('forgives the last bit only when asked to', () => {
    const test = (fuzzy: boolean): string => `
fuzzy_compare: ${fuzzy}
tests:
  - input_series: [{ series: a, values: 0.1 }, { series: b, values: 0.2 }]
    promql_expr_test:
      - { expr: a + b, eval_time: 0, exp_samples: [{ labels: '{}', value: 0.3 }] }
`;
    expect(runText(test(true)).passed).toBe(true);
    expect(runText(test(false)).passed).toBe(false);
  });

  it('starts at start_timestamp where there is one', () => {
    const result = runText(`
tests:
  - start_timestamp: 2026-11-20T03:00:00Z
    input_series: [{ series: m, values: '1 2 3' }]
    promql_expr_test:
      - { expr: hour(), eval_time: 1h, exp_samples: [{ value: 4 }] }
      - { expr: timestamp(m), eval_time: 2m, exp_samples: [{ value: 1795143720 }] }
`);
    expect(result.failures).toEqual([]);
  });

  it('compares NaN and infinities by value', () => {
    const result = runText(`
tests:
  - input_series: [{ series: m, values: 'NaN' }]
    promql_expr_test:
      - { expr: m, exp_samples: [{ labels: m, value: .nan }] }
      - { expr: 1 / (m * 0 unless m) or vector(1) / 0, exp_samples: [{ value: +Inf }] }
`);
    expect(result.failures).toEqual([]);
  });

  it('follows keep_firing_for', () => {
    const rules = `groups: [{ name: g, rules: [{ alert: K, expr: m > 0, keep_firing_for: 3m }] }]`;
    const firing = '[{}]';
    const result = runText(
      `
rule_files: [r.yml]
tests:
  - input_series: [{ series: m, values: '1 0 0 0 0 0 1 _ _' }]
    alert_rule_test:
      - { eval_time: 0, alertname: K, exp_alerts: ${firing} }
      - { eval_time: 3m, alertname: K, exp_alerts: ${firing} }
      - { eval_time: 4m, alertname: K, exp_alerts: [] }
`,
      rules,
    );
    expect(result.failures).toEqual([]);
  });

  it('counts what failed, and all cases of a test whose series cannot be read', () => {
    const cases =
      'promql_expr_test: [{ expr: up, eval_time: 0s }, { expr: "1", eval_time: 0s, exp_samples: [{ value: 1 }] }]';
    expect(runText(`tests: [{ ${cases} }]`)).toMatchObject({ cases: 2, failed: 0 });
    expect(runText(`tests: [{ input_series: [{ series: up, values: 1 }], ${cases} }]`)).toMatchObject({ failed: 1 });
    expect(runText(`tests: [{ input_series: [{ series: up, values: x }], ${cases} }]`)).toMatchObject({ failed: 2 });
  });

  it('shows a query the samples up to the last evaluation only, as promtool does', () => {
    const series = 'interval: 30s, input_series: [{ series: m, values: 0+1x9 }]';
    const at = (time: string, value: number): string =>
      `tests: [{ ${series}, promql_expr_test: [{ expr: m, eval_time: ${time}, exp_samples: [{ labels: m, value: ${value} }] }] }]`;
    expect(runText(at('90s', 2)).failures).toEqual([]);
    expect(runText(at('120s', 4)).failures).toEqual([]);
  });

  it('shows a mistake in a rule file at its place there', () => {
    const rules = 'groups:\n- name: g\n  rules:\n  - { record: a, expr: sum( }\n';
    const result = runText('rule_files: [r.yml]', rules);
    expect(result.failures.map(({ at }) => at)).toEqual([{ file: 'r.yml', line: 4, col: 28 }]);
    expect(result).toMatchObject({ cases: 0, failed: 1 });
  });

  it('says what is wrong with the test file itself', () => {
    const [mistake] = runText('tests: [{ evl_time: 1 }]').failures;
    expect(mistake).toMatchObject({ at: { file: 't.yml', line: 1, col: 11 } });
    expect(mistake?.message).toContain('unknown key evl_time');
    expect(runText('tests: [{ alert_rule_test: [{ eval_time: 1m }] }]').failures[0]?.message).toContain(
      'needs an `alertname`',
    );
    expect(runText('tests: [{ input_series: [{ series: "m{", values: 1 }] }]').passed).toBe(false);
    expect(runText('tests: [{ promql_expr_test: [{ expr: "x[", eval_time: 1m }] }]').passed).toBe(false);
    expect(
      runText('evaluation_interval: 1ms\ntests: [{ promql_expr_test: [{ expr: x, eval_time: 1y }] }]').failures[0]
        ?.message,
    ).toContain('more than 1000000 evaluations');
  });
});
