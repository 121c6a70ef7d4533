import { type Matcher, printMatcher } from '../../labels/matcher.ts';
import { type Silence, type SilenceState, silenceState } from '../../routing/silence.ts';
import { isoInstant } from '../../time/instant.ts';

/** Alertmanager's gettableSilence, its fields in the order in which it writes them. */
export interface SilenceView {
  readonly id: string;
  readonly status: { readonly state: SilenceState };
  readonly updatedAt: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly endsAt: string;
  readonly matchers: readonly MatcherView[];
  readonly startsAt: string;
}

interface MatcherView {
  readonly isEqual: boolean;
  readonly isRegex: boolean;
  readonly name: string;
  readonly value: string;
}

export function viewOfSilence(silence: Silence, now: number): SilenceView {
  return {
    id: silence.id,
    status: { state: silenceState(silence, now) },
    updatedAt: isoInstant(silence.updatedAt),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: isoInstant(silence.endsAt),
    matchers: (silence.matcherSets[0] ?? []).map(({ name, operator, value }) => ({
      isEqual: operator === '=' || operator === '=~',
      isRegex: operator === '=~' || operator === '!~',
      name,
      value,
    })),
    startsAt: isoInstant(silence.startsAt),
  };
}

const ORDER: readonly SilenceState[] = ['active', 'pending', 'expired'];

/** Alertmanager's order: active ones by end, those to come by start, expired ones by end, the latest first. */
export function compareSilences(a: Silence, b: Silence, now: number): number {
  const state = silenceState(a, now);
  const order = ORDER.indexOf(state) - ORDER.indexOf(silenceState(b, now));
  if (order !== 0) return order;
  switch (state) {
    case 'active':
      return a.endsAt - b.endsAt;
    case 'pending':
      return a.startsAt - b.startsAt;
    case 'expired':
      return b.endsAt - a.endsAt;
  }
}

/** Whether a silence has every matcher of a filter, word for word: Alertmanager does not ask what a silence would match. */
export function silencePasses(silence: Silence, filter: readonly Matcher[]): boolean {
  return filter.every((wanted) =>
    silence.matcherSets.some((set) => set.some((m) => printMatcher(m) === printMatcher(wanted))),
  );
}
