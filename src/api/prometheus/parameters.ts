import { parseDuration } from '../../time/duration.ts';
import { parseInstant } from '../../time/instant.ts';
import { badData } from './failure.ts';

/** Parameters of a request: those of the address, and of a form that was posted. */
export type Parameters = URLSearchParams;

/** Times from here to there stand for "ever": what Prometheus' clients send as the least and the greatest time. */
export const EARLIEST = -8_640_000_000_000_000;
export const LATEST = 8_640_000_000_000_000;
const EVER: ReadonlyMap<string, number> = new Map([
  ['-292273086-05-16T16:47:06Z', EARLIEST],
  ['292277025-08-18T07:12:54.999999999Z', LATEST],
]);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Epoch ms. @throws Failure `bad_data` */
export function instantOf(parameters: Parameters, name: string): number {
  const text = parameters.get(name) ?? '';
  const at = readInstant(text);
  if (at === undefined) {
    throw badData(`invalid parameter "${name}": cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  }
  return at;
}

/** @param otherwise where the parameter is missing or empty */
export function instantOr(parameters: Parameters, name: string, otherwise: number): number {
  const text = parameters.get(name) ?? '';
  if (text === '') return otherwise;
  const at = readInstant(text);
  if (at !== undefined) return at;
  const reason = `Invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`;
  throw badData(`invalid parameter "${name}": ${reason}`);
}

/** Seconds, or RFC 3339; rounded to milliseconds. */
function readInstant(text: string): number | undefined {
  const ever = EVER.get(text);
  if (ever !== undefined) return ever;
  const at = NUMBER.test(text) ? Math.round(Number(text) * 1000) : RFC3339.test(text) ? parseInstant(text) : undefined;
  return at === undefined || at < EARLIEST || at > LATEST ? undefined : at;
}

/** Seconds, or Prometheus' durations; in ms. @throws Failure `bad_data` */
export function durationOf(parameters: Parameters, name: string): number {
  const text = parameters.get(name) ?? '';
  const ms = NUMBER.test(text) ? Math.round(Number(text) * 1000) : parseDuration(text);
  if (ms !== undefined && Number.isSafeInteger(ms)) return ms;
  throw badData(`invalid parameter "${name}": cannot parse ${JSON.stringify(text)} to a valid duration`);
}

/** A count; undefined where there is none or it is 0, which is no limit. @throws Failure `bad_data` */
export function limitOf(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badData(`${name} must be a number`);
  return Number(text) || undefined;
}
