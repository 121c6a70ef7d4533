import type { Evidence, LimitOperator } from '../alert/alert.ts';

/** A value with its unit for people: 0.412 seconds → `412 ms`, 0.074 ratio → `7.4 %`, 1.5e9 bytes → `1.5 GB`. */
export function formatValue(value: number, unit: string | undefined): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'no value' : value > 0 ? '+Inf' : '-Inf';
  switch (unit) {
    case 'seconds':
      return formatSeconds(value);
    case 'ratio':
      return `${digits(value * 100)} %`;
    case 'percent':
      return `${digits(value)} %`;
    case 'bytes':
      return formatBytes(value);
    case 'x':
      return `${digits(value)}×`;
    case undefined:
    case '':
      return digits(value);
    default:
      return `${digits(value)} ${unit}`;
  }
}

/** `p99 412 ms > 200 ms`: never a number without its limit where there is one. '' without evidence. */
export function formatMeasure(evidence: Evidence | undefined): string {
  if (!evidence) return '';
  return `${evidence.metric ? `${evidence.metric} ` : ''}${formatBeyond(evidence)}`;
}

/** `412 ms > 200 ms`; only the value where there is no limit, or where the limit is to be that value (`up == 0`). */
export function formatBeyond({ value, limit, unit }: Pick<Evidence, 'value' | 'limit' | 'unit'>): string {
  const said = formatValue(value, unit);
  if (limit === undefined || limit.operator === '==') return said;
  const bound = formatValue(limit.value, unit);
  const sign = operatorSign(limit.operator);
  // "200 ms > 200 ms" would read as a mistake: the value is beyond the limit by less than is written.
  return said === bound && value !== limit.value ? `just ${sign} ${bound}` : `${said} ${sign} ${bound}`;
}

function operatorSign(operator: Exclude<LimitOperator, '=='>): string {
  switch (operator) {
    case '>':
    case '<':
      return operator;
    case '>=':
      return '≥';
    case '<=':
      return '≤';
    case '!=':
      return '≠';
  }
}

/** How far beyond its limit, as a fraction of the limit; for telling the worst member from its siblings. */
export function excess(evidence: Evidence | undefined): number {
  if (!evidence?.limit || !Number.isFinite(evidence.value)) return Number.NEGATIVE_INFINITY;
  const { operator, value: limit } = evidence.limit;
  const scale = limit === 0 ? 1 : Math.abs(limit);
  const beyond = (evidence.value - limit) / scale;
  switch (operator) {
    case '>':
    case '>=':
      return beyond;
    case '<':
    case '<=':
      return -beyond;
    case '==':
    case '!=':
      return Math.abs(beyond);
  }
}

/** The peak of two looks at one alert: the one further beyond the limit. */
export function furtherPeak(a: Evidence, b: Evidence): number {
  const at = (peak: number): number => excess({ ...b, value: peak });
  if (!b.limit) return Math.max(a.peak, b.peak);
  return at(a.peak) > at(b.peak) ? a.peak : b.peak;
}

function formatSeconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1000)} ms`;
  if (size < 120) return `${digits(value)} s`;
  if (size < 7200) return `${digits(value / 60)} min`;
  if (size < 172_800) return `${digits(value / 3600)} h`;
  return `${digits(value / 86_400)} d`;
}

function formatBytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = value;
  let index = 0;
  while (Math.abs(size) >= 1000 && index < units.length - 1) {
    size /= 1000;
    index += 1;
  }
  return `${digits(size)} ${units[index]}`;
}

/** Three significant digits, but whole numbers up to 9999 whole, without an exponent where a person can read the plain form. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 10_000) return String(value);
  if (size >= 1000 && size < 1e15) return Math.round(value).toLocaleString('en-US');
  const short = Number(value.toPrecision(3));
  return String(short);
}
