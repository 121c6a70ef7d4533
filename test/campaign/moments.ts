import { OTHER_KINDS } from './heard.ts';

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
  /** The same at one of the other services: a call arrived and never takes effect, or its answer never arrives. */
  'service_swallowed',
  'service_unanswered',
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

/** Rows whose way out is cut at every step, by kind. */
const ROW_KINDS = ['slack.card', ...OTHER_KINDS] as const;

interface FailPointPlan {
  readonly point: string;
  /** It strikes at one of so many first passages. */
  readonly within: number;
}

/** Every place in the program that can be cut in two; see `src/fail-point.ts`. */
const FAIL_POINTS: readonly FailPointPlan[] = [
  ...['feed.writing', 'feed.written', 'feed.read', 'feed.applied', 'feed.confirmed'].map((point) => ({
    point,
    within: 4,
  })),
  ...['group.flushing', 'group.flushed', 'outbox.claimed', 'card.posted'].map((point) => ({ point, within: 3 })),
  ...['outbox.recovered', 'pagerduty.accepted', 'ticket.opened'].map((point) => ({ point, within: 1 })),
  ...['before.commit', 'after.commit'].map((point) => ({ point, within: 100 })),
  ...['before.send', 'after.send', 'after.mark'].flatMap((point) =>
    ROW_KINDS.map((kind) => ({ point: `${point}/${kind}`, within: 2 })),
  ),
];

/** How one life of the program ends: from outside at a moment, or by itself where a variable names a place. */
export type Strike =
  | { readonly kind: 'moment'; readonly moment: Moment }
  | { readonly kind: 'fail_point'; readonly point: string; readonly passage: number };

const SLOW_EVERY = 40;
/** Odd, so that a moment comes next. */
const SLOW_AT = 11;

/**
 * Moments and fail points in turn, each as often as the number allows, in an order that differs by seed; half-over `for`s are slow,
 * so one in forty.
 */
export function plan(kills: number, random: () => number): Strike[] {
  const quick = shuffled(
    MOMENTS.filter((moment) => moment !== 'half_for'),
    random,
  );
  const points = shuffled(FAIL_POINTS, random);
  return Array.from({ length: kills }, (_, index): Strike => {
    // What follows must not end by itself: the `for` is waited for.
    if (index % SLOW_EVERY === SLOW_AT) return { kind: 'moment', moment: 'half_for' };
    const turn = Math.floor(index / 2);
    const next = points[turn % points.length];
    if (index % 2 === 0 || !next) return { kind: 'moment', moment: quick[turn % quick.length] ?? 'random' };
    return { kind: 'fail_point', point: next.point, passage: 1 + Math.floor(random() * next.within) };
  });
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
