import { describe, expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import { Engine } from '../../src/promql/engine.ts';
import { QueryError } from '../../src/promql/errors.ts';
import { parseExpr } from '../../src/promql/parser.ts';
import { Head } from '../../src/tsdb/head.ts';

const T0 = 1_800_000_000_000;

function filled(): Head {
  const head = new Head();
  for (let i = 0; i <= 40; i++) {
    for (const job of ['a', 'b']) {
      head.append(Labels.of({ __name__: 'requests_total', job }), T0 + i * 15_000, i * (job === 'a' ? 15 : 30));
    }
  }
  return head;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof QueryError) return error.code;
    throw error;
  }
  return 'answered';
}

describe('the engine', () => {
  const head = filled();
  const engine = new Engine();

  it('answers an instant with samples of that instant', () => {
    const { value, warnings, infos } = engine.instant(head, parseExpr('sum(rate(requests_total[5m]))'), T0 + 600_000);
    expect(value).toEqual({
      kind: 'vector',
      samples: [{ labels: Labels.empty, t: T0 + 600_000, v: expect.closeTo(3, 12) }],
    });
    expect([warnings, infos]).toEqual([[], []]);
  });

  it('answers scalars, strings and range vectors as what they are', () => {
    expect(engine.instant(head, parseExpr('1 + 1'), 5).value).toEqual({ kind: 'scalar', t: 5, v: 2 });
    expect(engine.instant(head, parseExpr('("x")'), 5).value).toEqual({ kind: 'string', t: 5, value: 'x' });
    const { value } = engine.instant(head, parseExpr('requests_total{job="a"}[30s]'), T0 + 60_000);
    expect(value.kind === 'matrix' && value.series.map(({ times, values }) => [[...times], [...values]])).toEqual([
      [
        [T0 + 45_000, T0 + 60_000],
        [45, 60],
      ],
    ]);
  });

  it('gives the same numbers over a range as at each of its instants', () => {
    const expr = parseExpr(
      'topk(1, avg_over_time(rate(requests_total[1m])[3m:30s])) / on () group_left () sum(requests_total)',
    );
    const from = T0 + 120_000;
    const range = engine.range(head, expr, { from, to: T0 + 600_000, stepMs: 17_000 });
    const points =
      range.value.kind === 'matrix'
        ? range.value.series.flatMap(({ times, values }) => [...times].map((t, i) => [t, values[i]]))
        : [];
    expect(points.length).toBe(29);
    for (const [t = 0, v] of points) {
      const at = engine.instant(head, expr, t).value;
      expect(at.kind === 'vector' && at.samples.map((sample) => sample.v)).toEqual([v]);
    }
  });

  it('orders the series of a range by labels and gives a scalar as one series', () => {
    const { value } = engine.range(head, parseExpr('requests_total'), { from: T0, to: T0, stepMs: 1 });
    expect(value.kind === 'matrix' && value.series.map(({ labels }) => labels.get('job'))).toEqual(['a', 'b']);
    const scalar = engine.range(head, parseExpr('time()'), { from: 0, to: 2000, stepMs: 1000 }).value;
    expect(scalar.kind === 'matrix' && scalar.series.map(({ values }) => [...values])).toEqual([[0, 1, 2]]);
  });

  it('points at the place a note stems from', () => {
    head.append(Labels.of({ __name__: 'up' }), T0, 1);
    const { infos } = engine.instant(head, parseExpr('vector(1)\n  + on () rate(up[5m])'), T0);
    expect(infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (2:16)',
    ]);
  });

  it('stops a query that would read or make too much', () => {
    const small = new Engine({ maxSamples: 400 });
    expect(codeOf(() => small.instant(head, parseExpr('rate(requests_total[10m])'), T0 + 600_000))).toBe('answered');
    expect(
      codeOf(() => small.range(head, parseExpr('requests_total'), { from: T0, to: T0 + 600_000, stepMs: 1000 })),
    ).toBe('query_limit');
    expect(codeOf(() => small.instant(head, parseExpr('sum_over_time(vector(1)[1d:1s])'), T0))).toBe('query_limit');
    expect(
      codeOf(() =>
        small.instant(
          head,
          parseExpr('max_over_time(sum_over_time(time()[1d:])[1d:])'.replace('time()', 'vector(time())')),
          T0,
        ),
      ),
    ).toBe('query_limit');
  });

  it('stops what is cheap to write and dear to answer', () => {
    const doubled = Array.from({ length: 30 }).reduce<string>(
      (inner) => `label_join(${inner}, "job", "", "job", "job")`,
      'requests_total',
    );
    expect(codeOf(() => engine.instant(head, parseExpr(doubled), T0))).toBe('query_limit');
    expect(codeOf(() => engine.instant(head, parseExpr('max_over_time(vector(1)[1y:1s])'), T0))).toBe('query_limit');
  });

  it('lets a day of hourly means over a hundred series through', () => {
    const wide = new Head();
    for (let s = 0; s < 100; s++) {
      const labels = Labels.of({ __name__: 'm', s: String(s) });
      for (let i = 0; i < 1440; i++) wide.append(labels, T0 + i * 60_000, i);
    }
    const day = { from: T0 + 3_600_000, to: T0 + 86_400_000, stepMs: 60_000 };
    const { value } = engine.range(wide, parseExpr('avg_over_time(m[1h])'), day);
    expect(value.kind === 'matrix' && value.series.length).toBe(100);
  });

  it('refuses a range of too many points, without a step or of a type that has none', () => {
    const vector = parseExpr('vector(1)');
    expect(codeOf(() => engine.range(head, vector, { from: 0, to: 20_000_000, stepMs: 1000 }))).toBe('query_limit');
    expect(codeOf(() => engine.range(head, vector, { from: 0, to: 1, stepMs: 0 }))).toBe('query_failed');
    expect(codeOf(() => engine.range(head, vector, { from: 0, to: 1, stepMs: Number.NaN }))).toBe('query_failed');
    expect(() => engine.range(head, parseExpr('x[5m]'), { from: 0, to: 1, stepMs: 1 })).toThrow(
      'must be Scalar or instant Vector',
    );
  });

  it('answers a long chain of operators without running out of stack', () => {
    const expr = parseExpr(Array.from({ length: 900 }, () => 'sum(requests_total)').join(' + '));
    const { value } = engine.instant(head, expr, T0 + 60_000);
    expect(value.kind === 'vector' && value.samples[0]?.v).toBe(900 * 180);
  });

  it('looks back as far as it is told', () => {
    const short = new Engine({ lookbackMs: 60_000, subqueryStepMs: 15_000 });
    const expr = parseExpr('count(requests_total)');
    const later = (ms: number) => short.instant(head, expr, T0 + 600_000 + ms).value;
    expect(later(59_999)).toMatchObject({ samples: [{ v: 2 }] });
    expect(later(60_000)).toMatchObject({ samples: [] });
    expect(short.instant(head, parseExpr('count_over_time(vector(1)[1m:])'), T0).value).toMatchObject({
      samples: [{ v: 4 }],
    });
  });

  it('keeps label values apart that would run together', () => {
    const own = new Head();
    own.append(Labels.of({ __name__: 'm', a: 'x', b: 'yz' }), T0, 1);
    own.append(Labels.of({ __name__: 'm', a: 'xy', b: 'z' }), T0, 2);
    const { value } = engine.instant(own, parseExpr('sum by (a, b) (m) + on (a, b) m'), T0);
    expect(value.kind === 'vector' && new Set(value.samples.map(({ v }) => v))).toEqual(new Set([2, 4]));
  });
});
