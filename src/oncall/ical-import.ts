import ICAL from 'ical.js';
import { UserError } from '../errors.ts';
import { dayNumber, startOfLocalDay, wallInstant } from '../time/wall-clock.ts';
import { isZone } from '../time/zone.ts';

/** Somebody's time on call as a calendar says it, [start, end). */
export interface CalendarShift {
  /** As the calendar names the person. */
  readonly user: string;
  readonly start: number;
  readonly end: number;
  /** Of `[L2]` before the title: a higher level covers the lower ones. 0 without. */
  readonly level: number;
  /** Where its event begins in the file. */
  readonly line: number;
}

export interface CalendarRead {
  /** By start. */
  readonly shifts: readonly CalendarShift[];
  /** The zone of its days and floating times. */
  readonly zone: string;
  readonly name: string;
  /** What was left out, and why. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

export interface ImportRange {
  readonly from: number;
  readonly to: number;
  /** IANA zone of what names none; absent: the calendar's own. */
  readonly zone?: string;
}

const LARGEST_TEXT = 5 * 1024 * 1024;
const MOST_EVENTS = 20_000;
const MOST_OCCURRENCES = 20_000;

/**
 * Shifts in an iCalendar (RFC 5545): one event each, its title the person, as calendar applications and on-call tools write them.
 * Recurring events are followed with their exceptions; times are of the wall clock of their zone, also over changes of the clocks.
 * @throws UserError `invalid_calendar`: no calendar, too large, or nothing says in which zone its days are
 */
