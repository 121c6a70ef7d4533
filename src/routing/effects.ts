import type { Alert } from '../alert/alert.ts';
import type { Notification } from '../delivery/notification.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Labels } from '../labels/labels.ts';
import type { Silence } from './silence.ts';

/** What suppressed an alert, and why. `by` identifies it: silence id, source fingerprint, interval name. */
export interface Mute {
  readonly kind: 'silenced' | 'inhibited' | 'mute_time' | 'inactive_time';
  readonly by: string;
  /** When it will end by itself, where that is known. */
  readonly until?: number;
}

/** An alert group as it stands: one route × one set of group_by values. */
export interface GroupView {
  /** Names the group for good: its group key, told apart (`#2`) where several routes have equal matchers. */
  readonly key: string;
  readonly receiver: string;
  readonly labels: Labels;
  /** All members, ended ones too until they have been told. */
  readonly alerts: readonly Alert[];
  readonly mutes: ReadonlyMap<Fingerprint, Mute>;
}

/**
 * What routing tells the rest of the house. Called inside the dispatcher's transaction, so that the change, the incident, the
 * outbox row and the audit row commit together. Routing itself never sends.
 */
export interface RoutingEffects {
  /** The pipeline decided to speak. Also opens the incident, or feeds the one that is open. */
  notify(notification: Notification, group: GroupView): void;
  /** Something about the members changed (value, condition, membership, mutes) without a notification: cards refresh. */
  changed(group: GroupView): void;
  /** Every member has ended, whatever muted it meanwhile: the episode is over and its cards close. */
  ended(group: GroupView): void;
  /** These alerts (by fingerprint) have come to mute more or fewer others than before. */
  inhibits?(sources: ReadonlySet<Fingerprint>): void;
  /** A silence ends soon; said once for each end it is given. */
  silenceEnding?(silence: Silence): void;
}
