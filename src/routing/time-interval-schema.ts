import { z } from 'zod';
import { Text } from '../delivery/go-scalars.ts';
import { isZone, localZone } from '../time/zone.ts';
import type { InclusiveRange, TimeInterval, TimeRange } from './time-interval.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

type Member = (text: string) => number | undefined;

const whole: Member = (text) => (/^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined);
const weekday: Member = (text) => (WEEKDAYS.includes(text) ? WEEKDAYS.indexOf(text) : undefined);
const month: Member = (text) => (MONTHS.includes(text) ? MONTHS.indexOf(text) + 1 : whole(text));

/** `a:b` or `a`, lower-cased as Alertmanager does; `fault` says what is wrong with a range that could be read. */
function rangeOf(
  expected: string,
  member: Member,
  fault: (range: InclusiveRange) => string | undefined,
): z.ZodType<InclusiveRange, string> {
  return z.string({ error: `expected ${expected}` }).transform((text, context) => {
    const refuse = (message: string): never => {
      context.issues.push({ code: 'custom', input: text, message });
      return z.NEVER;
    };
    const parts = text.toLowerCase().split(':');
    const [begin, end] = parts.length === 1 ? [parts[0], parts[0]] : parts;
    if (parts.length > 2 || begin === undefined || end === undefined) return refuse(`expected ${expected}`);
    const from = member(begin);
    const to = member(end);
    if (from === undefined || to === undefined) return refuse(`expected ${expected}; got ${JSON.stringify(text)}`);
    const range = { begin: from, end: to };
    const wrong = fault(range);
    return wrong === undefined ? range : refuse(wrong);
  });
}

const ordered =
  (unit: string) =>
  (range: InclusiveRange): string | undefined =>
    range.begin > range.end ? `the end ${unit} is before the start ${unit}` : undefined;

function dayFault({ begin, end }: InclusiveRange): string | undefined {
  for (const day of [begin, end]) {
    if (day === 0 || day < -31 || day > 31) return `${day} is not a valid day of the month: out of range`;
  }
  if (begin < 0 && end > 0) return 'end day must be negative if start day is negative';
  // Months differ in length: refuse what is the wrong way round in every month, counting from the shortest.
  const fromStart = (day: number): number => (day < 0 ? 28 + day : day);
  return fromStart(begin) > fromStart(end) ? `end day ${end} is always before start day ${begin}` : undefined;
}

const Minute = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'expected a time such as 09:30, up to 24:00' })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const Times = z
  .strictObject({
    start_time: Minute,
    end_time: Minute,
  })
  .refine((range) => range.start_time < range.end_time, {
    error: 'start time cannot be equal or greater than end time',
  })
  .transform((range): TimeRange => ({ start: range.start_time, end: range.end_time }));

const Location = Text.transform((text, context) => {
  if (text === '') return 'UTC';
  if (text === 'Local') return localZone();
  if (isZone(text)) return text;
  context.issues.push({ code: 'custom', input: text, message: `unknown time zone ${JSON.stringify(text)}` });
  return z.NEVER;
});

const Interval = z
  .strictObject({
    times: z.array(Times).optional(),
    weekdays: z.array(rangeOf('a weekday such as monday, or monday:friday', weekday, ordered('day'))).optional(),
    days_of_month: z.array(rangeOf('a day such as 1, -1 or 1:7', whole, dayFault)).optional(),
    months: z.array(rangeOf('a month such as january, 1 or 1:3', month, ordered('month'))).optional(),
    years: z.array(rangeOf('a year such as 2026 or 2026:2030', whole, ordered('year'))).optional(),
    location: Location.optional(),
  })
  .transform(
    ({ times, weekdays, days_of_month, months, years, location }): TimeInterval => ({
      ...(times && { times }),
      ...(weekdays && { weekdays }),
      ...(days_of_month && { daysOfMonth: days_of_month }),
      ...(months && { months }),
      ...(years && { years }),
      ...(location !== undefined && { location }),
    }),
  );

/** One entry of `time_intervals` (or of the deprecated `mute_time_intervals`). */
export const NamedIntervals = z.strictObject({
  name: z.string({ error: 'missing name in time interval' }).min(1, 'missing name in time interval'),
  time_intervals: z.array(Interval).default([]),
});
