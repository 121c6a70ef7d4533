/** One rate limit that an attempt counts against. Attempts with the same key share it. */
export interface BudgetUse {
  readonly key: string;
  readonly perMinute: number;
  /** How many may go at once after a rest; at least 1. */
  readonly burst: number;
}

/** A token bucket: `tokens` were there at `updatedAt`; nothing goes before `closedUntil` (a 429's Retry-After). */
export interface Bucket {
  readonly tokens: number;
  readonly updatedAt: number;
  readonly closedUntil: number;
}

/** Longest Retry-After that is obeyed; also tells a waiting time from a clock that was set back. */
export const LONGEST_HOLD_MS = 3_600_000;

/**
 * chat.postMessage: about one per second and channel, "short bursts" allowed without guarantee
 * (docs.slack.dev/apis/web-api/rate-limits).
 */
export function slackPostBudget(channel: string): BudgetUse {
  return { key: `slack:chat.postMessage:${channel}`, perMinute: 60, burst: 2 };
}

/** chat.update is tier 3: 50 per minute and workspace. 40 + a burst of 8 stays below in every window of a minute. */
export const SLACK_UPDATE_BUDGET: BudgetUse = { key: 'slack:chat.update', perMinute: 40, burst: 8 };

/** PagerDuty publishes no number and adapts; staff named 120 events per minute and key. */
export function pagerdutyBudget(integration: string): BudgetUse {
  return { key: `pagerduty:${integration}`, perMinute: 60, burst: 10 };
}

export function fullBucket(use: BudgetUse, now: number): Bucket {
  return { tokens: use.burst, updatedAt: now, closedUntil: Number.NEGATIVE_INFINITY };
}

function tokensAt(bucket: Bucket, use: BudgetUse, now: number): number {
  // The clock was set back: how long ago the bucket was used is not known any more. One attempt may go and sets it right.
  if (now < bucket.updatedAt) return Math.max(1, bucket.tokens);
  return Math.min(use.burst, bucket.tokens + ((now - bucket.updatedAt) * use.perMinute) / 60_000);
}

/** The instant one more attempt fits: `now` where it fits already. */
export function fitsAt(bucket: Bucket, use: BudgetUse, now: number): number {
  const missing = 1 - tokensAt(bucket, use, now);
  const refilled = missing <= 1e-9 ? now : now + Math.ceil((missing * 60_000) / use.perMinute);
  const reopened = bucket.closedUntil - now > LONGEST_HOLD_MS ? now : bucket.closedUntil;
  return Math.max(now, refilled, reopened);
}

/** The bucket after one attempt at `now`. May go below zero if the caller did not ask `fitsAt`. */
export function take(bucket: Bucket, use: BudgetUse, now: number): Bucket {
  return { ...bucket, tokens: tokensAt(bucket, use, now) - 1, updatedAt: now };
}

/** The bucket after the other side asked for silence until `until`; an earlier end never shortens a later one. */
export function close(bucket: Bucket, until: number, now: number): Bucket {
  const capped = Math.min(until, now + LONGEST_HOLD_MS);
  return { ...bucket, closedUntil: Math.max(bucket.closedUntil, capped) };
}

/** The buckets of one process. Full and open ones are forgotten, so hostile channel names cannot pile up. */
export class Budgets {
  readonly #buckets = new Map<string, { bucket: Bucket; use: BudgetUse }>();

  /** The instant at which all of these fit one attempt. */
  fitsAt(uses: readonly BudgetUse[], now: number): number {
    return Math.max(now, ...uses.map((use) => fitsAt(this.#bucket(use, now), use, now)));
  }

  take(uses: readonly BudgetUse[], now: number): void {
    for (const use of uses) this.#buckets.set(use.key, { bucket: take(this.#bucket(use, now), use, now), use });
  }

  close(uses: readonly BudgetUse[], until: number, now: number): void {
    for (const use of uses) this.#buckets.set(use.key, { bucket: close(this.#bucket(use, now), until, now), use });
  }

  /** Forgets buckets that no longer limit anything. */
  sweep(now: number): void {
    for (const [key, { bucket, use }] of this.#buckets)
      if (bucket.closedUntil <= now && tokensAt(bucket, use, now) >= use.burst) this.#buckets.delete(key);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #bucket(use: BudgetUse, now: number): Bucket {
    return this.#buckets.get(use.key)?.bucket ?? fullBucket(use, now);
  }
}
