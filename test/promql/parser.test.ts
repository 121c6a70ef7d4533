import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../src/promql/ast.ts';
import { ParseError } from '../../src/promql/errors.ts';
import { constantOf, limitOf } from '../../src/promql/limit.ts';
import { parseExpr } from '../../src/promql/parser.ts';
import { printExpr } from '../../src/promql/print.ts';

function reasonOf(text: string): string {
  try {
    parseExpr(text);
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** Without positions and functions, so that two readings can be compared. */
function shape(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value: unknown) => {
      if (key === 'start' || key === 'end') return undefined;
      if (typeof value === 'number' && !(Number.isFinite(value) && !Object.is(value, -0)))
        return `number ${1 / value} ${value}`;
      return value;
    }),
  );
}

describe('reading an expression', () => {
  it.each([
    ['foo * sum', 'foo * sum'],
    ['sum by (a,b,) (x)', 'sum by (a, b) (x)'],
    ['SUM(x) BY (a)', 'sum by (a) (x)'],
    ['sum without() (x)', 'sum without () (x)'],
    ['a AND ON(b) c', 'a and on (b) c'],
    ['a / ignoring(x) group_left b', 'a / ignoring (x) group_left () b'],
    ['x{a="b",c!~\'d"e\'}', 'x{a="b",c!~"d\\"e"}'],
    ['{"a.b",c="d"}', '{"a.b",c="d"}'],
    ['{__name__="up"}', '{__name__="up"}'],
    ['x[90s:] offset -1w @ end()', 'x[1m30s:] @ end() offset -1w'],
    ['x offset 90', 'x offset 1m30s'],
    ['x @ -1.5', 'x @ -1.500'],
    ['- -x', '--x'],
    ['1e3 + .5 + 0x10 + 1h + -InF', '1000 + 0.5 + 16 + 1h + -Inf'],
    ['topk(3, x)', 'topk(3, x)'],
    ['a:b:rate5m > bool 1', 'a:b:rate5m > bool 1'],
    ['offset + by + on', undefined],
    ['bool', undefined],
    ['x # the rest is a comment { [ (', 'x'],
  ])('%s', (text, canonical) => {
    if (canonical === undefined) expect(reasonOf(text)).toMatch(/accepted|parse error/);
    else expect(printExpr(parseExpr(text))).toBe(canonical);
  });

  it.each([
    ['a or b offset 5m', 'a or (b offset 5m)'],
    ['a + b @ 5', 'a + (b @ 5)'],
    ['-a @ 100', '-(a @ 100)'],
    ['a * b[5m:]', undefined],
    ['-a ^ 2', '-(a ^ 2)'],
    ['a ^ b ^ c', 'a ^ (b ^ c)'],
    ['a - b - c', '(a - b) - c'],
    ['a or b and c == d + e * f', 'a or (b and (c == (d + (e * f))))'],
    ['a * b atan2 c % d', '((a * b) atan2 c) % d'],
    ['-a * b', '(-a) * b'],
  ])('groups %s as Prometheus does', (text, grouped) => {
    if (grouped === undefined)
      return expect(reasonOf(text)).toContain('binary expression must contain only scalar and instant vector types');
    const bare = (source: string): string =>
      JSON.stringify(shape(parseExpr(source)), (_, value: { kind?: string; expr?: unknown }) => {
        let inner = value;
        while (inner?.kind === 'paren') inner = inner.expr as typeof value;
        return inner;
      });
    expect(bare(text)).toBe(bare(grouped));
  });

  it('knows where each part stands', () => {
    const expr = parseExpr('  rate(x_total{a="b"}[5m]) > 3');
    expect(expr).toMatchObject({
      kind: 'binary',
      start: 2,
      end: 30,
      left: { start: 2, end: 26 },
      right: { start: 29, end: 30 },
    });
  });
});