export function readCalendar(text: string, range: ImportRange): CalendarRead {
  if (text.length > LARGEST_TEXT) throw new UserError('invalid_calendar', 'the calendar is larger than 5 MiB');
  const calendar = parse(text);
  const events = calendar.getAllSubcomponents('vevent');
  if (events.length > MOST_EVENTS) throw new UserError('invalid_calendar', `more than ${MOST_EVENTS} events`);
  const zone = range.zone ?? zoneOf(calendar, events);
  const lines = eventLines(text);
  const changed = changedOccurrences(events);
  const shifts: CalendarShift[] = [];
  const problems: { line: number; message: string }[] = [];
  for (const [index, component] of events.entries()) {
    const line = lines[index] ?? 1;
    try {
      const isOne = component.hasProperty('recurrence-id');
      if (isCancelled(component)) continue;
      const event = new ICAL.Event(component, { exceptions: isOne ? [] : (changed.get(uidOf(component)) ?? []) });
      shifts.push(...shiftsOf(event, { ...range, zone }, line));
    } catch (error) {
      problems.push({ line, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { shifts: shifts.toSorted((a, b) => a.start - b.start), zone, name: nameOf(calendar), problems };
}

function parse(text: string): ICAL.Component {
  try {
    const parsed: unknown = ICAL.parse(text.replaceAll(/\r?\n/g, '\r\n'));
    const component = new ICAL.Component(parsed as [string, unknown[], unknown[]]);
    if (component.name === 'vcalendar') return component;
  } catch (error) {
    // Of a text that is no calendar at all its own words are a defect's, not for people.
    if (error instanceof TypeError) throw new UserError('invalid_calendar', NO_CALENDAR);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid_calendar', `not an iCalendar: ${reason.slice(0, 200)}`);
  }
  throw new UserError('invalid_calendar', NO_CALENDAR);
}

const NO_CALENDAR = 'not an iCalendar: BEGIN:VCALENDAR is missing; export the calendar as an .ics file';

/** In which line each event begins. */
function eventLines(text: string): number[] {
  return text.split(/\r?\n/).flatMap((line, index) => (/^BEGIN:VEVENT\s*$/i.test(line) ? index + 1 : []));
}

function uidOf(event: ICAL.Component): string {
  return String(event.getFirstPropertyValue('uid') ?? '');
}

function isCancelled(event: ICAL.Component): boolean {
  return String(event.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED';
}

/** Occurrences that were moved, by the event they belong to. They are read as events of their own, too. */
function changedOccurrences(events: readonly ICAL.Component[]): Map<string, ICAL.Component[]> {
  const found = new Map<string, ICAL.Component[]>();
  for (const event of events) {
    if (!event.hasProperty('recurrence-id')) continue;
    found.set(uidOf(event), [...(found.get(uidOf(event)) ?? []), event]);
  }
  return found;
}

/** Where most of the events are; the calendar's own zone is often that of whoever exported it. */
function zoneOf(calendar: ICAL.Component, events: readonly ICAL.Component[]): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    const zone = event.getFirstProperty('dtstart')?.getFirstParameter('tzid');
    if (isPlace(zone)) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  const own = calendar.getFirstPropertyValue('x-wr-timezone');
  const zone = most?.[0] ?? (isPlace(own) ? own : undefined);
  if (zone !== undefined) return zone;
  throw new UserError('invalid_calendar', 'the calendar names no time zone: give one, such as --timezone Asia/Kolkata');
}

/** As schedules take zones: abbreviations are ambiguous. */
function isPlace(zone: unknown): zone is string {
  return typeof zone === 'string' && (zone === 'UTC' || zone.includes('/')) && isZone(zone);
}

function nameOf(calendar: ICAL.Component): string {
  return String(calendar.getFirstPropertyValue('x-wr-calname') ?? '').slice(0, 200);
}

function shiftsOf(event: ICAL.Event, range: ImportRange & { readonly zone: string }, line: number): CalendarShift[] {
  const { user, level } = personIn(event);
  const property = event.component.getFirstProperty('dtstart');
  if (!property) throw new Error('the event has no DTSTART');
  const tzid = property.getFirstParameter('tzid');
  const shifts: CalendarShift[] = [];
  const add = (first: ICAL.Time, last: ICAL.Time): number => {
    const start = instantOf(first, tzid, range.zone);
    const end = instantOf(last, tzid, range.zone);
    if (start >= end) throw new Error('the event ends before it begins');
    if (start < range.to && end > range.from) shifts.push({ user, level, start, end, line });
    return start;
  };
  if (!event.isRecurring()) {
    add(event.startDate, event.endDate);
    return shifts;
  }
  refuseOddRules(event.component);
  const occurrences = event.iterator();
  for (let count = 0; count < MOST_OCCURRENCES; count += 1) {
    const next = occurrences.next();
    // The types promise a time; there is none after the last occurrence.
    if (!(next instanceof ICAL.Time)) return shifts;
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    if (item !== event) continue;
    if (add(startDate, endDate) >= range.to) return shifts;
  }
  throw new Error(`the event has more than ${MOST_OCCURRENCES} occurrences`);
}

const RULE_PARTS: Readonly<Record<string, readonly string[]>> = {
  HOURLY: [],
  DAILY: ['BYDAY'],
  WEEKLY: ['BYDAY'],
  MONTHLY: ['BYDAY', 'BYMONTHDAY'],
  YEARLY: [],
};

/** Rules that schedules are made of. Others are not worth it: some, such as 30 February, have an occurrence never and are sought for ever. */
function refuseOddRules(event: ICAL.Component): void {
  for (const property of event.getAllProperties('rrule')) {
    const text = String(property.getFirstValue());
    const parts = new Map(
      text.split(';').map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
    );
    const known = RULE_PARTS[parts.get('FREQ') ?? ''];
    const odd = [...parts.keys()].filter((key) => key.startsWith('BY') && !known?.includes(key));
    const days = (parts.get('BYDAY') ?? '').split(',');
    if (known && odd.length === 0 && days.every((day) => /^(?:-?[1-5])?(?:[A-Z]{2})?$/.test(day))) continue;
    throw new Error(`the rule ${text.slice(0, 100)} is not read: give its shifts as events of their own`);
  }
}

function instantOf(time: ICAL.Time, tzid: string | undefined, zone: string): number {
  const day = dayNumber({ year: time.year, month: time.month, day: time.day });
  if (time.isDate) return startOfLocalDay(day, zone);
  if (time.zone === ICAL.Timezone.utcTimezone) return time.toUnixTime() * 1000;
  if (tzid !== undefined && !isZone(tzid)) {
    // A name of somebody's own, whose offsets the calendar brings along.
    if (time.zone === ICAL.Timezone.localTimezone) throw new Error(`unknown time zone ${tzid.slice(0, 100)}`);
    return time.toUnixTime() * 1000;
  }
  return wallInstant(day, time.hour * 60 + time.minute, tzid ?? zone) + time.second * 1000;
}

/** The one attendee's address, an address in the title, or the title itself, without its level and without what we add in our own feed. */
function personIn({ summary, component }: ICAL.Event): { user: string; level: number } {
  const title = String(summary ?? '').trim();
  const level = Number(/^\[L(\d{1,2})\]/i.exec(title)?.[1] ?? 0);
  const attendees = component.getAllProperties('attendee').map((one) => String(one.getFirstValue()));
  const [only, second] = attendees.filter((one) => /^mailto:[^\s@]+@[^\s@]+$/i.test(one));
  const plain = title.replace(/^\[L\d{1,2}\]\s*/i, '').replace(/ · [^·]*$/, '');
  const address = /[^\s@<>()[\],;:]+@[^\s@<>()[\],;:]+/.exec(plain)?.[0];
  const user = only !== undefined && second === undefined ? only.slice('mailto:'.length) : (address ?? plain);
  if (user === '') throw new Error('the event names nobody: its title is the person');
  return { user: user.slice(0, 200), level };
}
