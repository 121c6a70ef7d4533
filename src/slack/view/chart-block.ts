import { chartNumber, chartUnit } from '../../chart/chart-unit.ts';
import type { CardState } from '../../incident/card.ts';
import { clockTime } from '../../time/wall-clock.ts';
import type { ChartBlock } from './block.ts';
import { plain } from './mrkdwn.ts';

const MOST_POINTS = 20;

/** The trend and its limit as Slack's own line chart; undefined where there is nothing to draw or a gap in it. */
export function chartBlock({ evidence, alertName }: CardState, timezone: string): ChartBlock | undefined {
  if (!evidence || evidence.trend.length < 3) return undefined;
  const every = Math.ceil(evidence.trend.length / MOST_POINTS);
  const step = evidence.trendSpanMs / (evidence.trend.length - 1);
  const points = evidence.trend.flatMap((value, index) =>
    (evidence.trend.length - 1 - index) % every === 0
      ? [
          {
            value,
            label: clockTime(evidence.trendAt - (evidence.trend.length - 1 - index) * step, timezone).slice(0, 5),
          },
        ]
      : [],
  );
  // Every series needs a number for every category, so a gap cannot be drawn: the sparkline shows it.
  const known = points.flatMap(({ value, label }) =>
    value !== null && Number.isFinite(value) ? [{ label, value }] : [],
  );
  if (known.length !== points.length || new Set(points.map((point) => point.label)).size !== points.length)
    return undefined;
  const { limit } = evidence;
  // Slack writes the numbers as they are: in base units a latency would read 0.412.
  const unit = chartUnit(
    Math.max(...known.map(({ value }) => Math.abs(value)), Math.abs(limit?.value ?? 0)),
    evidence.unit,
  );
  const data = known.map(({ label, value }) => ({ label, value: chartNumber(value, unit) }));
  const limits = limit
    ? [{ name: 'limit', data: known.map(({ label }) => ({ label, value: chartNumber(limit.value, unit) })) }]
    : [];
  return {
    type: 'data_visualization',
    title: plain(alertName, 50),
    chart: {
      type: 'line',
      series: [{ name: 'value', data }, ...limits],
      axis_config: { categories: known.map(({ label }) => label), y_label: plain(unit.name || 'value', 50) },
    },
  };
}
