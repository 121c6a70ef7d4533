import type { Evidence } from '../../alert/alert.ts';
import { humanDuration } from '../../time/duration.ts';
import type { DateFormat, Mrkdwn } from './mrkdwn.ts';
import { dateToken } from './mrkdwn.ts';

/** How instants and numbers are written for one team. */
export interface Wording {
  /** IANA zone of the team, for fallbacks and plain text. */
  readonly timezone: string;
  /** A person's name by Slack id, for texts in which mentions have no place; undefined where unknown. */
  readonly nameOf: (userId: string) => string | undefined;
}

interface Scale {
  readonly factor: number;
  readonly suffix: string;
}

const SECONDS: readonly Scale[] = [
  { factor: 1e-6, suffix: ' µs' },
  { factor: 1e-3, suffix: ' ms' },
  { factor: 1, suffix: ' s' },
  { factor: 60, suffix: ' min' },
  { factor: 3600, suffix: ' h' },
  { factor: 86_400, suffix: ' d' },
];
const BYTES: readonly Scale[] = [
  { factor: 1, suffix: ' B' },
  { factor: 1024, suffix: ' KiB' },
  { factor: 1024 ** 2, suffix: ' MiB' },
  { factor: 1024 ** 3, suffix: ' GiB' },
  { factor: 1024 ** 4, suffix: ' TiB' },
];
const COUNTS: readonly Scale[] = [
  { factor: 1, suffix: '' },
  { factor: 1e6, suffix: ' M' },
  { factor: 1e9, suffix: ' G' },
];

/** Units by the names people and metric suffixes use; others are written behind the number as they are. */
function scaleOf(unit: string | undefined, magnitude: number): Scale {
  switch (unit?.toLowerCase()) {
    case 'seconds':
    case 'second':
    case 's':
      return largest(SECONDS, magnitude);
    case 'milliseconds':
    case 'ms': {
      const scale = largest(SECONDS, magnitude / 1000);
      return { factor: scale.factor * 1000, suffix: scale.suffix };
    }
    case 'bytes':
    case 'byte':
      return largest(BYTES, magnitude);
    case 'ratio':
      return { factor: 0.01, suffix: ' %' };
    case 'percent':
    case '%':
      return { factor: 1, suffix: ' %' };
    case undefined:
    case '':
    case 'total':
    case 'count':
      return largest(COUNTS, magnitude);
    case 'x':
    case '×':
      return { factor: 1, suffix: '×' };
    default:
      return { factor: 1, suffix: ` ${unit}` };
  }
}

function largest(scales: readonly Scale[], magnitude: number): Scale {
  const fitting = scales.filter((scale) => magnitude >= scale.factor * 0.9995);
  return (
    fitting.at(-1) ?? (magnitude === 0 ? (scales.find((scale) => scale.factor === 1) ?? FIRST) : (scales[0] ?? FIRST))
  );
}

const FIRST: Scale = { factor: 1, suffix: '' };

/** A value in base units as people say it: `0.412, seconds` → `412 ms`; `0.071, ratio` → `7.1 %`; three significant digits. */
export function measure(value: number, unit: string | undefined, digits = 3): string {
  if (Number.isNaN(value)) return 'no number';
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '−infinity';
  const { factor, suffix } = scaleOf(unit, Math.abs(value));
  return `${figure(value / factor, digits)}${suffix}`;
}

function figure(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(digits - 1).replace('-', '−');
  // Whole numbers keep their digits: 1,234 and not 1,230.
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = new Intl.NumberFormat('en-US', { maximumFractionDigits: Math.min(decimals, 12) }).format(value);
  return text.replace('-', '−');
}

/**
 * `412 ms > 200 ms`. Where rounding would write both numbers alike ("200 ms > 200 ms"), digits are added until they differ.
 * Without a limit only the value.
 */
export function beyond(evidence: Evidence): string {
  return beyondBy(evidence.value, evidence);
}

/** The same for another of its values (the peak, say). */
export function beyondBy(value: number, { limit, unit }: Pick<Evidence, 'limit' | 'unit'>): string {
  if (limit === undefined) return measure(value, unit);
  const sign = operatorSign(limit.operator);
  for (let digits = 3; digits <= 8; digits += 1) {
    const [left, right] = [measure(value, unit, digits), measure(limit.value, unit, digits)];
    if (left !== right || value === limit.value || digits === 8) return `${left} ${sign} ${right}`;
  }
  return measure(value, unit);
}

function operatorSign(operator: NonNullable<Evidence['limit']>['operator']): string {
  switch (operator) {
    case '>':
    case '<':
      return operator;
    case '>=':
      return '≥';
    case '<=':
      return '≤';
    case '==':
      return '=';
    case '!=':
      return '≠';
  }
}

/** Whether a smaller value is the worse one. */
export function badBelow(evidence: Evidence): boolean {
  return evidence.limit?.operator === '<' || evidence.limit?.operator === '<=';
}

/** `last hour`, `last 6 h`. */
export function spanWords(ms: number): string {
  return ms === 3_600_000 ? 'last hour' : `last ${humanDuration(ms)}`;
}

/** `03:02 IST` in the team's zone. */
export function clockTime(at: number, timezone: string): string {
  const time = parts(at, timezone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return `${time} ${zoneName(at, timezone)}`;
}

/** `Mon 9 Nov, 03:02 IST`. */
export function dayAndTime(at: number, timezone: string): string {
  const day = parts(at, timezone, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
  return `${day}, ${clockTime(at, timezone)}`;
}

function parts(at: number, timezone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: timezone, ...options }).format(at);
}

// No single English locale abbreviates every zone; each of these does for its own region.
const ZONE_LOCALES = ['en-IN', 'en-US', 'en-GB', 'en-AU', 'en-CA', 'en-ZA'];

function zoneName(at: number, timezone: string): string {
  let offset = 'UTC';
  for (const locale of ZONE_LOCALES) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: timezone, timeZoneName: 'short' });
    const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
    if (!/^(?:GMT|UTC)[+-]/.test(name)) return name;
    offset = name.replace('GMT', 'UTC');
  }
  return offset;
}

/** An instant as a token that each reader sees in their own zone. */
export function time(at: number, format: DateFormat, timezone: string): Mrkdwn {
  const prefix = format === 'at {time}' ? 'at ' : '';
  const fallback = format === '{date_short_pretty} {time}' ? dayAndTime(at, timezone) : clockTime(at, timezone);
  return dateToken(at, format, `${prefix}${fallback}`);
}

/** `1 alert`, `3 alerts`. */
export function count(n: number, singular: string, plural = `${singular}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? singular : plural}`;
}

/** Long environment names as people say them on a lock screen. */
export function shortEnvironment(environment: string): string {
  switch (environment) {
    case 'production':
      return 'prod';
    case 'development':
      return 'dev';
    default:
      return environment;
  }
}

/** The first characters of an id that commands accept: long enough to be unique among what is open. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : id.slice(0, 12);
}
