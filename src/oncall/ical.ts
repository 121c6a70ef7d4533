import { isoInstant } from '../time/instant.ts';
import type { Shift } from './schedule.ts';

export interface CalendarFeed {
  /** The schedule's or the person's name. */
  readonly title: string;
  /** Of one schedule, or of several. */
  readonly shifts: readonly Shift[];
  /** The name to show for a user of a shift. */
  readonly nameOf: (user: string) => string;
  readonly now: number;
}

/** Octets in a line, without its end. https://www.rfc-editor.org/rfc/rfc5545#section-3.1 */
const LONGEST_LINE = 75;

/** An iCalendar (RFC 5545) of final shifts. An event keeps its identity while its beginning does, so that calendars follow changes. */
export function calendarText({ title, shifts, nameOf, now }: CalendarFeed): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Watchroom//On call//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(`On call: ${title}`)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...shifts.flatMap((shift) => [
      'BEGIN:VEVENT',
      `UID:${uidOf(shift, shifts)}@watchroom`,
      `DTSTAMP:${stamp(now)}`,
      `DTSTART:${stamp(shift.start)}`,
      `DTEND:${stamp(shift.end)}`,
      `SUMMARY:${escaped(`${nameOf(shift.user)} · ${shift.schedule}`)}`,
      ...(shift.source === 'rotation' ? [] : [`DESCRIPTION:${shift.source}`]),
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
    ]),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** By when it begins, and by whose it is only where several begin together: so an event follows its shift into other hands. */
function uidOf({ schedule, start, user }: Shift, all: readonly Shift[]): string {
  const name = encodeURIComponent(schedule.toWellFormed());
  const together = all.filter((other) => other.start === start && other.schedule === schedule);
  return together[0]?.user === user
    ? `${start}-${name}`
    : `${start}-${name}-${encodeURIComponent(user.toWellFormed())}`;
}

/** `20260126T033000Z`. */
function stamp(at: number): string {
  return isoInstant(at)
    .replace(/\.\d{3}Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\\;,]/g, (char) => `\\${char}`)
    .replaceAll(/\r\n|\r|\n/g, '\\n')
    .replaceAll(/\p{Cc}/gu, '');
}

/** Long lines go on after a line end and a space, never within a character. */
function folded(line: string): string {
  let text = '';
  let octets = 0;
  for (const char of line) {
    const size = Buffer.byteLength(char);
    if (octets + size > LONGEST_LINE) {
      text += '\r\n ';
      octets = 1;
    }
    text += char;
    octets += size;
  }
  return text;
}
