import { h, svg } from './dom.js';

/** The data_visualization block as SVG, drawn anew at the width it gets. */

const COLOURS = [
  'var(--chart-1)',
  'var(--chart-2)',
  'var(--chart-3)',
  'var(--chart-4)',
  'var(--chart-5)',
  'var(--chart-6)',
];
const HEIGHT = 200;
const PAD = { left: 48, right: 14, top: 10, bottom: 28 };

export function chartBlock(block) {
  const chart = block.chart ?? {};
  const series = (chart.type === 'pie' ? [] : (chart.series ?? [])).map((one, index) => describe(one, index, chart));
  const plot = h('div', { class: 'chart-plot' });
  const note = h('div', { class: 'chart-note', 'aria-hidden': 'true' });
  const figure = h(
    'figure',
    { class: 'chart', role: 'img', 'aria-label': summary(block, series) },
    h('figcaption', {}, block.title ?? ''),
    h('div', { class: 'chart-frame' }, plot, note),
    chart.type === 'pie' ? pieLegend(chart) : legend(series),
  );
  if (chart.type === 'pie') plot.append(pie(chart));
  else watchWidth(plot, (width) => plot.replaceChildren(draw(chart, series, width, note)));
  return figure;
}

/** A series whose values are all equal beside others that vary is a limit: drawn dashed. */
function describe(one, index, chart) {
  const categories = chart.axis_config?.categories ?? [];
  const byLabel = new Map((one.data ?? []).map((point) => [point.label, point.value]));
  const values = categories.map((category) => byLabel.get(category));
  const isLimit = (chart.series ?? []).length > 1 && new Set(values).size === 1;
  return { name: one.name, values, isLimit, colour: isLimit ? 'var(--chart-limit)' : COLOURS[index % COLOURS.length] };
}

function watchWidth(element, run) {
  let last = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width === last || width === 0) return;
    last = width;
    run(width);
  });
  observer.observe(element);
}

