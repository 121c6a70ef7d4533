import type { OverrideEffect } from './override.ts';

/** A person as faces write them: a Slack user id, which becomes a mention, or a plain name. */
type Written = string;

/** Why a change is allowed and yet worth a second thought. */
export type OncallWarning =
  /** The person holds another schedule in that time, too. */
  | { readonly kind: 'double_booked'; readonly schedule: string }
  /** The person comes from, or goes on to, another shift with less than half a day between. */
  | { readonly kind: 'no_rest'; readonly side: 'before' | 'after'; readonly schedule: string }
  /** Taking the person out leaves nobody on call in a part of that time, [start, end): whoever they stood in for does not come back. */
  | { readonly kind: 'nobody_on_call'; readonly start: number; readonly end: number }
  /** No Slack account is known: pages do not reach the person there. */
  | { readonly kind: 'no_account' };

/** One person's shift that another is to do, or does. */
export interface SwapView {
  readonly id: string;
  readonly schedule: string;
  readonly start: number;
  readonly end: number;
  readonly from: Written;
  readonly to: Written;
  readonly warnings: readonly OncallWarning[];
}

/** One person instead of others, beside them, or not, for a while. */
export interface OverrideView {
  readonly id: string;
  readonly effect: OverrideEffect;
  readonly schedule: string;
  readonly start: number;
  readonly end: number;
  readonly user: Written;
  readonly by: Written;
  /** Who would be on call without it: of somebody who is added, who is on call beside them. */
  readonly instead: readonly Written[];
  readonly warnings: readonly OncallWarning[];
}

/** What became of who is on call: told to those it concerns, and in public where hands really change. */
export type OncallChange =
  /** `by`: who asks in the name of `swap.from`. */
  | { readonly kind: 'swap_offered'; readonly swap: SwapView; readonly by?: Written }
  /** Whoever takes it first: `swap.to` is ''. */
  | { readonly kind: 'cover_asked'; readonly swap: SwapView; readonly by?: Written }
  | { readonly kind: 'swap_agreed'; readonly swap: SwapView }
  | { readonly kind: 'swap_declined'; readonly swap: SwapView }
  | { readonly kind: 'swap_withdrawn'; readonly swap: SwapView }
  | { readonly kind: 'swap_undone'; readonly swap: SwapView; readonly by: Written }
  /** The day before the shift. */
  | { readonly kind: 'swap_reminder'; readonly swap: SwapView }
  | { readonly kind: 'swap_void'; readonly swap: SwapView; readonly why: 'shift_gone' | 'taker_gone' }
  | { readonly kind: 'override_made'; readonly override: OverrideView }
  | { readonly kind: 'shift_taken'; readonly override: OverrideView }
  | { readonly kind: 'override_ended'; readonly override: OverrideView };

/** What became of a person's act on a schedule. Where it is refused nothing has changed. */
export type OncallResult =
  | { readonly kind: 'done'; readonly change: OncallChange }
  | {
      readonly kind: 'refused';
      readonly code: 'not_found' | 'forbidden' | 'invalid' | 'overlap';
      readonly message: string;
    };
