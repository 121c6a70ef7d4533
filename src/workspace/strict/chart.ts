import { byType, type Check, every, finite, isObject, list, type Report, shape, text } from './check.ts';
import { blockId } from './composition.ts';

/** Sources disagree on 6 or 12 series; the smaller bound is safe on both sides. */
const MAX_SERIES = 6;
const MAX_CATEGORIES = 20;
const label = text({ max: 20 });

const points = list(shape({ label, value: finite }), { max: MAX_CATEGORIES });
const axes = shape(
  { categories: list(label, { max: MAX_CATEGORIES }) },
  { x_label: text({ max: 50 }), y_label: text({ max: 50 }) },
);
const seriesChart = every(
  shape({ series: list(shape({ name: label, data: points }), { max: MAX_SERIES }), axis_config: axes }),
  aligned,
);

/** Line, bar and area charts need one point per category in each series, and series names that differ. */
function aligned(value: unknown, at: string, report: Report): void {
  if (!isObject(value) || !Array.isArray(value['series'])) return;
  const config = value['axis_config'];
  const categories = isObject(config) && Array.isArray(config['categories']) ? config['categories'] : [];
  const names = new Set<unknown>();
  for (const [index, series] of value['series'].entries()) {
    if (!isObject(series)) continue;
    if (names.has(series['name'])) report('series names must be unique', `${at}/series/${index}/name`);
    names.add(series['name']);
    const labels = Array.isArray(series['data'])
      ? series['data'].map((p: unknown) => (isObject(p) ? p['label'] : undefined))
      : [];
    if (labels.length !== categories.length || categories.some((category) => !labels.includes(category))) {
      report('each series must have exactly one data point for each category', `${at}/series/${index}/data`);
    }
  }
}

const pie = shape({
  segments: list(shape({ label, value: finite }), { max: 12 }),
});

/** The `data_visualization` block. At most two stand in one message (counted by the message's rules). */
export const chartBlock: Check = shape(
  { title: text({ max: 50 }), chart: byType({ line: seriesChart, bar: seriesChart, area: seriesChart, pie }) },
  { block_id: blockId },
);
