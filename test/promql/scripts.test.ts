import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from '../../src/promql/script.ts';
import { parseSeriesLine } from '../../src/promql/series-notation.ts';

const CONFORMANCE = resolve(import.meta.dirname, '../../../shared/conformance/promql');
const OWN = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test'));

describe('our own scripts', () => {
  it.each(OWN)('%s holds throughout', (name) => {
    const report = runScript(readFileSync(join(import.meta.dirname, name), 'utf8'));
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThan(10);
  });
});

/** Evaluations of Prometheus' own scripts that need floats and stable features only; the rest may be refused, never be wrong. */
const FLOATS = {
  'aggregators.test': 123,
  'functions.test': 248,
  'operators.test': 142,
  'selectors.test': 31,
  'staleness.test': 17,
};

describe("Prometheus' scripts", () => {
  const present = existsSync(CONFORMANCE);
  if (!present) console.warn(`SKIPPED: Prometheus' scripts are not at ${CONFORMANCE}`);
  it.skipIf(!present).each(Object.entries(FLOATS))(
    '%s: nothing is answered wrongly, all %i on floats are answered',
    (name, floats) => {
      const report = runScript(readFileSync(join(CONFORMANCE, name), 'utf8'));
      expect(report.failures.filter(({ refused }) => !refused)).toEqual([]);
      expect(report.passed).toBeGreaterThanOrEqual(floats);
      expect(
        report.failures.every(({ message }) => /native histograms are not supported|limit_ratio/.test(message)),
      ).toBe(true);
    },
  );
});

describe('the script runner', () => {
  const failuresOf = (script: string) => runScript(script).failures.map(({ line, message }) => `${line}: ${message}`);

  it('counts an evaluation with another value as failed, names its line and goes on', () => {
    const report = runScript('load 1m\n  m 1 2\n\neval instant at 0 m\n  m 7\n\neval instant at 1m m\n  m 2\n');
    expect([report.passed, report.failed]).toEqual([1, 1]);
    expect(report.failures[0]?.line).toBe(4);
    expect(report.failures[0]?.message).toContain('expected 7');
  });

  it.each([
    ['a series too many', 'load 1m\n  m{a="1"} 1\n  m{a="2"} 2\n\neval instant at 0 m\n  m{a="1"} 1', 'unexpected'],
    ['a missing series', 'load 1m\n  m{a="1"} 1\n\neval instant at 0 m\n  m{a="1"} 1\n  m{a="2"} 1', 'not there'],
    [
      'another order',
      'eval_ordered instant at 0 sort(vector(1))\n  {} 1\n\nload 1m\n  m{a="1"} 1\n  m{a="2"} 2\n\neval instant at 0 sort(m)\n  expect ordered\n  m{a="2"} 2\n  m{a="1"} 1',
      'position',
    ],
    [
      'a gap where a value was expected',
      'load 1m\n  m 1 _ stale 1\n\neval range from 0 to 3m step 1m m\n  m 1 1 1 1',
      'expected',
    ],
    ['no error where one was expected', 'eval_fail instant at 0 vector(1)', 'but got none'],
    ['another error', 'eval instant at 0 vector()\n  expect fail msg: something else', 'another error'],
    ['a missing warning', 'eval_warn instant at 0 vector(1)\n  {} 1', 'but got none'],
    [
      'an unexpected info',
      'load 1m\n  m 1 2\n\neval instant at 1m rate(m[2m])\n  expect no_info\n  {} 0.0166',
      'unexpected info',
    ],
    ['a number where a range was asked', 'eval range from 0 to 1m step 1m vector(3)\n  3', 'expected a scalar'],
    [
      'more points than the range has',
      'load 1m\n  m 1 1\n\neval range from 0 to 1m step 1m m\n  m 1 1 _',
      'has only 2',
    ],
    ['a series of gaps that is not there', 'eval range from 0 to 1m step 1m vector(1)\n  {} 1 1\n  m _ _', 'not there'],
    ['a range that ends before it starts', 'eval range from 2m to 1m step 1m vector(1)', 'before its start'],
    ['several values at one instant', 'eval instant at 0 vector(1)\n  {} 1 1', 'expect range vector'],
    ['contradictions', 'eval instant at 0 vector(1)\n  expect info\n  expect no_info\n  {} 1', 'together'],
    ['a line that is no command', 'evil instant at 0 m', 'unexpected line'],
    ['a faulty series', 'load 1m\n  m 1 2 three', 'invalid series value'],
  ])('notices %s', (_, script, part) => {
    expect(failuresOf(script).join('\n')).toContain(part);
  });

  it('says in which column of which line a fault lies', () => {
    const places = (script: string) => runScript(script).failures.map(({ line, column }) => [line, column]);
    expect(places('load 1m\n  a 1\n  b{c=d} 1\n')).toEqual([[3, 7]]);
    expect(places('\n  eval instant at 0 sum(1)\n')).toEqual([[2, 25]]);
  });

  it('matches expected texts in linear time, with the expressions of Go', () => {
    const script = (pattern: string) => `eval_fail instant at 0 sum(1)\n  expect fail regex: ${pattern}\n`;
    expect(failuresOf(script('expected type .* in aggregation'))).toEqual([]);
    expect(failuresOf(script('(?i)EXPECTED TYPE'))).toEqual([]);
    expect(failuresOf(script('(?=x)'))[0]).toContain('error parsing regexp');
  });

  it('refuses native histograms where a query meets them, and only there', () => {
    const report = runScript(
      'load 1m\n  h {{schema:1 sum:4 count:4 buckets:[1 2 1]}}x5\n  m 1\n\neval instant at 0 m\n  m 1\n\neval instant at 0 count(h)\n  {} 1\n',
    );
    expect([report.passed, report.failed]).toEqual([1, 1]);
    expect(report.failures[0]).toMatchObject({ line: 8, refused: true });
  });

  it('does not take a refusal for an expected failure', () => {
    const report = runScript('eval_fail instant at 0 limit_ratio(0.5, m)\n\neval_fail instant at 0 x[5m+1m]\n');
    expect(report.passed).toBe(0);
    expect(report.failures.every(({ refused }) => refused)).toBe(true);
  });
});

