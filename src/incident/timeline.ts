import type { Priority } from '../alert/priority.ts';
import type { Mute } from '../routing/effects.ts';
import type { Actor, VerdictKind } from './actions.ts';
import type { ReopenReason, ResolvedHow, RetriggerReason } from './incident.ts';

/** What happened to an incident, told once and never edited: the story that reviews, digests and `alert show` read. */
export type IncidentFact =
  | { readonly kind: 'opened'; readonly priority: Priority; readonly groupKey: string; readonly receiver: string }
  /** In place of `opened`, where no alert did. */
  | { readonly kind: 'paged_by_hand'; readonly by: Actor; readonly to: string }
  | { readonly kind: 'member_joined'; readonly fingerprint: string }
  | { readonly kind: 'priority_raised'; readonly from: Priority; readonly to: Priority }
  | { readonly kind: 'paged'; readonly person: string; readonly level: number; readonly pass: number }
  /** Told without being paged. */
  | { readonly kind: 'noticed'; readonly person: string }
  | { readonly kind: 'level_skipped'; readonly level: number; readonly targets: readonly string[] }
  | { readonly kind: 'channel_mentioned' }
  /** A page by hand reached the end of its ladder, or nobody on it can hear. */
  | { readonly kind: 'unanswered'; readonly passes: number }
  | { readonly kind: 'ladder_started'; readonly policy: string }
  | { readonly kind: 'ladder_stopped'; readonly reason: LadderStop }
  | { readonly kind: 'muted'; readonly mute: Mute }
  | { readonly kind: 'unmuted'; readonly mute: Mute }
  /** Somebody called one person in particular. */
  | { readonly kind: 'reassigned'; readonly by: Actor; readonly person: string }
  | { readonly kind: 'acknowledged'; readonly by: Actor }
  | { readonly kind: 'asked_still_on_it'; readonly person: string }
  | { readonly kind: 'confirmed_still_on_it'; readonly by: Actor }
  | { readonly kind: 'retriggered'; readonly reason: RetriggerReason }
  | { readonly kind: 'resolved'; readonly by: Actor; readonly how: ResolvedHow; readonly conditionHolds: boolean }
  | { readonly kind: 'reopened'; readonly reason: ReopenReason }
  | { readonly kind: 'silenced'; readonly by: Actor; readonly silenceId: string; readonly endsAt: number }
  | { readonly kind: 'verdict'; readonly verdict: VerdictKind; readonly by: Actor }
  | { readonly kind: 'verdict_undone'; readonly by: Actor };

/** Why a ladder does not run. `noticed`: everybody had their notice, which is all there is. */
export type LadderStop = 'acknowledged' | 'resolved' | 'all_muted' | 'all_ended' | 'noticed';

export type IncidentEvent = IncidentFact & { readonly seq: number; readonly incidentId: string; readonly at: number };
