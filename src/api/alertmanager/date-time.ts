import { isoInstant, parseInstant } from '../../time/instant.ts';

const FORM = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;

/**
 * Reads the date-times that Alertmanager's API reads: RFC 3339, and the ISO 8601 forms beside it (no seconds, no zone, which is UTC,
 * no colon in the offset). Fractions are cut to milliseconds.
 * @returns epoch ms; `zero` for Go's zero time, which means "none"; undefined where the text is no such time.
 */
export function parseDateTime(text: string): number | 'zero' | undefined {
  // The alerts of a batch mostly began and are believed until the same instants.
  if (known.has(text)) return known.get(text);
  const at = parseNew(text);
  if (known.size >= MOST_KNOWN) known.clear();
  if (text.length <= LONGEST_KNOWN) known.set(text, at);
  return at;
}

const MOST_KNOWN = 100;
const LONGEST_KNOWN = 40;
const known = new Map<string, number | 'zero' | undefined>();

function parseNew(text: string): number | 'zero' | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, date = '', minutes = '', seconds = '00', fraction = '', sign, offsetHours = '00', offsetMinutes = '00'] =
    match;
  const written = `${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const local = parseInstant(written);
  if (local === undefined) return undefined;
  // Days and hours that do not exist would roll over; writing it again is slow, and most times are none of these.
  const canRoll = date.slice(8) > '28' || minutes.startsWith('24');
  if (canRoll && isoInstant(local) !== written) return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const at = sign === '-' ? local + offset : local - offset;
  return at === GO_ZERO ? 'zero' : at;
}

/** 0001-01-01T00:00:00Z */
const GO_ZERO = -62_135_596_800_000;
