import type { Alert } from '../alert/alert.ts';
import { rootCauseText } from './dependency.ts';
import type { Inhibitors } from './inhibitors.ts';

/** The annotation that names the open alert an alert follows from. */
export const ROOT_CAUSE = 'root_cause';

/**
 * The alert as payloads carry it: with the annotation `root_cause` while an alert about something it depends on is open. Without
 * `dependencies:` nothing is ever added. An annotation, because labels identify alerts.
 */
export function withRootCause(alert: Alert, sources: Pick<Inhibitors, 'rootCause'>): Alert {
  const cause = sources.rootCause(alert.labels);
  return cause ? { ...alert, annotations: alert.annotations.with({ [ROOT_CAUSE]: rootCauseText(cause) }) } : alert;
}
