const HOUR_MS = 3_600_000;

/** How long raw samples are kept unless configured otherwise. */
export const DEFAULT_RETENTION_MS = 15 * 24 * HOUR_MS;
/** Length of the windows into which finished samples are packed; windows are aligned to the epoch. */
export const WINDOW_MS = 2 * HOUR_MS;
/** A window stays open for late samples this long after its end. */
const LATE_MS = HOUR_MS;

/** Start of the window that holds `t` (epoch ms; also before 1970). */
export function windowStart(t: number): number {
  return Math.floor(t / WINDOW_MS) * WINDOW_MS;
}

/** Windows that end at or before this instant may be packed: no more samples are taken there. */
export function packableUntil(now: number): number {
  return windowStart(now - LATE_MS);
}

/** Samples before this instant are dropped; aligned, because whole windows are dropped. */
export function retentionCutoff(now: number, retentionMs: number): number {
  return windowStart(now - retentionMs);
}
