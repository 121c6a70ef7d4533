export interface LimitOptions {
  /** Posts per second and channel; default 1. */
  readonly postsPerSecond?: number;
  /** Posts that may come at once before that rate holds; default 4 (Slack allows short bursts without a promise). */
  readonly postBurst?: number;
}

/** Calls per minute of Slack's tiers, each "N or more". */
export const tierPerMinute = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;
export type Tier = keyof typeof tierPerMinute | 'post' | 'none';

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets per method, and per channel for posting. Times in epoch ms. */
export class Limiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #posts: Required<LimitOptions>;

  constructor(options: LimitOptions) {
    this.#posts = { postsPerSecond: options.postsPerSecond ?? 1, postBurst: options.postBurst ?? 4 };
  }

  /** Whole seconds to wait (at least 1), or undefined where the call may pass and is counted. */
  refuse(method: string, tier: Tier, channel: string, now: number): number | undefined {
    if (tier === 'none') return undefined;
    if (tier === 'post') {
      return this.#take(`${method} ${channel}`, this.#posts.postBurst, this.#posts.postsPerSecond / 1000, now);
    }
    const perMinute = tierPerMinute[tier];
    return this.#take(method, perMinute, perMinute / 60_000, now);
  }

  #take(key: string, size: number, perMs: number, now: number): number | undefined {
    const bucket = this.#buckets.get(key) ?? { tokens: size, at: now };
    const tokens = Math.min(size, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
    const passes = tokens >= 1;
    this.#buckets.set(key, { tokens: passes ? tokens - 1 : tokens, at: now });
    return passes ? undefined : Math.max(1, Math.ceil((1 - tokens) / perMs / 1000));
  }
}
