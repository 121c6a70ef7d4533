import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import { execute, type Functions, functionNames, type TemplateLimits } from '../../src/template/execute.ts';
import { parseTemplate } from '../../src/template/parser.ts';
import { prometheusFunctions } from '../../src/template/prometheus-functions.ts';
import { TemplateError } from '../../src/template/template-error.ts';
import { list, struct, textMap, type Value } from '../../src/template/values.ts';

const FUNCTIONS: Functions = prometheusFunctions({
  query: () => [
    { labels: Labels.of({ __name__: 'up', instance: 'b:80' }), v: 1 },
    { labels: Labels.of({ __name__: 'up', instance: 'a:80' }), v: 0 },
  ],
  externalUrl: 'https://prom.example.com/prefix',
});

const DATA = struct('data', {
  Labels: textMap([
    ['model_name', 'fraud-detector'],
    ['constructor', 'c'],
  ]),
  Value: 0.412,
  Items: list(['a', 'b', 'c']),
  Empty: list([]),
  Count: 3n,
});

function run(text: string, data: Value = DATA, limits?: TemplateLimits): string {
  const template = parseTemplate(text, { functions: functionNames(FUNCTIONS), variables: ['$labels', '$value'] });
  const variables = { $labels: textMap([['model_name', 'fraud-detector']]), $value: 0.412 };
  return execute(template, data, { functions: FUNCTIONS, variables, ...(limits && { limits }) });
}

