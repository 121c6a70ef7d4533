import type { AuditEntry } from '../../audit/entry.ts';
import type { RuleView } from '../../observer/port.ts';
import type { Dispatcher } from '../../routing/dispatcher.ts';
import type { AlertLimits } from '../../routing/limits.ts';
import type { LoadedRouting } from '../../routing/schema.ts';
import type { Told } from '../../trace/told.ts';

/** What Alertmanager's API needs of the house. Functions are asked each time, so that a reload takes effect. */
export interface AlertmanagerPorts {
  readonly dispatcher: Dispatcher;
  readonly routing: () => Pick<LoadedRouting, 'written'>;
  readonly limits: () => AlertLimits;
  /** Domain time. */
  readonly now: () => number;
  readonly startedAt: number;
  readonly version: string;
  /** Runs a change and its audit row in one transaction. */
  readonly transact: <T>(fn: () => T) => T;
  readonly audit: (entry: AuditEntry) => void;
  /** Our own rules, for telling why one of their alerts is not there. */
  readonly rules: () => Promise<readonly RuleView[]>;
  /** The incident that holds an alert, with its messages; absent where there are no incidents. */
  readonly told?: (fingerprint: string) => Told | undefined;
  /** How a person's id is written; default: as it is. */
  readonly nameOf?: (id: string) => string;
  /** IANA zone of the times in explanations. */
  readonly zone: () => string;
  readonly counters: {
    /** Alerts taken in. */
    received(status: 'firing' | 'resolved', count: number): void;
    /** Alerts that were not what an alert should be. */
    invalid(count: number): void;
    /** Something was refused because a limit forbids it. */
    limited(limit: string): void;
  };
}
