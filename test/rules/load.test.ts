import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/document/position.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleGroup } from '../../src/rules/rule.ts';

const load = (text: string): RuleGroup[] => loadRules([{ path: 'r.yml', text }]);

/** The lines of the error that loading throws. */
function errors(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof DocumentError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const rule = (body: string): string =>
  `groups:\n  - name: g\n    rules:\n      - ${body.trim().split('\n').join('\n        ')}\n`;

describe('loading rules', () => {
  const user = resolve(import.meta.dirname, '../../../shared/user/prometheus-alerts.yml');
  (existsSync(user) ? it : it.skip)("takes the user's file as it is", () => {
    const [group] = loadRules([{ path: 'prometheus-alerts.yml', text: readFileSync(user, 'utf8') }]);
    expect(group?.rules.map((r) => [r.name, r.kind === 'alerting' ? r.forMs : 0])).toEqual([
      ['ModelLatencyP99High', 300_000],
      ['PredictionErrorBurnRateHigh', 120_000],
      ['FeatureNullRateHigh', 600_000],
      ['PredictionDistributionDrift', 900_000],
    ]);
  });

  it('takes an empty file, a file of comments and an empty group as no rules', () => {
    expect(load('')).toEqual([]);
    expect(load('# nothing\n')).toEqual([]);
    expect(load('groups: []\n')).toEqual([]);
    expect(load('groups:\n  - name: g\n')[0]?.rules).toEqual([]);
  });

  it('reads group settings, and group labels below the rules’ own', () => {
    const [group] = load(`
groups:
  - name: g
    interval: 1m
    limit: 5
    query_offset: 30s
    labels: { team: ml, severity: info }
    rules:
      - { alert: A, expr: 1, labels: { severity: 2 }, keep_firing_for: 3m }
      - { record: 'a:b', expr: 'sum(x)' }
`);
    expect(group).toMatchObject({ intervalMs: 60_000, limit: 5, queryOffsetMs: 30_000 });
    const [alert, record] = group?.rules ?? [];
    expect(alert?.kind === 'alerting' && alert.labels.map((l) => [l.name, l.text])).toEqual([
      ['team', 'ml'],
      ['severity', '2'],
    ]);
    expect(alert?.kind === 'alerting' && alert.keepFiringForMs).toBe(180_000);
    expect(record?.kind === 'recording' && record.labels.toJSON()).toEqual({ team: 'ml', severity: 'info' });
  });

  it('points into an expression, wherever YAML has put it', () => {
    expect(errors(rule('alert: A\nexpr: sum(x) +'))).toEqual(['r.yml:5:23: unexpected end of input']);
    expect(errors(rule('alert: A\nexpr: "rate(x)"'))[0]).toMatch(/^r\.yml:5:21: expected type range vector/);
    const block = rule('alert: A\nexpr: |\n  sum by (a) (\n    rate(x[5m)\n  ) > 1');
    expect(errors(block)[0]).toMatch(/^r\.yml:7:22: /);
    expect(block.split('\n')[6]?.slice(21)).toBe(')');
    const folded = rule('alert: A\nexpr: >-\n  x\n  > foo bar');
    expect(errors(folded)[0]).toMatch(/^r\.yml:7:17: /);
    expect(folded.split('\n')[6]?.slice(16)).toBe('bar');
  });

  it('points into a template', () => {
    const text = rule(`
alert: A
expr: x > 1
annotations:
  summary: ok {{ $labels.a }}
  description: |
    first line
    {{ $lables.model_name }}
  other: "{{ humanise $value }}"
  open: "{{ $value"
`);
    expect(errors(text)).toEqual([
      'r.yml:10:16: template of description: undefined variable "$lables"',
      'r.yml:11:22: template of other: function "humanise" not defined',
      'r.yml:12:18: template of open: unclosed action: {{ without }}',
    ]);
  });

  it('names every mistake at its place, all at once', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [rule('alert: A\nexpr: x\ntreshold: 1'), /r\.yml:6:9: unknown key treshold/],
      [rule('alert: A\nexpr: x\nfor: -5m'), /r\.yml:6:14: .*expected a duration/],
      [rule('alert: A\nexpr: x\nfor: 5'), /r\.yml:6:14: .*expected a duration/],
      [rule('alert: A'), /r\.yml:4:9: a rule needs an `expr`/],
      [rule('expr: x'), /r\.yml:4:9: a rule needs a name/],
      [rule('alert: A\nrecord: b\nexpr: x'), /either `alert` or `record`/],
      [rule('record: b\nexpr: x\nfor: 1m'), /r\.yml:6:9: a recording rule takes no `for`/],
      [rule('record: "a{b=\\"c\\"}"\nexpr: x'), /r\.yml:4:17: braces in the name of a recording rule/],
      [rule('alert: A\nexpr: x\nlabels: { "": y }'), /r\.yml:6:19: invalid label name ""/],
      [rule('alert: A\nexpr: x\nlabels: { __name__: y }'), /invalid label name "__name__"/],
      [rule('alert: A\nexpr: x\nannotations: { "": y }'), /an annotation needs a name/],
      [rule('alert: A\ndrift: { histogram: x }'), /r\.yml:5:9: the rule kind `drift` is not available yet/],
      [rule('slo: s\nobjective: 99.9'), /the rule kind `slo` is not available yet/],
      [rule('alert: A\nexpr: x\nobjective: 1'), /`objective` belongs to `slo` rules/],
      ['groups:\n  - name: g\n    interval: 1ms\n', /r\.yml:3:15: .*100ms or more/],
      ['groups:\n  - name: g\n    limit: many\n', /r\.yml:3:12: /],
      ['groups:\n  - rules: []\n', /name/],
      ['groups:\n  - name: g\n  - name: g\n', /r\.yml:3:11: group "g" is repeated/],
      ['- a\n- b\n', /expected/],
      ['groups:\n  - name: g\n    rules: [{ alert: A, expr: &x [*x] }]\n', /r\.yml/],
      ['groups: &g\n  - name: g\n    rules: [{ <<: *g }]\n', /r\.yml:3:19: \*g stands within &g/],
    ];
    for (const [text, message] of cases) expect(errors(text).join('\n'), text).toMatch(message);
    const two = `${rule('alert: A\nexpr: sum(')}  - name: h\n    rules:\n      - { alert: B, expr: 'y', labels: { __name__: c } }\n`;
    expect(errors(two)).toHaveLength(2);
  });

  it('takes what Prometheus takes for nothing: nulls, zeros, empty maps', () => {
    const empty = rule('alert: A\nexpr: x\nfor:\nkeep_firing_for: 0\nlabels:\nannotations: {}');
    expect(errors(empty)).toEqual([]);
    expect(errors(rule('record: a\nexpr: x\nfor: 0s\nannotations: {}'))).toEqual([]);
    const [group] = loadRules([{ path: 'r.yml', text: 'groups:\n  - name: g\n    interval: 0s\n    limit: -1\n' }]);
    expect([group?.intervalMs, group?.limit]).toEqual([undefined, 0]);
  });

  it('takes scalars as they are written: a version 1.10 is not 1.1', () => {
    const text = rule(
      'alert: 007\nexpr: 1.50\nlabels: { version: 1.10, id: 0x1F, big: 1e3, yes: True, none: ~, inf: .inf }',
    );
    const [alert] = loadRules([{ path: 'r.yml', text }])[0]?.rules ?? [];
    if (alert?.kind !== 'alerting') throw new Error('no alerting rule');
    expect([alert.name, alert.source]).toEqual(['007', '1.50']);
    expect(Object.fromEntries(alert.labels.map((label) => [label.name, label.text]))).toEqual({
      version: '1.10',
      id: '0x1F',
      big: '1e3',
      yes: 'True',
      none: '',
      inf: '.inf',
    });
  });

  it('takes names that only Prometheus 3 takes', () => {
    expect(errors(rule('alert: A\nexpr: x\nlabels: { "team.name": y }\nannotations: { "a b": c }'))).toEqual([]);
    expect(errors(rule('record: "model.latency"\nexpr: x'))).toEqual([]);
  });

  it('shares parts by anchors, aliases and merge keys, and still knows where a mistake stands', () => {
    const shared = (labels: string) => `groups:
  - name: g
    rules:
      - &base
        alert: A
        expr: &e x > 1
        labels: &l { severity: ${labels} }
      - <<: *base
        alert: B
      - alert: C
        expr: *e
        labels: { <<: *l, team: ml }
`;
    const rules = loadRules([{ path: 'r.yml', text: shared('page') }])[0]?.rules ?? [];
    expect(rules.map(({ name, source }) => [name, source])).toEqual([
      ['A', 'x > 1'],
      ['B', 'x > 1'],
      ['C', 'x > 1'],
    ]);
    expect(rules.map((one) => one.kind === 'alerting' && one.labels.map(({ text }) => text))).toEqual([
      ['page'],
      ['page'],
      ['page', 'ml'],
    ]);
    expect(errors(shared('"{{ nosuch }}"'))[0]).toMatch(/^r\.yml:7:36: template of severity/);
    const many = Array.from({ length: 200 }, (_, i) => `      - { alert: A${i}, expr: *e }\n`).join('');
    expect(errors(`${shared('page')}${many}`)).toEqual([]);
  });

  it('collects the errors of all files and loads none', () => {
    const call = (): unknown =>
      loadRules([
        { path: 'a.yml', text: rule('alert: A\nexpr: )') },
        { path: 'b.yml', text: rule('alert: B\nexpr: x') },
        { path: 'c.yml', text: 'groups: 5' },
      ]);
    expect(call).toThrow(/a\.yml:5:16.*\n?.*c\.yml:1:9/s);
  });

  it('reads Windows line ends and a byte order mark', () => {
    const text = rule('alert: A\nexpr: |\n  x\n  > >').replaceAll('\n', '\r\n');
    expect(errors(`\u{feff}${text}`)[0]).toMatch(/^r\.yml:7:13: /);
    expect(load(`\u{feff}${rule('alert: A\nexpr: x > 1')}`)).toHaveLength(1);
  });

  it('gives each rule a key that outlives its expression, and tells equal rules apart', () => {
    const keys = (text: string): string[] => load(text).flatMap((group) => group.rules.map((r) => r.key));
    expect(keys(rule('alert: A\nexpr: x > 1'))).toEqual(keys(rule('alert: A\nexpr: x > 2\nfor: 5m')));
    const twice = `groups:\n  - name: g\n    rules: [{ alert: A, expr: x }, { alert: A, expr: y }]\n`;
    expect(new Set(keys(twice)).size).toBe(2);
  });
});
