import type { Evidence } from '../alert/alert.ts';
import type { Priority } from '../alert/priority.ts';
import type { Mute } from '../routing/effects.ts';
import type { Actor, VerdictKind } from './actions.ts';
import type { ReopenReason, ResolvedHow, RetriggerReason } from './incident.ts';
import type { StormState } from './storm-state.ts';

/** Where a message stands in Slack. */
export interface MessageRef {
  readonly channel: string;
  readonly ts: string;
}

/** Where a card is (to be) posted: a channel (`#name` or id), or a person's direct messages. */
export type CardDestination =
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'user'; readonly user: string };

/** `card`: the living card in a channel; `page`: the essence with buttons, sent to a person; `storm`: one message for a whole storm. */
export type CardView = 'card' | 'page' | 'storm';

/** One Slack message that lives as long as its episode. */
export interface Card {
  readonly id: string;
  /** Of a storm's message: its probable root, '' where there is none. */
  readonly incidentId: string;
  readonly episodeId: string;
  readonly destination: CardDestination;
  readonly view: CardView;
  /** Absent until the post was accepted, and again after the message was found deleted. */
  readonly ref?: MessageRef;
  /** The ref of a message that was deleted or could not be edited any more. */
  readonly replaces?: MessageRef;
}

/** What the Slack notifier needs of cards. `state` is computed from the incident's rows at `now`: an edit always says the newest. */
export interface CardBook {
  card(cardId: string): Card | undefined;
  state(cardId: string, now: number): CardState | undefined;
  /** For a card of view `storm`. */
  storm(cardId: string, now: number): StormState | undefined;
  /** Remembers where the card was posted (also when it is adopted after an ambiguous send). */
  posted(cardId: string, ref: MessageRef): void;
  /** The message is gone or uneditable: the next send posts anew and links. */
  lost(cardId: string, reason: string): void;
  /** The card that stands at this message, for reactions and message shortcuts. */
  at(ref: MessageRef): Card | undefined;
}

/**
 * A line in a card's thread. `broadcast` lines are also shown in the channel. Data only: `slack/view` words and escapes it.
 * People are Slack user ids where known, else plain names.
 */
export type CardLine =
  /** It still fires and nobody has acknowledged. */
  | { readonly kind: 'repeat'; readonly openMembers: number; readonly firingForMs: number; readonly measure: string }
  /** `labels` tells at most three of the `count` newcomers. */
  | {
      readonly kind: 'member_joined';
      readonly alertName: string;
      readonly labels: readonly string[];
      readonly count: number;
      readonly measure: string;
    }
  | { readonly kind: 'acknowledged'; readonly by: string; readonly via: Actor['via'] }
  | { readonly kind: 'retriggered'; readonly reason: RetriggerReason }
  | { readonly kind: 'resolved'; readonly how: ResolvedHow; readonly by?: string; readonly conditionHolds: boolean }
  | { readonly kind: 'reopened'; readonly reason: ReopenReason }
  /** A level of the ladder was told. Levels and passes count from 1, as people do. */
  | { readonly kind: 'escalated'; readonly level: number; readonly pass: number; readonly who: readonly string[] }
  /** A level had nobody to tell; the next one was told at once. */
  | { readonly kind: 'level_skipped'; readonly level: number; readonly targets: readonly string[] }
  /** Every level was told, `passes` times, or (0) none has anybody: the channel is asked. The view mentions the channel. */
  /** A level of the ladder is this whole channel. The view mentions the channel. */
  | { readonly kind: 'channel_called'; readonly level: number }
  /** Somebody called one person in particular. */
  | { readonly kind: 'reassigned'; readonly by: string; readonly to: string }
  | { readonly kind: 'ladder_exhausted'; readonly passes: number }
  /** Every firing member is muted, so nobody is paged any more. Told once to those who were. */
  | { readonly kind: 'muted'; readonly mute: Mute }
  | { readonly kind: 'unmuted'; readonly mute: Mute }
  | { readonly kind: 'still_on_it'; readonly answerBy: number }
  | { readonly kind: 'verdict'; readonly verdict: VerdictKind; readonly by: string }
  | { readonly kind: 'verdict_undone'; readonly by: string }
  /** Closes a minute in which one person was paged for several incidents: everything that DM speaks of. */
  | { readonly kind: 'paged_together'; readonly incidents: readonly PagedIncident[] };

/** One of several incidents that one direct message speaks of. */
export interface PagedIncident {
  readonly incidentId: string;
  readonly priority: Priority;
  readonly alertName: string;
  readonly model: string;
  readonly environment: string;
  readonly measure: string;
  readonly state: 'triggered' | 'acknowledged' | 'resolved';
}

/** Outbox kind `slack.card`: post or edit this card so that it says what `CardBook.state` says now. */
export interface SlackCardPayload {
  readonly cardId: string;
}

