import type { Priority } from '../alert/priority.ts';
import type { IncidentOutcome, Verdict } from './verdict.ts';

/** The ledger as kept. All methods join the caller's transaction. Unknown incidents are ignored: they are older than the ledger. */
export interface FeedbackStore {
  open(incident: {
    readonly incidentId: string;
    readonly rule: string;
    readonly model: string;
    readonly environment: string;
    readonly priority: Priority;
    readonly openedAt: number;
  }): void;
  raisePriority(incidentId: string, priority: Priority): void;
  countNotification(incidentId: string): void;
  addPage(incidentId: string, at: number): void;
  /** Keeps the first one. */
  acknowledge(incidentId: string, at: number): void;
  /** undefined: open again. */
  resolve(incidentId: string, at: number | undefined): void;
  /** The verdict that stood before is ended at the same instant. */
  putVerdict(verdict: Verdict): void;
  /** Ends the verdict that stands, if any. */
  undoVerdict(incidentId: string, at: number): void;
  /** All verdicts of an incident, oldest first. */
  verdicts(incidentId: string): Verdict[];
  /** Incidents opened in from <= t < to, by opening. */
  outcomes(from: number, to: number): IncidentOutcome[];
  /** When each rule first opened an incident. */
  firstFired(): ReadonlyMap<string, number>;
  /** Keeps when each rule was first there. */
  noteRules(names: readonly string[], at: number): void;
  rulesSeen(): ReadonlyMap<string, number>;
  /** Forgets incidents opened before, with their verdicts. */
  prune(before: number): void;
  digestDeadline(): { readonly at: number; readonly schedule: string } | undefined;
  setDigestDeadline(deadline: { readonly at: number; readonly schedule: string }): void;
}
