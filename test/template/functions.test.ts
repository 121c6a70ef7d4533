import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { searchExpression } from '../../src/labels/expression.ts';
import { Labels } from '../../src/labels/labels.ts';
import { alertmanagerFunctions } from '../../src/template/alertmanager-functions.ts';
import { execute, functionNames } from '../../src/template/execute.ts';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
} from '../../src/template/humanize.ts';
import { notificationData } from '../../src/template/notification-data.ts';
import { formatFloat } from '../../src/template/number-format.ts';
import { parseTemplate } from '../../src/template/parser.ts';
import { sprintf } from '../../src/template/printf.ts';
import { prometheusFunctions } from '../../src/template/prometheus-functions.ts';
import { textMap, type Value } from '../../src/template/values.ts';

describe('numbers as Go prints them', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [0.412, '0.412'],
    [100000, '100000'],
    [1e6, '1e+06'],
    [123456789, '1.23456789e+08'],
    [999999, '999999'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e21, '1e+21'],
    [1.5e-7, '1.5e-07'],
    [-2.5, '-2.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [0.1 + 0.2, '0.30000000000000004'],
  ])('%d is %s', (value, text) => {
    expect(formatFloat(value, 'g', -1)).toBe(text);
  });

  it('format with verbs, flags, width and precision, and show mistakes in the text', () => {
    expect(
      sprintf('%.2f|%8.3f|%-8.1f|%08.2f|%+d|%e|%.3g|%x|%X', [
        1.005,
        2.5,
        3.25,
        -1.5,
        7n,
        1234.5,
        0.00012345,
        255n,
        'az',
      ]),
    ).toBe('1.00|   2.500|3.2     |-0001.50|+7|1.234500e+03|0.000123|ff|617A');
    expect(sprintf('%d %s %v', [1.5, 3n])).toBe('%!d(float64=1.5) %!s(int=3) %!v(MISSING)');
    expect(sprintf('%q %5s|%-5s|%.2s', ['a"b', 'x', 'y', 'héllo'])).toBe('"a\\"b"     x|y    |hé');
    expect(sprintf('100%% %', ['x'])).toBe('100% %!(NOVERB)%!(EXTRA string=x)');
  });

  it.each<[format: string, values: Value[], text: string]>([
    ['%[2]s %[1]s', ['a', 'b'], 'b a'],
    ['%[3]s %[x]s', ['a'], '%!s(BADINDEX) %!s(BADINDEX)'],
    ['%*d|%-*d|%.*f', [4n, 7n, 3n, 1n, 2n, 3.14159], '   7|1  |3.14'],
    ['%.5d|%8.5d|%08.5d', [1n, 1n, 1n], '00001|   00001|   00001'],
    ['%#x %#o %O %#b %x', [255n, 8n, 8n, 5n, -7n], '0xff 010 0o10 0b101 -7'],
    ['%U %#U %c %q', [128512n, 65n, 10004n, 65n], "U+1F600 U+0041 'A' ✔ 'A'"],
    ['%+v|%+d|% d|%#v', [1n, 1n, 1n, 'a\n'], '1|+1| 1|"a\\n"'],
    ['%G|%E|%#g|%+.1f', [1e21, 1500, 3.5, 2], '1E+21|1.500000E+03|3.50000|+2.0'],
    ['%5d|%.2f', [3.5, 'str'], '%!d(float64=  3.5)|%!f(string=st)'],
    ['% X|%#x|%q|%+q|%#q', ['hi', 'hi', '\u200b', 'é', 'a"b'], '68 69|0x6869|"\\u200b"|"\\u00e9"|`a"b`'],
    [
      '%s|%q|%T',
      [textMap([['b', '2']]), textMap([['b', '2']]), textMap([])],
      'map[b:2]|map["b":"2"]|map[string]string',
    ],
    ['%06.1f|%06v|%-06d|%08s', [-2.5, Number.NaN, 3n, 'x'], '-002.5|   NaN|3     |0000000x'],
    ['%9999d', [1n], '1'.padStart(1000)],
  ])('writes %s as Go does', (format, values, text) => {
    expect(sprintf(format, values)).toBe(text);
  });
});

describe('counting arguments', () => {
  it.each([
    ['{{ humanize 1 2 }}', '1:4: wrong number of args for humanize: want 1 got 2'],
    ['{{ len }}', '1:4: wrong number of args for len: want 1 got 0'],
    ['{{ printf }}', '1:4: wrong number of args for printf: want at least 1 got 0'],
  ])('refuses %s', (text, message) => {
    const functions = prometheusFunctions({ query: () => [], externalUrl: '' });
    const template = parseTemplate(text, { functions: functionNames(functions) });
    expect(() => execute(template, undefined, { functions })).toThrow(message);
  });
});

