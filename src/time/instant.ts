/** `2026-11-20T05:32:00.000Z`, for machines. People get local times. */
export function isoInstant(at: number): string {
  // The alerts of a message mostly began at one instant.
  if (at !== latest.at) latest = { at, text: new Date(at).toISOString() };
  return latest.text;
}

let latest = { at: 0, text: '1970-01-01T00:00:00.000Z' };

/** Epoch ms of an ISO 8601 or HTTP date; undefined where the text is neither. */
export function parseInstant(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Later than any instant is meant in seconds (the year 5138): such a number is in milliseconds. */
const LARGEST_SECONDS = 1e11;

/**
 * Epoch ms of a time as people and files write it: epoch seconds, with decimals or not, or ISO 8601, with a space or a `T`, in UTC
 * where no zone is named. undefined for anything else, also for epoch milliseconds, which would be a date thousands of years on.
 */
export function parseTimestamp(text: string): number | undefined {
  if (/^-?\d+(?:\.\d*)?(?:[eE]\+?\d+)?$/.test(text)) {
    const seconds = Number(text);
    return Math.abs(seconds) <= LARGEST_SECONDS ? Math.round(seconds * 1000) : undefined;
  }
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (!parts) return undefined;
  const [, day = '', clock = '00:00', zone = 'Z'] = parts;
  const at = Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  // Date.parse takes 31 April for 1 May.
  return Number.isNaN(at) || !new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day) ? undefined : at;
}