/** Outbox kind `slack.line`: a line in the thread of a card, or, with `to`, the same line as a message of its own there. */
export interface SlackLinePayload {
  readonly cardId: string;
  readonly line: CardLine;
  readonly broadcast: boolean;
  readonly to?: CardDestination;
}

/** Outbox kind `slack.message`: a notice that belongs to no card. `text` is mrkdwn in which data is escaped already. */
export interface SlackMessagePayload {
  readonly destination: CardDestination;
  readonly text: string;
  readonly blocks?: readonly unknown[];
}

/** How far a card's life has come; colour and first words follow from it. */
export type CardPhase =
  | { readonly kind: 'firing' }
  | { readonly kind: 'acknowledged'; readonly by: string; readonly at: number }
  | { readonly kind: 'no_data'; readonly since: number; readonly acknowledgedBy?: string }
  | { readonly kind: 'resolved'; readonly at: number }
  | { readonly kind: 'sender_silent'; readonly at: number }
  /** A person closed it while the condition may still hold. Never green. */
  | { readonly kind: 'closed_by_hand'; readonly by: string; readonly at: number; readonly conditionHolds: boolean };

/** What a receiver's own configuration says on its cards. */
export interface OwnWords {
  /** Mrkdwn: the configuration's own text as it stands there, every interpolated value escaped. '' for nothing. */
  readonly title: string;
  readonly text: string;
  /** Where its own Runbook and Dashboard buttons lead; '' where it has none. */
  readonly runbookUrl: string;
  readonly dashboardUrl: string;
  /** Its other buttons that are links. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
}

/** One level of the ladder as the card shows it. */
export interface LadderStep {
  /** Slack user ids, or a plain name where the person has no Slack account. */
  readonly who: readonly string[];
  readonly at: number;
  readonly state: 'told' | 'acknowledged' | 'next' | 'later' | 'skipped';
}

export interface CardMember {
  readonly fingerprint: string;
  /** The labels that tell this member from its siblings, e.g. `feature_name=amount`. */
  readonly label: string;
  readonly state: 'firing' | 'no_data' | 'resolved' | 'sender_silent' | 'muted';
  readonly evidence?: Evidence;
}

/**
 * Everything a card says, as data: pure state that `slack/view` renders, that the CLI prints, and that golden files hold.
 * People are Slack user ids (`U…`) where known; the renderer turns those into mentions of the quiet kind.
 */
export interface CardState {
  readonly cardId: string;
  readonly incidentId: string;
  readonly phase: CardPhase;
  readonly priority: Priority;
  readonly alertName: string;
  /** The rule's `summary`, already expanded; '' where it has none. */
  readonly summary: string;
  /** The rule's `description`, already expanded; '' where it has none. */
  readonly description: string;
  /** Values shared by all members; '' where they differ or are absent. */
  readonly model: string;
  readonly version: string;
  readonly environment: string;
  readonly region: string;
  readonly team: string;
  /** Of the member furthest beyond its limit. */
  readonly evidence?: Evidence;
  readonly openedAt: number;
  /** How many members are open now, and how many there have been in this episode. */
  readonly openMembers: number;
  readonly totalMembers: number;
  readonly members: readonly CardMember[];
  readonly acknowledgement?: { readonly by: string; readonly at: number };
  readonly ladder: readonly LadderStep[];
  /** The ladder's people only get a notice; nobody is paged. */
  readonly ladderManner?: 'notice';
  /** Why the ladder is not running, where a policy exists: `acknowledged`, `all_muted`, … */
  readonly ladderStopped?: string;
  readonly silence?: { readonly id: string; readonly by: string; readonly endsAt: number };
  /** A person paged by hand: by whom and whom, as in `LadderStep.who`; the message is the summary, or the description where long. */
  readonly page?: { readonly by: string; readonly to: string; readonly message: string; readonly isOwn: boolean };
  readonly runbookUrl: string;
  /** Name of a runbook file that the modal can show; '' where there is none. */
  readonly runbook: string;
  readonly dashboardUrl: string;
  /** Where its receiver has words of its own. */
  readonly own?: Pick<OwnWords, 'title' | 'text' | 'links'>;
  readonly verdict?: { readonly verdict: 'true_positive' | 'false_positive' | 'not_actionable'; readonly by: string };
  /** Extra quiet lines: "firing again: silence by @asha ended 03:02", "reopened", "root cause of 12 muted alerts". */
  readonly notes: readonly string[];
  /**
   * What a lock screen shows: `P1 fraud-detector production: p99 412 ms > 200 ms for 6 min. You're first; Bilal at 03:12 IST`.
   * Plain text, to be escaped like any other.
   */
  readonly lockScreen: string;
  /** A page that speaks of several incidents, because they came within a minute: the others. */
  readonly pagedTogether: readonly PagedIncident[];
  /** The acknowledger is asked whether they still are on it; acknowledging again is the answer. */
  readonly question?: { readonly kind: 'still_on_it'; readonly answerBy: number };
}