describe('series notation', () => {
  it('expands what test files abbreviate', () => {
    const { labels, values } = parseSeriesLine('m{a="b c}", "x.y"="z"} 1 -2.5e1 _ _x2 stale 0+10x2 5-1x2 7x1 NaN -Inf');
    expect(labels.toString()).toBe('{__name__="m", a="b c}", "x.y"="z"}');
    expect(values).toEqual([
      1,
      -25,
      null,
      null,
      null,
      'stale',
      0,
      10,
      20,
      5,
      4,
      3,
      7,
      7,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('takes a metric without a name, and one without values', () => {
    expect(parseSeriesLine('{a="1"} 2').values).toEqual([2]);
    expect(parseSeriesLine('up').values).toEqual([]);
    expect(parseSeriesLine('m 017 08 1_000 0x2 .5 5.e1x1 1-2x1').values).toEqual([
      15, 8, 1000, 0, 0, 0, 0.5, 50, 50, 1, -1,
    ]);
  });

  it.each(['m{a=~"b"} 1', 'm 1x', 'm{a="b" 1', '1 2', 'm 0+1x99999999999'])('refuses %s', (line) => {
    expect(() => parseSeriesLine(line)).toThrow();
  });

  it('refuses a native histogram by name', () => {
    for (const item of [
      '0x1F',
      '1__0',
      '1_',
      '1e309',
      'Infx2',
      'stalex2',
      '1+1',
      '1x2x3',
      '1+-1x2',
      '_x',
      '1s',
      '--1',
    ]) {
      expect(() => parseSeriesLine(`m ${item}`), item).toThrow('invalid series value');
    }
    expect(() => parseSeriesLine('m {{sum:1 count:1}}x3')).toThrow('native histograms are not supported');
  });
});