function fails(text: string, data: Value = DATA, limits?: TemplateLimits): string {
  try {
    return `no error: ${run(text, data, limits)}`;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

describe('templates', () => {
  it.each([
    ['{{ .Value }} {{ $value }} {{ $.Value }}', '0.412 0.412 0.412'],
    ['{{ $labels.model_name }}{{ $labels.nothing }}', 'fraud-detector'],
    ['{{ if .Empty }}a{{ else if gt .Value 0.5 }}b{{ else }}c{{ end }}', 'c'],
    ['{{ range $i, $v := .Items }}{{ $i }}{{ $v }} {{ end }}', '0a 1b 2c '],
    ['{{ range .Empty }}x{{ else }}none{{ end }}', 'none'],
    ['{{ range .Items }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ . }}{{ end }}', 'ac'],
    ['{{ range .Items }}{{ if eq . "b" }}{{ break }}{{ end }}{{ . }}{{ end }}', 'a'],
    ['{{ range $k, $v := .Labels }}{{ $k }}={{ $v }};{{ end }}', 'constructor=c;model_name=fraud-detector;'],
    ['{{ with .Labels.model_name }}{{ . }}{{ end }}{{ with .Empty }}x{{ else }}y{{ end }}', 'fraud-detectory'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $y }}{{ end }}{{ $x }}', '32'],
    ['a {{- " b " -}} c', 'a b c'],
    ['a{{/* note */}}b {{- /* trims */ -}} c', 'abc'],
    ['{{ "a" | printf "%s-%s" "b" }}', 'b-a'],
    ['{{ "a" | }}', 'a'],
    ['{{ (index .Items 1) | toUpper }} {{ len .Items }} {{ .Count }}', 'B 3 3'],
    ['{{ and true 0 }} {{ or "" "x" }} {{ not 1 }} {{ 1 | or 0 }}', '0 x false 1'],
    ['{{ or true (index .Items 9) }}', 'true'],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" .Value }}{{ template "t" "x" }}', '<0.412><x>'],
    ['{{ block "b" .Value }}[{{ . }}]{{ end }}', '[0.412]'],
    ['{{ `raw {{ }} ` }}{{ "quo\\"ted }}" }}', 'raw {{ }} quo"ted }}'],
    ['{{ slice "abcdef" 1 3 }} {{ index "abc" 0 }}', 'bc 97'],
    ['{{ .Labels.constructor }}{{ .Labels.toString }}{{ .Labels.__proto__ }}', 'c'],
    ['{{ query "up" | sortByLabel "instance" | first | label "instance" | stripPort }}', 'a'],
    ['{{ range query "up" }}{{ .Labels.instance }}={{ .Value }} {{ end }}', 'b:80=1 a:80=0 '],
    ['{{ externalURL }} {{ pathPrefix }}', 'https://prom.example.com/prefix /prefix'],
    ['{{ $v := .Value }}{{ range .Items }}{{ $v }}{{ $.Count }}{{ end }}', '0.41230.41230.4123'],
    ['{{ "{{ .Value }}" }}', '{{ .Value }}'],
    ['no action', 'no action'],
    ['', ''],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    ['{{ .Nope }}', "1:4: error calling Nope: can't evaluate field Nope in type data"],
    ['x\n{{ .Value.A }}', "2:4: error calling A: can't evaluate field A in type float64"],
    ['{{ gt .Value 5 }}', '1:4: error calling gt: incompatible types for comparison'],
    ['{{ index .Items 9 }}', '1:4: error calling index: index out of range: 9'],
    ['{{ humanize "x" }}', '1:4: error calling humanize: strconv.ParseFloat: parsing "x": invalid syntax'],
    ['{{ template "gone" }}', '1:4: template "gone" not defined'],
    ['{{ range .Value }}{{ end }}', "1:10: range can't iterate over float64"],
    ['{{ match "(" "a" }}', /^1:4: error calling match: regular expression "\("/],
    ['{{ 5 }}{{ "a" 1 }}', "1:11: can't give argument to non-function"],
  ])('fail while running: %s', (text, message) => {
    if (typeof message === 'string') expect(fails(text)).toBe(message);
    else expect(fails(text)).toMatch(message);
  });

  it.each([
    ['{{ ', '1:1: unclosed action: {{ without }}'],
    ['ab\n {{ foo }}', '2:5: function "foo" not defined'],
    ['{{ $x }}', '1:4: undefined variable "$x"'],
    ['{{ if true }}', '1:7: {{if}} without {{end}}'],
    ['{{ end }}', '1:4: unexpected {{end}}'],
    ['{{ else }}', '1:4: unexpected {{else}}'],
    ['{{ if }}x{{ end }}', '1:7: missing value for if'],
    ['{{ "abc }}', '1:4: unterminated quoted string'],
    ['{{ `abc }}', '1:4: unterminated raw quoted string'],
    ['{{ 1.2.3x }}', '1:4: bad number syntax: "1.2.3x"'],
    ['{{ 1 | 2 }}', '1:8: non executable command in pipeline stage'],
    ['{{ (.a }}', '1:8: unexpected "}}" in parenthesized pipeline'],
    ['{{/* open', '1:1: unclosed comment'],
    ['{{ break }}', '1:4: {{break}} outside {{range}}'],
    ['{{ with $y := 1 }}{{ end }}{{ $y }}', '1:31: undefined variable "$y"'],
    ['{{ "a"."b" }}', /^1:7: unexpected/],
    ['{{ # }}', '1:4: unexpected "#" in an action'],
    ['{{ define t }}{{ end }}', /expected a name in quotes/],
  ])('are refused when parsed: %s', (text, message) => {
    if (typeof message === 'string') expect(fails(text)).toBe(message);
    else expect(fails(text)).toMatch(message);
  });

  it('never read data as a template', () => {
    const hostile = '{{ .Secret }}{{ range }} <!channel>';
    expect(run('{{ .A }}|{{ printf "%s" .A }}', struct('d', { A: hostile, Secret: 's' }))).toBe(
      `${hostile}|${hostile}`,
    );
  });

  it('are bounded in output, steps, depth and nesting', () => {
    const limits = { outputChars: 100, steps: 500, depth: 5 };
    expect(fails('{{ printf "%999d" 1 }}', DATA, limits)).toContain('writes more than 100 characters');
    expect(fails('{{ range 100000 }}{{ end }}', DATA, limits)).toContain('takes more than 500 steps');
    expect(fails('{{ range 400 }}{{ range 400 }}{{ end }}{{ end }}', DATA, limits)).toContain(
      'takes more than 500 steps',
    );
    expect(fails('{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}', DATA, limits)).toContain(
      'deeper than 5',
    );
    expect(fails(`{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`)).toContain('nested deeper than 100');
    expect(fails('{{ if true }}'.repeat(5000))).toContain('nested deeper than 100');
    expect(fails('x'.repeat(300_000))).toContain('longer than');
  });

  it('whatever is written, either parse or are refused with a place, quickly', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      ' ',
      '.A',
      '$x',
      ':=',
      '|',
      '(',
      ')',
      '"a"',
      '`',
      'if',
      'else',
      'end',
      'range',
      'eq',
      '1',
      "'",
      '/*',
      '*/',
      '\n',
      'x',
      '.',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const message = fails(pieces.join(' '));
        expect(message.startsWith('no error') || /^\d+:\d+: ./.test(message)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('print text without actions as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('{{')),
        (text) => {
          expect(run(text)).toBe(text);
        },
      ),
    );
  });
});
