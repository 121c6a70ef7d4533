import type { Evidence } from '../../alert/alert.ts';
import { formatBeyond, formatValue } from '../../incident/measure.ts';
import { humanDuration } from '../../time/duration.ts';
import { clockTime, dayAndTime } from '../../time/wall-clock.ts';
import type { DateFormat, Mrkdwn } from './mrkdwn.ts';
import { clean, dateToken, truncate } from './mrkdwn.ts';

export { dayAndTime } from '../../time/wall-clock.ts';

/** How instants and numbers are written for one team. */
export interface Wording {
  /** IANA zone of the team, for fallbacks and plain text. */
  readonly timezone: string;
  /** A person's name by Slack id, for texts in which mentions have no place; undefined where unknown. */
  readonly nameOf: (userId: string) => string | undefined;
}

/** A value in base units as people say it: `0.412, seconds` → `412 ms`. The same words as in every other face. */
export const measure: (value: number, unit: string | undefined) => string = formatValue;

/** `412 ms > 200 ms`. */
export const beyond: (evidence: Pick<Evidence, 'value' | 'limit' | 'unit'>) => string = formatBeyond;

/** Whether a smaller value is the worse one. */
export function badBelow(evidence: Evidence): boolean {
  return evidence.limit?.operator === '<' || evidence.limit?.operator === '<=';
}

/** `last hour`, `last 6 h`. */
export function spanWords(ms: number): string {
  return ms === 3_600_000 ? 'last hour' : `last ${humanDuration(ms)}`;
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

/** `fraud-detector`, and `fraud-detector staging` where it is not production: the one thing that must not be taken for the other. */
export function modelName({ model, environment }: { readonly model: string; readonly environment: string }): string {
  const name = truncate(clean(model), 48);
  const where = truncate(shortEnvironment(clean(environment)), 24);
  return name === '' || where === '' || where === 'prod' ? name : `${name} ${where}`;
}

/** The first characters of an id that commands accept: long enough to be unique among what is open. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : id.slice(0, 12);
}
