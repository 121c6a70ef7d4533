import { describe, expect, it } from 'vitest';
import { parseExpr } from '../../src/promql/parser.ts';
import { printExpr } from '../../src/promql/print.ts';
import { measureOf, presenceOf } from '../../src/rules/measure.ts';
import { phraseOf, unitOf } from '../../src/rules/unit.ts';

const presence = (expr: string): string[] => presenceOf(parseExpr(expr)).map(printExpr);

describe('what a rule measures', () => {
  it('is the side of the outermost comparison whose values the result has', () => {
    const measure = (expr: string): string => {
      const found = measureOf(parseExpr(expr));
      return found ? `${printExpr(found.side)} ${found.operator} ${printExpr(found.limit)}` : '';
    };
    expect(measure('x > 0.2')).toBe('x > 0.2');
    expect(measure('0.2 < x')).toBe('x > 0.2');
    expect(measure('(x > 0.05 and x > 3 * avg_over_time(x[7d]))')).toBe('x > 0.05');
    expect(measure('x < bool 1')).toBe('');
    expect(measure('absent(x)')).toBe('');
    expect(measure('vector(1)')).toBe('');
  });
});

describe('where a rule can speak', () => {
  it('is the expression without its comparisons', () => {
    expect(presence('up == 0')).toEqual(['up']);
    expect(presence('count(up == 0) > 2')).toEqual(['count(up)']);
    expect(presence('(x > 1) * 2')).toEqual(['(x) * 2']);
    expect(presence('x > 1 unless y == 1')).toEqual(['x']);
    expect(presence('x > 1 and on (a) y > 2')).toEqual(['x and on (a) y']);
    expect(presence('x > 1 or y > 2')).toEqual(['x', 'y']);
    expect(presence('max_over_time((x > 1)[1h:1m]) > 0')).toEqual(['max_over_time((x)[1h:1m])']);
  });

  it('is everywhere for rules that speak by being there: their silence is an answer', () => {
    for (const expr of [
      'absent(x)',
      'absent_over_time(x[5m]) == 1',
      'vector(1)',
      'x',
      'x > 1 or absent(x)',
      'count(ALERTS{alertstate="firing"}) > 5',
    ]) {
      expect(presence(expr), expr).toEqual([]);
    }
  });
});

describe('units', () => {
  it.each([
    ['histogram_quantile(0.99, sum by (le) (rate(ml_prediction_duration_seconds_bucket[5m])))', 'seconds'],
    ['ml_feature_null_rate', 'ratio'],
    ['avg_over_time(process_resident_memory_bytes[5m])', 'bytes'],
    ['rate(ml_prediction_duration_seconds_sum[5m]) / rate(ml_prediction_duration_seconds_count[5m])', 'seconds'],
    ['sum(rate(a_errors_total[5m])) / sum(rate(a_total[5m]))', 'ratio'],
    ['disk_used_percent', 'percent'],
    ['max by (m) (x_ratio)', 'ratio'],
    ['rate(ml_predictions_total[5m])', undefined],
    ['rate(cpu_seconds_total[5m])', undefined],
    ['count(x_bytes)', undefined],
    ['ml_prediction_psi_score', undefined],
    ['(sum(rate(e[1h])) / sum(rate(t[1h]))) / (1 - 0.999)', undefined],
  ])('of %s is %s', (expr, unit) => {
    expect(unitOf(parseExpr(expr))).toBe(unit);
  });

  it('derives a phrase for quantiles alone', () => {
    expect(phraseOf(parseExpr('histogram_quantile(0.99, rate(ml_prediction_duration_seconds_bucket[5m]))'))).toBe(
      'p99 prediction duration',
    );
    expect(phraseOf(parseExpr('histogram_quantile(0.999, rate(x_bytes_bucket[5m]))'))).toBe('p99.9 x');
    expect(phraseOf(parseExpr('ml_feature_null_rate'))).toBeUndefined();
  });
});
