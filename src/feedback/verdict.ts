import type { Priority } from '../alert/priority.ts';
import type { VerdictKind } from '../incident/actions.ts';

/** What a person said an incident was. One that was taken back or replaced stays, with the instant that ended it. */
export interface Verdict {
  readonly incidentId: string;
  readonly verdict: VerdictKind;
  /** Actor id. Never shown in reports. */
  readonly by: string;
  readonly at: number;
  readonly undoneAt?: number;
}

/** One incident as quality sees it. Nobody's name is in it. */
export interface IncidentOutcome {
  readonly incidentId: string;
  /** The alert name: what a rule is called. */
  readonly rule: string;
  readonly model: string;
  readonly environment: string;
  /** The most urgent it had. */
  readonly priority: Priority;
  readonly openedAt: number;
  /** The first acknowledgement. */
  readonly acknowledgedAt?: number;
  readonly resolvedAt?: number;
  /** Notifications that routing sent about it, whatever their kind. */
  readonly notifications: number;
  /** When somebody was paged. */
  readonly pages: readonly number[];
  /** The verdict that stands. */
  readonly verdict?: VerdictKind;
}
