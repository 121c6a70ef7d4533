const UNIT_MS = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
} as const;
const FORM = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const ORDER = ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const;
/** Prometheus counts durations in 64-bit nanoseconds: about 292 years. */
export const LONGEST_DURATION_MS = 9_223_372_036_854;

/**
 * A Prometheus duration in milliseconds: `1h30m`, `15s`, `250ms`, `0`; units descend and appear once.
 * @returns undefined where the text is not a duration (also for signs, fractions, bare numbers other than 0, and beyond 292 years).
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = FORM.exec(text);
  if (!match || text === '') return undefined;
  let total = 0;
  for (const [index, unit] of ORDER.entries()) {
    const digits = match[index + 1];
    if (digits !== undefined) total += Number(digits) * UNIT_MS[unit];
  }
  return total <= LONGEST_DURATION_MS ? total : undefined;
}

/** Why `parseDuration` does not take the text, in Prometheus' words. */
export function durationFault(text: string): string {
  if (text === '') return 'empty duration string';
  if (FORM.test(text)) return 'duration out of range';
  const parts = [...text.matchAll(/(\d+)(\D+)/g)];
  const unit = parts.map((part) => part[2] ?? '').find((name) => !Object.hasOwn(UNIT_MS, name));
  if (unit !== undefined && parts.map((part) => part[0]).join('') === text) {
    return `unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
  }
  return `not a valid duration string: ${JSON.stringify(text)}`;
}

/** The shortest Prometheus form that parses back to the same milliseconds: 5_400_000 → `1h30m`. Weeks and years only when exact. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = Math.abs(Math.round(ms));
  let text = ms < 0 ? '-' : '';
  for (const unit of ORDER) {
    const size = UNIT_MS[unit];
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** For people: the two largest units, spaced: 374_000 → `6 min`, 5_400_000 → `1 h 30 min`, 40_000 → `40 s`. */
export function humanDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
