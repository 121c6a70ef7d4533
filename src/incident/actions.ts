import type { Priority } from '../alert/priority.ts';

/** Who does something, and from where: kept in the audit trail. */
export interface Actor {
  /** Slack user id, token name, or `system`. */
  readonly id: string;
  /** For people to read: the Slack display name where known. */
  readonly name: string;
  readonly via: 'slack' | 'api' | 'cli' | 'pagerduty' | 'system';
}

/**
 * What became of a person's act.
 * - `done`: it holds now; `changed` is false where it already did (a second click is not an error).
 * - `confirm`: it needs a second word, with what to say (resolving by hand while the condition holds).
 * - `refused`: with the reason for the person. Nothing changed.
 */
export type ActResult =
  | { readonly kind: 'done'; readonly incidentId: string; readonly changed: boolean; readonly message: string }
  | { readonly kind: 'confirm'; readonly incidentId: string; readonly message: string }
  | {
      readonly kind: 'refused';
      readonly code: 'not_found' | 'forbidden' | 'ended' | 'invalid';
      readonly message: string;
    };

export type VerdictKind = 'true_positive' | 'false_positive' | 'not_actionable';

/** One line of `/alert list`. */
export interface IncidentSummary {
  readonly id: string;
  readonly state: 'triggered' | 'acknowledged' | 'resolved';
  readonly priority: Priority;
  readonly alertName: string;
  readonly model: string;
  readonly environment: string;
  /** "412 ms > 200 ms", or ''. */
  readonly measure: string;
  readonly openedAt: number;
  readonly acknowledgedBy?: string;
  readonly openMembers: number;
  /** Permalink-able place of its first card, where it was posted. */
  readonly ref?: { readonly channel: string; readonly ts: string };
}

/**
 * The acts of people on incidents, the same from Slack, HTTP and the command line. Each is one transaction that holds the
 * change, its audit row and the outbox rows that tell about it. An id may be an incident's or a unique prefix of at least 4
 * characters, or an alert name with exactly one open incident.
 */
export interface IncidentActions {
  acknowledge(id: string, actor: Actor, now: number): ActResult;
  /** `anyway` resolves even while the condition holds; without it the answer is then `confirm`. */
  resolve(id: string, actor: Actor, now: number, anyway: boolean): ActResult;
  /** Silences the incident's group labels until `endsAt`. */
  silence(
    id: string,
    actor: Actor,
    now: number,
    endsAt: number,
    comment: string,
  ): ActResult & { readonly silenceId?: string };
  verdict(id: string, verdict: VerdictKind, actor: Actor, now: number): ActResult;
  undoVerdict(id: string, actor: Actor, now: number): ActResult;
  list(filter: { readonly open: boolean; readonly text?: string }, now: number): IncidentSummary[];
}
