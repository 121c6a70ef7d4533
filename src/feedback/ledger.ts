import type { Incident } from '../incident/incident.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import type { FeedbackStore } from './store.ts';

/** Keeps what quality needs of incidents and verdicts. Called in the transaction of what it hears of. */
export interface FeedbackLedger {
  /** Everything that enters an incident's timeline. */
  observe(event: IncidentEvent, incident: Incident): void;
  /** Routing sent one notification that belongs to the incident. */
  notified(incidentId: string): void;
}

export function createFeedbackLedger(options: {
  readonly store: FeedbackStore;
  /** The incident's model where its group labels do not name it; '' for unknown. */
  readonly modelOf?: (incident: Incident) => string;
}): FeedbackLedger {
  const { store } = options;
  return {
    notified: (incidentId) => store.countNotification(incidentId),
    observe(event, incident) {
      // No rule is behind what a person asked for.
      if (incident.page) return;
      switch (event.kind) {
        case 'opened':
          store.open({
            incidentId: incident.id,
            rule: incident.alertName,
            model: incident.groupLabels.get('model_name') || (options.modelOf?.(incident) ?? ''),
            environment: incident.groupLabels.get('environment'),
            priority: event.priority,
            openedAt: event.at,
          });
          return;
        case 'priority_raised':
          store.raisePriority(incident.id, event.to);
          return;
        case 'paged':
          store.addPage(incident.id, event.at);
          return;
        case 'acknowledged':
          store.acknowledge(incident.id, event.at);
          return;
        case 'resolved':
          store.resolve(incident.id, event.at);
          return;
        case 'reopened':
          store.resolve(incident.id, undefined);
          return;
        case 'verdict':
          store.putVerdict({ incidentId: incident.id, verdict: event.verdict, by: event.by.id, at: event.at });
          return;
        case 'verdict_undone':
          store.undoVerdict(incident.id, event.at);
          return;
        default:
        // The rest of a timeline says nothing about a rule's worth.
      }
    },
  };
}