describe('humanize', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [999.9, '999.9'],
    [1234567, '1.235M'],
    [0.00012, '120u'],
    [-0.5, '-500m'],
    [1e30, '1e+06Y'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('%d → %s', (value, text) => expect(humanize(value)).toBe(text));

  it.each([
    [1024, '1ki'],
    [1048576, '1Mi'],
    [0.5, '0.5'],
    [-2048, '-2ki'],
  ])('in powers of 1024: %d → %s', (value, text) => expect(humanize1024(value)).toBe(text));

  it.each([
    [0, '0s'],
    [0.2, '200ms'],
    [0.0000015, '1.5us'],
    [1, '1s'],
    [59.999, '60s'],
    [899.99, '14m 59s'],
    [3661, '1h 1m 1s'],
    [90061, '1d 1h 1m 1s'],
    [-90, '-1m 30s'],
    [Number.NaN, 'NaN'],
  ])('durations: %d → %s', (value, text) => expect(humanizeDuration(value)).toBe(text));

  it('percentages and instants', () => {
    expect(humanizePercentage(0.12345)).toBe('12.35%');
    expect(humanizePercentage(1)).toBe('100%');
    expect(humanizeTimestamp(1435065584.128)).toBe('2015-06-23 13:19:44.128 +0000 UTC');
    expect(humanizeTimestamp(-1)).toBe('1969-12-31 23:59:59 +0000 UTC');
    expect(() => humanizeTimestamp(1e18)).toThrow('overflows');
  });
});

describe('regular expressions in templates', () => {
  it.each([
    ['a*', 'baaac', 'x', 'xbxcx'],
    ['(.)b', 'abab', '${1}x$1y', 'axax'],
    ['(?P<n>\\d+)', 'a12b3', '<$n>', 'a<12>b<3>'],
    ['b', 'abc', '$$', 'a$c'],
    ['x', 'abc', 'y', 'abc'],
    ['', 'ab', '-', '-a-b-'],
    ['(a)(z)?', 'a', '[$2]', '[]'],
  ])('replace %s in %s by %s as Go does', (pattern, text, replacement, expected) => {
    expect(searchExpression(pattern).replaceAll(text, replacement)).toBe(expected);
  });

  it('are linear and refuse what RE2 refuses', () => {
    expect(searchExpression('(a+)+$').found(`${'a'.repeat(20_000)}b`)).toBe(false);
    expect(() => searchExpression('(?=x)')).toThrow();
    expect(() => searchExpression('x'.repeat(20_000))).toThrow('longer');
  });
});

const NOW = Date.UTC(2026, 10, 20, 3, 30, 0);

function alert(labels: Readonly<Record<string, string>>, condition: Alert['condition']): Alert {
  return {
    fingerprint: 'f',
    labels: Labels.of({ alertname: 'A', ...labels }),
    annotations: Labels.of({ summary: 'slow <b>' }),
    startsAt: NOW - 374_000,
    updatedAt: NOW,
    condition,
    generatorUrl: 'http://p/graph',
    source: { kind: 'api' },
  };
}

describe('notification templates', () => {
  const functions = alertmanagerFunctions(NOW);
  const data = notificationData({
    receiver: 'slack',
    status: 'firing',
    alerts: [
      alert({ model_name: 'x' }, { kind: 'firing' }),
      alert({ model_name: 'y' }, { kind: 'no_data', since: NOW }),
      alert({ model_name: 'z' }, { kind: 'resolved', at: NOW }),
    ],
    groupLabels: Labels.of({ alertname: 'A', model_name: 'x' }),
    commonLabels: Labels.of({ alertname: 'A', Zone: 'z', region: 'r' }),
    commonAnnotations: Labels.of({ summary: 'slow <b>' }),
    externalUrl: 'http://am',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
  });
  const run = (text: string): string =>
    execute(parseTemplate(text, { functions: functionNames(functions) }), data, { functions });

  it.each([
    ['{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}', 'FIRING:2'],
    ['{{ .GroupLabels.alertname }}: {{ .CommonAnnotations.summary }}', 'A: slow <b>'],
    ['{{ .GroupLabels.SortedPairs.Values | join " " }}', 'A x'],
    ['{{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join "," }}{{ end }}', 'z,r'],
    ['{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}', 'alertname=A Zone=z region=r '],
    ['{{ range .Alerts }}{{ .Labels.model_name }}{{ .Status }} {{ end }}', 'xfiring yfiring zresolved '],
    ['{{ (index .Alerts 0).StartsAt.Format "Jan 2, 2006 15:04 MST" }}', 'Nov 20, 2026 03:23 UTC'],
    [
      '{{ (index .Alerts 0).StartsAt | tz "Asia/Kolkata" | date "2006-01-02 15:04:05 -07:00" }}',
      '2026-11-20 08:53:46 +05:30',
    ],
    ['{{ since (index .Alerts 0).StartsAt | humanizeDuration }}', '6m 14s'],
    ['{{ (index .Alerts 2).EndsAt.UTC.Hour }}', '3'],
    ['{{ .GroupLabels | toJson }}', '{"alertname":"A","model_name":"x"}'],
    ['{{ .CommonAnnotations | toJson }}', '{"summary":"slow \\u003cb\\u003e"}'],
    [
      '{{ title "hELLO wor-ld it\'s" }}|{{ trimSpace "  a " }}|{{ stringSlice "a" "b" | join "+" }}',
      "Hello Wor-Ld It's|a|a+b",
    ],
    [
      '{{ reReplaceAll "f(.)" "$1" "foo" }} {{ urlUnescape "a%20b" }} {{ (dict "k" "v").k }} {{ append (list 1) 2 | len }}',
      'oo a b v 2',
    ],
    ['{{ .TruncatedAlerts }} {{ .ExternalURL }} {{ .Receiver }}', '0 http://am slack'],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it('name an unknown time zone', () => {
    expect(() => run('{{ tz "Mars/Olympus" (index .Alerts 0).StartsAt }}')).toThrow('unknown time zone Mars/Olympus');
  });
});