function draw(chart, series, width, note) {
  const categories = chart.axis_config?.categories ?? [];
  const all = series.flatMap((one) => one.values).filter((value) => Number.isFinite(value));
  const needsZero = chart.type !== 'line';
  const ticks = niceTicks(Math.min(...all, needsZero ? 0 : Infinity), Math.max(...all, needsZero ? 0 : -Infinity));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const inner = { width: width - PAD.left - PAD.right, height: HEIGHT - PAD.top - PAD.bottom };
  const isBar = chart.type === 'bar';
  const step = inner.width / Math.max(1, isBar ? categories.length : categories.length - 1);
  const x = (index) => PAD.left + (isBar ? step * (index + 0.5) : step * index);
  const y = (value) => PAD.top + inner.height * (1 - (value - low) / (high - low || 1));
  const root = svg('svg', { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
  for (const tick of ticks) {
    root.append(svg('line', { class: 'grid', x1: PAD.left, x2: width - PAD.right, y1: y(tick), y2: y(tick) }));
    root.append(svg('text', { class: 'axis', x: PAD.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, short(tick)));
  }
  labels(root, categories, x, inner.width);
  for (const [index, one] of series.entries()) {
    if (isBar) bars(root, one, { x, y, step, index, count: series.length, zero: Math.max(low, Math.min(0, high)) });
    else line(root, one, { x, y, isArea: chart.type === 'area', base: y(low) });
  }
  hover(root, { categories, series, x, width, note });
  return root;
}

function line(root, one, { x, y, isArea, base }) {
  const points = one.values
    .map((value, index) => (Number.isFinite(value) ? `${x(index).toFixed(1)},${y(value).toFixed(1)}` : ''))
    .filter(Boolean);
  if (points.length === 0) return;
  if (!one.isLimit) {
    const first = points[0].split(',')[0];
    const last = points.at(-1).split(',')[0];
    root.append(
      svg('polygon', {
        class: isArea ? 'area' : 'area faint',
        points: `${first},${base} ${points.join(' ')} ${last},${base}`,
        style: { fill: one.colour },
      }),
    );
  }
  root.append(
    svg('polyline', {
      class: one.isLimit ? 'line limit' : 'line',
      points: points.join(' '),
      style: { stroke: one.colour },
    }),
  );
  if (!one.isLimit) {
    const [cx, cy] = points.at(-1).split(',');
    root.append(svg('circle', { cx, cy, r: 3.5, style: { fill: one.colour } }));
  }
}

function bars(root, one, { x, y, step, index, count, zero }) {
  const width = Math.max(2, (step * 0.7) / count);
  for (const [at, value] of one.values.entries()) {
    if (!Number.isFinite(value)) continue;
    const top = Math.min(y(value), y(zero));
    root.append(
      svg('rect', {
        x: x(at) - (width * count) / 2 + width * index,
        y: top,
        width: width - 1,
        height: Math.max(1, Math.abs(y(value) - y(zero))),
        rx: 2,
        style: { fill: one.colour },
      }),
    );
  }
}

function labels(root, categories, x, width) {
  const longest = Math.max(1, ...categories.map((category) => category.length));
  const fits = Math.max(1, Math.floor(width / (longest * 6.6 + 14)));
  const every = Math.ceil(categories.length / fits);
  for (const [index, category] of categories.entries()) {
    if (index % every !== 0) continue;
    const anchor = index === 0 ? 'start' : index === categories.length - 1 ? 'end' : 'middle';
    root.append(svg('text', { class: 'axis', x: x(index), y: HEIGHT - 8, 'text-anchor': anchor }, category));
  }
}

/** The values under the pointer. */
function hover(root, { categories, series, x, width, note }) {
  const guide = svg('line', { class: 'guide', y1: PAD.top, y2: HEIGHT - PAD.bottom });
  root.append(guide);
  root.addEventListener('pointermove', (event) => {
    const at = event.clientX - root.getBoundingClientRect().left;
    const index = categories.reduce(
      (best, _category, i) => (Math.abs(x(i) - at) < Math.abs(x(best) - at) ? i : best),
      0,
    );
    guide.setAttribute('x1', x(index));
    guide.setAttribute('x2', x(index));
    guide.classList.add('on');
    note.replaceChildren(
      h('b', {}, categories[index]),
      ...series.map((one) =>
        h('span', {}, h('i', { style: { '--dot': one.colour } }), `${one.name} ${short(one.values[index])}`),
      ),
    );
    note.classList.add('on');
    note.style.left = `${Math.min(Math.max(0, x(index) - 60), width - 130)}px`;
  });
  root.addEventListener('pointerleave', () => {
    guide.classList.remove('on');
    note.classList.remove('on');
  });
}

function legend(series) {
  const item = (one) =>
    h('span', { class: one.isLimit ? 'legend limit' : 'legend' }, h('i', { style: { '--dot': one.colour } }), one.name);
  return h('div', { class: 'chart-legend' }, series.map(item));
}

function pie(chart) {
  const segments = chart.segments ?? [];
  const total = segments.reduce((sum, one) => sum + Math.max(0, one.value), 0) || 1;
  const root = svg('svg', { width: 160, height: 160, viewBox: '-1.05 -1.05 2.1 2.1' });
  let from = -Math.PI / 2;
  for (const [index, one] of segments.entries()) {
    const to = from + (Math.max(0, one.value) / total) * Math.PI * 2 * 0.99999;
    const at = (angle) => `${Math.cos(angle)} ${Math.sin(angle)}`;
    const isLarge = to - from > Math.PI ? 1 : 0;
    root.append(
      svg('path', {
        d: `M0 0 L${at(from)} A1 1 0 ${isLarge} 1 ${at(to)} Z`,
        style: { fill: COLOURS[index % COLOURS.length] },
      }),
    );
    from = to;
  }
  return root;
}

function pieLegend(chart) {
  const item = (one, index) =>
    h(
      'span',
      { class: 'legend' },
      h('i', { style: { '--dot': COLOURS[index % COLOURS.length] } }),
      `${one.label} ${short(one.value)}`,
    );
  return h('div', { class: 'chart-legend' }, (chart.segments ?? []).map(item));
}

/** Four or five round numbers that span the values. */
function niceTicks(min, max) {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const span = max - min || Math.abs(max) || 1;
  const raw = span / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((candidate) => candidate >= raw) ?? raw;
  const first = Math.floor(min / step) * step;
  const ticks = [];
  for (let tick = first; tick < max + step * 0.999; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks.length > 1 ? ticks : [first, first + step];
}

function short(value) {
  if (!Number.isFinite(value)) return '–';
  return new Intl.NumberFormat('en-US', {
    maximumSignificantDigits: 4,
    notation: Math.abs(value) >= 10_000 ? 'compact' : 'standard',
  }).format(value);
}

function summary(block, series) {
  return `${block.title ?? 'Chart'}: ${series.map((one) => `${one.name} ends at ${short(one.values.at(-1))}`).join(', ')}`;
}