describe('refusing an expression', () => {
  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['  # nothing', '1:1: parse error: no expression found in input'],
    ['1+', '1:3: parse error: unexpected end of input'],
    ['a b', '1:3: parse error: unexpected identifier "b"'],
    ['(a', '1:3: parse error: unclosed left parenthesis'],
    ['a)', "1:3: parse error: unexpected right parenthesis ')'"],
    ['x{a="b}', '1:5: parse error: unterminated quoted string'],
    ['x{a=b}', '1:5: parse error: unexpected identifier "b" in label matching, expected string'],
    ['x{a}', '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{a=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['x{__name__="y"}', '1:1: parse error: metric name must not be set twice: "x" or "y"'],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:3: parse error: bool modifier can only be used on comparison operators'],
    ['1 and a', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['a and on(x) group_left b', '1:1: parse error: no grouping allowed for "and" operation'],
    ['a + on(x) group_left(x) b', '1:3: parse error: label "x" must not occur in ON and GROUP clause at once'],
    ['1 + on(a) b', '1:1: parse error: vector matching only allowed between instant vectors'],
    ['"a" + 1', '1:1: parse error: binary expression must contain only scalar and instant vector types'],
    [
      '-"a"',
      '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    ['sum(x[5m])', '1:5: parse error: expected type instant vector in aggregation expression, got range vector'],
    ['topk(x, x)', '1:6: parse error: expected type scalar in aggregation parameter, got instant vector'],
    ['count_values(1, x)', '1:14: parse error: expected type string in aggregation parameter, got scalar'],
    ['sum()', '1:1: parse error: no arguments for aggregate expression provided'],
    ['sum(a, b)', '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2'],
    ['rate(x)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['rate()', '1:1: parse error: expected 1 argument(s) in call to "rate", got 0'],
    ['round(a, 1, 2)', '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'],
    ['label_join(a, "b")', '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 2'],
    ['nosuch(a)', '1:1: parse error: unknown function with name "nosuch"'],
    ['x[0s]', '1:3: parse error: duration must be greater than 0'],
    ['sum(x)[5m]', '1:7: parse error: ranges only allowed for vector selectors'],
    ['x offset 1m [5m]', '1:13: parse error: no offset modifiers allowed before range'],
    ['x @ 1 [5m]', '1:7: parse error: no @ modifiers allowed before range'],
    ['x offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    ['x @ 1 @ 2', '1:1: parse error: @ <timestamp> may not be set multiple times'],
    [
      '(x) @ 1',
      '1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['x @ inf', '1:1: parse error: timestamp out of bounds for @ modifier: +Inf'],
    ['1[5m:]', '1:1: parse error: subquery is only allowed on instant vector, got scalar instead'],
    ['x[1m1h]', '1:3: parse error: not a valid duration string: "1m1h"'],
    ['1abc', '1:1: parse error: bad number or duration syntax: "1"'],
    ['x{a="\\q"}', "1:5: parse error: unknown escape sequence U+0071 'q'"],
    ['a\n  + $', "2:5: parse error: unexpected character: '$'"],
    [
      'histogram_count(x)',
      '1:1: parse error: function "histogram_count" works on native histograms, which are not supported',
    ],
    ['2.5.', '1:1: parse error: bad number or duration syntax: "2.5."'],
    ['1e999', '1:1: parse error: error parsing number: strconv.ParseFloat: parsing "1e999": value out of range'],
    ['a =~ b', "1:3: parse error: unexpected character after '=': '~'"],
    ['a{b>"c"}', "1:4: parse error: unexpected character inside braces: '>'"],
    ['a{b=~"("}', '1:3: parse error: error parsing regexp: missing closing ): `(`'],
    ['a[1h 5m]', '1:6: parse error: unexpected duration "5m" in subquery or range, expected ":" or "]"'],
    ['a[', '1:3: parse error: unexpected end of input in duration expression'],
    ['a[5m', '1:5: parse error: unclosed left bracket'],
    ['a[300y]', '1:3: parse error: duration out of range'],
    ['a[5hs]', '1:3: parse error: unknown unit "hs" in duration "5hs"'],
    ['a offset', '1:9: parse error: unexpected end of input in offset, expected number, duration, step(), or range()'],
    ['sum(rate(a b))', '1:12: parse error: unexpected identifier "b" in aggregation'],
    ['a + on(b) ON(c) d', '1:11: parse error: unexpected <ON>'],
    [
      'sum(-"a") + rate(b)',
      '1:5: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    ['x[5m] smoothed', '1:7: parse error: the modifier "smoothed" is experimental and not supported'],
  ])('%s', (text, message) => {
    expect(reasonOf(text)).toBe(message);
  });

  it('tells the first fault in the text, whatever else is wrong behind it', () => {
    expect(reasonOf('sum(a b) + "unterminated')).toBe('1:7: parse error: unexpected identifier "b" in aggregation');
    expect(reasonOf('nosuch(a) + rate(b)')).toBe('1:1: parse error: unknown function with name "nosuch"');
  });

  it('reads a metric name anywhere within braces, and several of them', () => {
    expect(reasonOf('{a="b", "name", c="d"}')).toBe('accepted');
    expect(reasonOf('{"one", __name__="two"}')).toBe('accepted');
    expect(reasonOf('one{"two"}')).toBe('1:1: parse error: metric name must not be set twice: "one" or "two"');
  });

  it('bounds nesting, chains, length and patterns, whatever is sent', () => {
    expect(reasonOf(`${'('.repeat(401)}x${')'.repeat(401)}`)).toContain('nested deeper than 400 levels');
    expect(reasonOf(`${'-'.repeat(100_000)}x`)).toMatch(/longer than|nested/);
    expect(reasonOf(`x${'-x'.repeat(1001)}`)).toContain('more than 1000 operators');
    expect(reasonOf(`x${'^x'.repeat(500)}`)).toContain('nested deeper');
    expect(reasonOf('x'.repeat(70_000))).toContain('longer than');
    expect(reasonOf(`x{a=~"${'a'.repeat(20_000)}"}`)).toContain('regular expression longer');
    expect(reasonOf(`x${'[5m:]'.repeat(2)}`)).toContain('subquery is only allowed on instant vector');
    expect(reasonOf('x{__proto__="1"}')).toBe('accepted');
    expect(reasonOf('constructor(x)')).toContain('unknown function');
  });

  it('fails with a parse error or not at all on any text', () => {
    const fragments = fc.constantFrom(
      ...[
        'sum',
        'rate',
        '(',
        ')',
        '[5m]',
        '[1h:5m]',
        'x',
        '{a="b"}',
        '{',
        '}',
        'by',
        'on',
        '+',
        '-',
        '^',
        '==',
        'bool',
        '@',
        'offset',
        '1',
        '5m',
        '"s"',
        '`',
        ',',
        ' ',
        'and',
        'start()',
        '\\',
        '0x',
        '1e',
        'é',
      ],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fragments).map((parts) => parts.join(' ')),
        ),
        (text) => {
          expect(reasonOf(text)).toMatch(/^accepted$|parse error: ./);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const selector = fc
  .tuple(
    fc.constantFrom('up', 'x:y', 'sum', '{"weird name"}', '{a="1"}', 'x{a!="\\n\\"",b=~"c|d"}', '{"m","l l"="v"}'),
    fc.constantFrom('', ' offset 5m', ' @ 12.345', ' @ start() offset -1h30m'),
  )
  .map((parts) => parts.join(''));
const { vector } = fc.letrec<{ vector: string; scalar: string }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('1', '-2.5', 'Inf', 'NaN', '1e300', '1h', '0', '-0', 'time()', '1e-7'),
    fc
      .tuple(tie('scalar'), fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '== bool'), tie('scalar'))
      .map((p) => p.join(' ')),
    tie('scalar').map((s) => `(${s})`),
    tie('scalar').map((s) => `-${s}`),
    tie('vector').map((v) => `scalar(${v})`),
  ),
  vector: fc.oneof(
    { maxDepth: 4 },
    selector,
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom('+', '^', '>', '<= bool', 'and', 'or on (a)', 'unless ignoring (b)', '* on (a) group_left (c)'),
        tie('vector'),
      )
      .map((p) => p.join(' ')),
    fc.tuple(tie('vector'), fc.constantFrom('-', '==', '> bool'), tie('scalar')).map((p) => p.join(' ')),
    tie('vector').map((v) => `(${v})`),
    tie('vector').map((v) => `-${v}`),
    tie('vector').map((v) => `max_over_time((${v})[1h:5m] offset 3m)`),
    tie('vector').map((v) => `label_replace(${v}, "a", "$1", "b", "\\\\d+")`),
    fc
      .tuple(fc.constantFrom('sum', 'avg by (a)', 'count without (b, c)', 'group by ()'), tie('vector'))
      .map(([f, v]) => `${f} (${v})`),
    fc.tuple(tie('scalar'), tie('vector')).map(([k, v]) => `topk by (a) (${k}, ${v})`),
    fc.constantFrom('rate(x[5m])', 'sum_over_time(x[1w:])', 'increase(x{a="b"}[1d] @ end())'),
  ),
}));

describe('printing an expression', () => {
  it('writes what reads back as the same expression', () => {
    fc.assert(
      fc.property(vector, (text) => {
        // Parts put together may bind otherwise than meant, and then not fit by type.
        fc.pre(reasonOf(text) === 'accepted');
        const expr = parseExpr(text);
        const printed = printExpr(expr);
        expect(shape(parseExpr(printed))).toEqual(shape(expr));
        expect(printExpr(parseExpr(printed))).toBe(printed);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the limit of an alert', () => {
  const limit = (text: string): string | undefined => {
    const found = limitOf(parseExpr(text));
    return found && `${printExpr(found.left)} ${found.operator} ${printExpr(found.right)}`;
  };

  it.each([
    ['histogram_quantile(0.99, rate(x[5m])) > 0.2', 'histogram_quantile(0.99, rate(x[5m])) > 0.2'],
    ['((a) < (3))', '(a) < (3)'],
    ['(a > 0.05) and a > 3 * avg_over_time(a[7d])', 'a > 0.05'],
    ['(a > 1 unless b) and on() c', 'a > 1'],
    ['a > 1 or a > 1', 'a > 1'],
    ['a > 1 or b > 1', undefined],
    ['a > bool 1', undefined],
    ['a', undefined],
    ['sum(a > 1)', undefined],
  ])('%s', (text, expected) => {
    expect(limit(text)).toBe(expected);
  });

  it('tells a constant from what depends on data', () => {
    const constant = (text: string): number | undefined => constantOf(parseExpr(text));
    expect(constant('-(14.4 * (1 - 0.999))')).toBeCloseTo(-0.0144);
    expect(constant('5m')).toBe(300);
    expect(constant('pi()')).toBe(Math.PI);
    expect(constant('time()')).toBeUndefined();
    expect(constant('a * 2')).toBeUndefined();
  });
});
