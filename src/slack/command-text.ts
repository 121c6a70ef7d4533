import { parseDuration } from '../time/duration.ts';

/**
 * What a person typed after a slash command, as plain words. Slack sends `&lt;` for `<`, `<@U1|name>` for a person, and phones
 * send curly quotes, long dashes and non-breaking spaces.
 */
export function tidy(text: string): string {
  return text
    .toWellFormed()
    .slice(0, 4000)
    .replace(/<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>/g, '@$1')
    .replace(/<#[A-Z0-9]+\|([^>]+)>/g, '#$1')
    .replace(/<([@#!])([A-Z0-9]+)(?:\|[^>]*)?>/g, '$1$2')
    .replace(/<(https?:\/\/[^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\p{Zs}\s]+/gu, ' ')
    .trim();
}

/** Words, where a quoted part is one word without its quotes: `"two words" 2h` → `two words`, `2h`. */
export function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((word) => word !== '');
}

export interface SpokenDuration {
  readonly ms: number;
  /** How many words it took. */
  readonly used: number;
}

/** The longest silence: what lasts longer is a rule that should be deleted. */
export const LONGEST_DURATION_MS = 366 * 86_400_000;

const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    m: ['m', 'min', 'mins', 'minute', 'minutes'],
    h: ['h', 'hr', 'hrs', 'hour', 'hours'],
    d: ['d', 'day', 'days'],
    w: ['w', 'week', 'weeks'],
  }).flatMap(([unit, names]) => names.map((name) => [name, unit] as const)),
);

/**
 * `2h`, `1h30m`, `90 min`, `2 hours` at the beginning of some words.
 * @returns undefined where there is no duration; `invalid` for one that cannot be meant: zero, below a minute, above a year.
 */
export function spokenDuration(parts: readonly string[]): SpokenDuration | 'invalid' | undefined {
  const [first = '', second = ''] = parts;
  const glued = /^(\d{1,6})([a-zA-Z]+)$/.exec(first);
  const unit = UNITS.get((glued?.[2] ?? second).toLowerCase());
  if (glued && unit !== undefined) return bounded(parseDuration(`${glued[1]}${unit}`), 1);
  if (/^\d{1,6}$/.test(first) && unit !== undefined) return bounded(parseDuration(`${first}${unit}`), 2);
  const exact = parseDuration(first.toLowerCase());
  if (exact !== undefined) return bounded(exact, 1);
  // What begins like a duration was meant as one: "-2h", "2h30", "1000y", "∞".
  return /^(?:[-+]?\d[\d.,]*[a-z]*\d*|∞|inf(?:inity)?|forever)$/i.test(first) ? 'invalid' : undefined;
}

function bounded(ms: number | undefined, used: number): SpokenDuration | 'invalid' {
  return ms === undefined || ms < 60_000 || ms > LONGEST_DURATION_MS ? 'invalid' : { ms, used };
}
