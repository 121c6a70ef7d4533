import { FunctionError } from './template-error.ts';
import type { TimeValue } from './values.ts';

/** How Go prints an instant: `2015-06-23 13:19:44.128 +0000 UTC`. */
export const GO_STRING_LAYOUT = '2006-01-02 15:04:05.999999999 -0700 MST';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DAY_MS = 86_400_000;

interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly offsetMinutes: number;
  readonly abbreviation: string;
}

/** The Gregorian date of a day number (days since 1970-01-01), by the era arithmetic of proleptic calendars. */
function civil(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const dayOfYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
  };
}

function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + ofEra - 719_468;
}

function wallOf(time: TimeValue): Wall {
  const { offsetMinutes, abbreviation } = zoneAt(time);
  const local = time.ms + offsetMinutes * 60_000;
  const days = Math.floor(local / DAY_MS);
  const rest = local - days * DAY_MS;
  const date = civil(days);
  return {
    ...date,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    millisecond: Math.floor(rest % 1000),
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - dayNumber(date.year, 1, 1) + 1,
    offsetMinutes,
    abbreviation,
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function zoneAt(time: TimeValue): { offsetMinutes: number; abbreviation: string } {
  if (time.zone === 'UTC') return { offsetMinutes: 0, abbreviation: 'UTC' };
  const offset = zonePart(time, 'longOffset');
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(offset);
  const size = Number(match?.[2] ?? 0) * 60 + Number(match?.[3] ?? 0);
  const offsetMinutes = match?.[1] === '-' ? -size : size;
  const short = zonePart(time, 'short');
  return { offsetMinutes, abbreviation: /^[A-Z]{2,5}$/.test(short) ? short : offsetText(offsetMinutes, '') };
}

function zonePart(time: TimeValue, style: 'longOffset' | 'short'): string {
  const key = `${style} ${time.zone}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(time.zone === 'Asia/Kolkata' ? 'en-IN' : 'en-US', {
      timeZone: time.zone,
      timeZoneName: style,
    });
    formats.set(key, format);
  }
  return format.formatToParts(time.ms).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
}

/** @throws FunctionError where the zone is not an IANA zone. */
export function inZone(time: TimeValue, zone: string): TimeValue {
  if (zone === '' || zone === 'UTC') return { ...time, zone: 'UTC' };
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
  } catch {
    throw new FunctionError(`unknown time zone ${zone}`);
  }
  return { ...time, zone };
}

// Longest first, so that `January` is not read as `Jan` + `uary`.
const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|__2|002|_2|[.,]0+(?!\d)|[.,]9+(?!\d)|01|02|03|04|05|06|15|PM|pm|1|2|3|4|5/g;

/** Go's Time.Format with its reference-time layouts. Milliseconds are the finest unit. */
export function formatTime(time: TimeValue, layout: string): string {
  const wall = wallOf(time);
  return layout.replace(LAYOUT, (token) => field(wall, token));
}

function field(wall: Wall, token: string): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const twelve = wall.hour % 12 === 0 ? 12 : wall.hour % 12;
  switch (token) {
    case 'January':
      return MONTHS[wall.month - 1] ?? '';
    case 'Jan':
      return (MONTHS[wall.month - 1] ?? '').slice(0, 3);
    case 'Monday':
      return DAYS[wall.weekday] ?? '';
    case 'Mon':
      return (DAYS[wall.weekday] ?? '').slice(0, 3);
    case 'MST':
      return wall.abbreviation;
    case '2006':
      return wall.year < 0 ? `-${String(-wall.year).padStart(4, '0')}` : String(wall.year).padStart(4, '0');
    case '06':
      return two(((wall.year % 100) + 100) % 100);
    case '01':
      return two(wall.month);
    case '1':
      return String(wall.month);
    case '02':
      return two(wall.day);
    case '_2':
      return String(wall.day).padStart(2, ' ');
    case '2':
      return String(wall.day);
    case '002':
      return String(wall.yearDay).padStart(3, '0');
    case '__2':
      return String(wall.yearDay).padStart(3, ' ');
    case '15':
      return two(wall.hour);
    case '03':
      return two(twelve);
    case '3':
      return String(twelve);
    case '04':
      return two(wall.minute);
    case '4':
      return String(wall.minute);
    case '05':
      return two(wall.second);
    case '5':
      return String(wall.second);
    case 'PM':
      return wall.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return wall.hour >= 12 ? 'pm' : 'am';
    case 'Z07:00':
      return wall.offsetMinutes === 0 ? 'Z' : offsetText(wall.offsetMinutes, ':');
    case 'Z0700':
      return wall.offsetMinutes === 0 ? 'Z' : offsetText(wall.offsetMinutes, '');
    case '-07:00':
      return offsetText(wall.offsetMinutes, ':');
    case '-0700':
      return offsetText(wall.offsetMinutes, '');
    case '-07':
      return offsetText(wall.offsetMinutes, '').slice(0, 3);
    default:
      return fraction(wall.millisecond, token);
  }
}

/** `.000` keeps zeros, `.999` drops trailing ones and the point with them. */
function fraction(millisecond: number, token: string): string {
  const digits = String(millisecond)
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, Math.min(9, token.length - 1));
  if (token[1] === '0') return `${token[0] ?? '.'}${digits}`;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : `${token[0] ?? '.'}${trimmed}`;
}

function offsetText(minutes: number, separator: string): string {
  const size = Math.abs(minutes);
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}${separator}${String(size % 60).padStart(2, '0')}`;
}

/** Go's Duration.String: `1h30m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDurationValue(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  if (size === 0) return '0s';
  if (size < 1) return `${sign}${Number((size * 1000).toFixed(3))}µs`;
  if (size < 1000) return `${sign}${Number(size.toFixed(6))}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor(size / 60_000) % 60;
  const seconds = Number(((size % 60_000) / 1000).toFixed(9));
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}
