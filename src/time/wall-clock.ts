import { Temporal } from 'temporal-polyfill';

/** A day of the calendar, without a zone. */
export interface CalendarDate {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  /** 1–31. */
  readonly day: number;
}

/** `HH:MM` on a wall clock, in minutes after midnight. */
export type TimeOfDay = number;

/** Epoch day 0 is 1970-01-01. */
export function dayNumber(date: CalendarDate): number {
  return Math.round(Date.UTC(date.year, date.month - 1, date.day) / 86_400_000);
}

export function dateOfDay(day: number): CalendarDate {
  const date = new Date(day * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 1 is Monday, 7 is Sunday. */
export function isoWeekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** The calendar day that a wall clock in the zone shows. */
export function localDay(at: number, zone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return dayNumber(local);
}

/**
 * The instant at which a wall clock in the zone shows this time on this day. A time that is skipped (clocks go forward) is the
 * first instant after the gap; a time that comes twice (clocks go back) is its first occurrence.
 */
export function wallInstant(day: number, time: TimeOfDay, zone: string): number {
  const date = dateOfDay(day);
  const plain = Temporal.PlainDateTime.from({ ...date, hour: Math.floor(time / 60), minute: time % 60 });
  return instantOfPlain(plain, zone);
}

function instantOfPlain(plain: Temporal.PlainDateTime, zone: string): number {
  const earlier = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(plain)) return earlier.epochMilliseconds;
  // In a gap `earlier` lands before it, by the gap's length; the transition that makes the gap follows.
  const transition = earlier.getTimeZoneTransition('next');
  return transition?.epochMilliseconds ?? plain.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
}

/** What a written local time can mean: nothing (in a gap), one instant, or two. */
export function wallReadings(text: string, zone: string): readonly number[] {
  const plain = Temporal.PlainDateTime.from(text);
  const earlier = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (!earlier.toPlainDateTime().equals(plain)) return [];
  const later = plain.toZonedDateTime(zone, { disambiguation: 'later' });
  return earlier.epochMilliseconds === later.epochMilliseconds
    ? [earlier.epochMilliseconds]
    : [earlier.epochMilliseconds, later.epochMilliseconds];
}

/** The first instant of a calendar day in the zone; where midnight is skipped, the first instant after it. */
export function startOfLocalDay(day: number, zone: string): number {
  return wallInstant(day, 0, zone);
}

/** `2026-01-26` → day number; undefined where the text is no date or the date does not exist. */
export function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const day = dayNumber(date);
  const back = dateOfDay(day);
  return back.month === date.month && back.day === date.day ? day : undefined;
}

/** `09:00` → 540; undefined where the text is no time of day. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

/** Whole calendar months since 1970-01. */
export function monthNumber(day: number): number {
  const { year, month } = dateOfDay(day);
  return (year - 1970) * 12 + month - 1;
}

/** The given day of a month, or the month's last one where it is shorter. */
export function dayOfMonth(month: number, day: number): number {
  const year = 1970 + Math.floor(month / 12);
  const zeroBased = ((month % 12) + 12) % 12;
  const last = new Date(Date.UTC(year, zeroBased + 1, 0)).getUTCDate();
  return dayNumber({ year, month: zeroBased + 1, day: Math.min(day, last) });
}

const ZONE_NAME_LOCALES = ['en-US', 'en-IN', 'en-GB', 'en-AU'] as const;
const formats = new Map<string, Intl.DateTimeFormat>();

/** `03:12 IST`: a time of day that bears its zone, for where Slack's date tokens do not work. */
export function clockTime(at: number, zone: string): string {
  for (const locale of ZONE_NAME_LOCALES) {
    const parts = formatIn(locale, zone).formatToParts(at);
    const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? '';
    const name = part('timeZoneName');
    // A locale knows the names of its own region's zones and says GMT+5:30 of the others.
    if (/^(?:GMT|UTC)[+-]/.test(name) && locale !== ZONE_NAME_LOCALES.at(-1)) continue;
    return `${part('hour')}:${part('minute')} ${name}`;
  }
  return '';
}

/** `Mon 9 Nov, 03:02 IST`. */
export function dayAndTime(at: number, zone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', day: 'numeric', month: 'short' });
  return `${day.format(at).replace(',', '')}, ${clockTime(at, zone)}`;
}

/** The time of day where `now` is the same day in the zone, with its day where it is another: `03:02 IST`, `Mon 9 Nov, 03:02 IST`. */
export function timeNear(at: number, now: number, zone: string): string {
  return localDay(at, zone) === localDay(now, zone) ? clockTime(at, zone) : dayAndTime(at, zone);
}

function formatIn(locale: string, zone: string): Intl.DateTimeFormat {
  const key = `${locale} ${zone}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    });
    formats.set(key, format);
  }
  return format;
}
