import type { Priority } from '../alert/priority.ts';
import type { Labels } from '../labels/labels.ts';
import type { Actor, VerdictKind } from './actions.ts';
import type { ManualPage } from './manual-page.ts';

/** How an incident came to its end. Only the first one is a seen recovery. */
export type ResolvedHow = 'members_ended' | 'sender_silent' | 'closed_by_hand';

/** Why an acknowledged incident wants a person again. */
export type RetriggerReason =
  | 'higher_priority'
  | 'other_environment'
  | 'acknowledgement_expired'
  | 'verdict_undone'
  | 'reassigned';

/** Why a closed incident is open again. */
export type ReopenReason = 'condition_still_true' | 'new_member';

export type IncidentState =
  | { readonly kind: 'triggered' }
  | { readonly kind: 'acknowledged'; readonly by: Actor; readonly at: number }
  | { readonly kind: 'resolved'; readonly by: Actor; readonly at: number; readonly how: ResolvedHow };

/** What happens to an incident. */
export type IncidentInput =
  | { readonly kind: 'acknowledge'; readonly by: Actor }
  | { readonly kind: 'retrigger'; readonly reason: RetriggerReason }
  | { readonly kind: 'resolve'; readonly by: Actor; readonly how: ResolvedHow }
  | { readonly kind: 'reopen'; readonly reason: ReopenReason };

/** `unchanged`: it is so already. `refused`: it cannot be, because the incident is over (or is not over). */
export type Transition =
  | { readonly kind: 'changed'; readonly state: IncidentState }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly reason: 'ended' | 'open' };

/** The whole state machine. An acknowledgement never un-resolves, whatever the order in which clicks arrive. */
export function transition(state: IncidentState, input: IncidentInput, now: number): Transition {
  switch (input.kind) {
    case 'acknowledge':
      if (state.kind === 'resolved') return { kind: 'refused', reason: 'ended' };
      if (state.kind === 'acknowledged') return { kind: 'unchanged' };
      return { kind: 'changed', state: { kind: 'acknowledged', by: input.by, at: now } };
    case 'retrigger':
      if (state.kind === 'resolved') return { kind: 'refused', reason: 'ended' };
      if (state.kind === 'triggered') return { kind: 'unchanged' };
      return { kind: 'changed', state: { kind: 'triggered' } };
    case 'resolve':
      if (state.kind === 'resolved') return { kind: 'unchanged' };
      return { kind: 'changed', state: { kind: 'resolved', by: input.by, at: now, how: input.how } };
    case 'reopen':
      // Only what a person closed can still be true; a recovery that was seen is followed by a new incident.
      if (state.kind !== 'resolved') return { kind: 'refused', reason: 'open' };
      if (state.how !== 'closed_by_hand') return { kind: 'refused', reason: 'ended' };
      return { kind: 'changed', state: { kind: 'triggered' } };
  }
}

/** What people handle: one problem, however many alerts, groups and cards speak of it. All `…At` are domain instants. */
export interface Incident {
  readonly id: string;
  readonly state: IncidentState;
  /** The most urgent of its members so far; it never falls while the incident is open. */
  readonly priority: Priority;
  readonly alertName: string;
  /** The first matching route's group of the alert that opened it, and that group's labels. */
  readonly homeGroup: string;
  readonly groupLabels: Labels;
  readonly openedAt: number;
  /** Closed by hand while the condition held: when to look whether it still does. */
  readonly reopenAt?: number;
  /** P1 and acknowledged: when to ask "still on it?", or, once asked, when the answer is overdue. */
  readonly acknowledgementCheck?: { readonly at: number; readonly asked: boolean };
  readonly verdict?: IncidentVerdict;
  /** A person paged somebody: no alert and no route is behind it, and no rule is judged by it. */
  readonly page?: ManualPage;
}

export interface IncidentVerdict {
  readonly verdict: VerdictKind;
  readonly by: Actor;
  readonly at: number;
  /** The verdict also acknowledged the incident, so taking it back must call people again. */
  readonly acknowledged: boolean;
}
