import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTextFile } from '../../src/config/files.ts';
import { printRuleTestResult, runRuleTests } from '../../src/rules/rule-test.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const missing = spawnSync('promtool', ['--version']).status !== 0;
if (missing) {
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error('promtool is missing');
  console.warn('SKIPPED: promtool is not installed; rules were not compared with Prometheus');
}
const story = missing ? it.skip : it;

const dir = mkdtempSync(join(tmpdir(), 'promtool-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

const pack = (ending: string): string[] =>
  readdirSync(join(ROOT, 'rules'))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(ROOT, 'rules', name));

describe('promtool', () => {
  story('accepts every shipped rule', () => {
    const { status, output } = promtool('check', 'rules', ...pack('.rules.yml'));
    expect(status, output).toBe(0);
    expect(output).not.toContain('duplicate');
  });

  story('passes every shipped rule test', () => {
    const { status, output } = promtool('test', 'rules', ...pack('.test.yml'));
    expect(status, output).toBe(0);
  });
});

/** Templates whose text promtool prints, as the annotation of a firing alert. */
const TEMPLATES: readonly string[] = [
  '{{ 100000.0 }} {{1000000.0}} {{ 123456789.0 }} {{ 1e20 }} {{ 0.0001 }} {{ 0.00001 }} {{ 720 }} {{ 1e6 }} {{ 0x1F }} {{ -3 }}',
  '{{ $value }} {{ $labels }} {{ $labels.foo }}|{{ .Labels.a }} {{ $externalLabels.region }}',
  '{{ printf "%v %d %s %.3f %q %5.1f|%-5s|%05d|%x|%t|%g|%e" 1.5 3 "x" 2.0 "a" 3.14159 "ab" 42 255 true 1e6 12345.678 }}',
  '{{ printf "%d" 1.5 }} {{ printf "%s" 3 }} {{ printf "%z" 1 }} {{ printf "%d" }} {{ printf "a" 1 }}',
  '{{ humanize 1234567.0 }} {{ humanize 0.00012 }} {{ humanize 0.0 }} {{ humanize 999.99 }} {{ humanize -1234.0 }} {{ humanize 1e30 }} {{ humanize 1e-30 }}',
  '{{ humanize1024 1048576.0 }} {{ humanize1024 1023.0 }} {{ humanize1024 0.5 }} {{ humanize1024 1e15 }}',
  '{{ humanizeDuration 899.99 }} {{ humanizeDuration 0.2 }} {{ humanizeDuration 90061.0 }} {{ humanizeDuration 59.9999 }} {{ humanizeDuration -3.5 }} {{ humanizeDuration 0.0000012 }} {{ humanizeDuration 3600.0 }}',
  '{{ humanizePercentage 0.12345 }} {{ humanizePercentage 1.0 }} {{ humanizePercentage 0.00001 }} {{ humanizePercentage 123.456 }}',
  '{{ humanizeTimestamp 1435065584.128 }} {{ humanizeTimestamp 0.0 }} {{ humanizeTimestamp 1795143600.0 }} {{ humanizeTimestamp -86400.0 }}',
  '{{ range $i, $v := query "vector(3)" }}{{ $i }}:{{ .Value }}{{ end }} {{ query "vector(3)" | first | value }}',
  '{{ $x := 1 }}{{ $x = 2 }}{{ $x }} {{ len "abc" }} {{ slice "abcdef" 1 3 }} {{ index $labels "foo" }}',
  `{{ html "<a&'" }} {{ urlquery "a b&c=d/ü" }} {{ js "it's <b>" }} {{ print 1 2 "a" "b" 3 }}{{ println 1 "a" }}`,
  '{{ title "hello wOrld foo-bar it\'s" }} {{ toUpper "aß" }} {{ toLower "ÄB" }}',
  '{{ reReplaceAll "(.)b" "${1}x$1y" "abab" }} {{ reReplaceAll "a*" "x" "baaac" }} {{ match "^a" "abc" }} {{ match "^b" "abc" }}',
  '{{ stripPort "a:80" }} {{ stripPort "a" }} {{ stripPort "[::1]:80" }} {{ stripDomain "a.b.c:80" }} {{ stripDomain "10.0.0.1:80" }} {{ parseDuration "1h30m" }}',
  '{{ graphLink "up == 1" }} {{ tableLink `x{a="b"}` }}',
  '{{ eq 1 2 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt 2.5 1.0 }} {{ ge "b" "a" }} {{ and 1 0 }} {{ or 0 "x" }} {{ not 0 }}',
  '{{ args 1 "a" }} {{ (args 1 "a").arg1 }} {{ (args 1).nope }} {{ true }}',
  'a {{- " b " -}} c {{- /* x */ -}} d',
  '{{ if and (gt $value 0.5) (lt $value 2.0) }}mid{{ else }}out{{ end }} {{ with $labels.nope }}x{{ else }}none{{ end }}',
  '{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" $value }}{{ template "t" "y" }}',
  '{{ range query "vector(1) or label_replace(vector(2), `k`, `v`, ``, ``)" | sortByLabel "k" }}{{ .Labels.k }}={{ .Value }};{{ end }}',
  '{{ toTime 1435065584.128 }} {{ (toTime 1435065584.0).Format "02 Jan 06 15:04 MST Monday" }}',
  '{{ printf "%.1f %.0f %.0f %.3g %.2e" 3.25 2.5 3.5 100.25 1.125 }} {{ humanize 100.25 }} {{ humanize 100.35 }} {{ humanizePercentage 0.10025 }}',
  '{{ 1.0 | printf "%.2f%%" }} {{ `raw "x"` }} {{ "\\u00e9\\t\\x41" }}',
];

describe('templates', () => {
  story('say the same in Watchroom and in Prometheus', () => {
    const annotations = Object.fromEntries(TEMPLATES.map((text, i) => [`a${i}`, text]));
    const rules = { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'm > 0', annotations }] }] };
    const test = {
      rule_files: ['r.yml'],
      tests: [
        {
          external_labels: { region: 'eu' },
          input_series: [{ series: 'm{a="b"}', values: '1' }],
          alert_rule_test: [{ eval_time: '0m', alertname: 'A', exp_alerts: [] as unknown[] }],
        },
      ],
    };
    const rulesFile = join(dir, 'r.yml');
    const testFile = join(dir, 't.yml');
    writeFileSync(rulesFile, JSON.stringify(rules));
    writeFileSync(testFile, JSON.stringify(test));
    const { output } = promtool('test', 'rules', testFile);
    const got = /Annotations:\{(.*)\}\n/.exec(output)?.[1] ?? '';
    const said = Object.fromEntries(
      [...got.matchAll(/(a\d+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1], JSON.parse(`"${m[2]}"`) as string]),
    );
    expect(Object.keys(said)).toHaveLength(TEMPLATES.length);
    for (const text of Object.values(said)) expect(text).not.toContain('error expanding');

    const [group] = test.tests;
    group?.alert_rule_test.splice(0, 1, {
      eval_time: '0m',
      alertname: 'A',
      exp_alerts: [{ exp_labels: { a: 'b' }, exp_annotations: said }],
    });
    const files = [{ path: testFile, text: JSON.stringify(test) }];
    const [ours] = runRuleTests(files, { ruleFiles: () => [readTextFile(rulesFile, rulesFile)] });
    expect(ours && printRuleTestResult(ours)).toBe(`${testFile}: 1 case passed`);
    writeFileSync(testFile, JSON.stringify(test));
    expect(promtool('test', 'rules', testFile).status).toBe(0);
  });
});
