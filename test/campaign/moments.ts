/** When the process is killed. Those of Slack's calls are exact: the recorder holds the call while the signal is sent. */
export const MOMENTS = [
  /** 1–400 ms after it was ready. */
  'random',
  /** Before it is ready: while it reads what the life before left. */
  'starting',
  /** Up to 700 ms after a page with a bad value was scraped: between fire, feed, group_wait and notify. */
  'fired',
  /** The same after a good value: between resolve and its notice. */
  'healed',
  /** The post arrived and never takes effect. */
  'post_swallowed',
  /** The post takes effect, Slack's 200 never arrives. */
  'post_unanswered',
  /** The post takes effect when the caller is already dead. */
  'post_late',
  /** Slack has said 200; up to 3 ms later, about when the mark is written. */
  'post_answered',
  'update_swallowed',
  'update_unanswered',
  'update_late',
  'update_answered',
  /** A person has just been told that the acknowledgement was taken. */
  'acknowledged',
  /** `for` is half over. */
  'half_for',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** mulberry32: small, seeded, good enough to spread kills. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every moment as often as the number allows, in an order that differs by seed; half-over `for`s are slow, so one in twenty. */
export function plan(kills: number, random: () => number): Moment[] {
  const quick = MOMENTS.filter((moment) => moment !== 'half_for');
  const slow = Math.max(1, Math.floor(kills / 20));
  const moments = Array.from(
    { length: kills },
    (_, index): Moment => (index < slow ? 'half_for' : (quick[(index - slow) % quick.length] ?? 'random')),
  );
  for (let at = moments.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [moments[at], moments[other]];
    if (a && b) [moments[at], moments[other]] = [b, a];
  }
  return moments;
}
