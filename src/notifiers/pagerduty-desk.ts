import { type Alert, isOpen } from '../alert/alert.ts';
import type { Priority } from '../alert/priority.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { Enqueue, OutboxDraft } from '../delivery/outbox.ts';
import type { Incident } from '../incident/incident.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import { type PagerdutyAct, pagerdutyDraft } from './pagerduty.ts';
import { dedupKey, factsOf, type PagerdutyFacts, type PagerdutyTexts, pagerdutyEvent } from './pagerduty-event.ts';

/** One of our incidents at one PagerDuty integration. */
export interface PagerdutyEntry {
  readonly incidentId: string;
  readonly integration: IntegrationRef;
  readonly dedupKey: string;
  /** Triggered there and not resolved since. */
  readonly open: boolean;
}

/** Which incidents stand at PagerDuty. Every method joins the caller's transaction. */
export interface PagerdutyBook {
  ofIncident(incidentId: string): PagerdutyEntry[];
  /** The incident that has this key open, at any integration. */
  holderOf(dedupKey: string): string | undefined;
  save(entry: PagerdutyEntry): void;
}

export interface PagerdutyDeskPorts {
  readonly book: PagerdutyBook;
  readonly enqueue: Enqueue;
  readonly severities: () => ReadonlyMap<string, Priority>;
  /** The receiver's own texts for this notification; undefined where the integration is not configured (any more). */
  readonly texts: (notification: Notification) => PagerdutyTexts | undefined;
  /** Whether the integration wants to hear of ends. */
  readonly sendsResolved: (integration: IntegrationRef) => boolean;
  readonly members: (incidentId: string) => readonly Alert[];
  /** What a notification alone does not tell. */
  readonly story?: (incidentId: string, now: number) => Pick<PagerdutyFacts, 'trend' | 'escalation'>;
}

/**
 * Keeps PagerDuty in step with our incidents: one of its incidents for each of ours, whatever groups, cards and receivers speak of
 * it. Routing decides when it is triggered; acknowledging and resolving follow our incident's timeline, so that one group's end
 * never closes what another still reports. Called inside the transaction of what it hears of.
 */
export class PagerdutyDesk {
  readonly #ports: PagerdutyDeskPorts;

  constructor(ports: PagerdutyDeskPorts) {
    this.#ports = ports;
  }

  /** Routing's notification for a PagerDuty integration. */
  deliver(notification: Notification, incident: Incident): void {
    // The end is told when the incident has ended, and one closed by hand is triggered again when it reopens.
    if (notification.status === 'resolved' || incident.state.kind === 'resolved') return;
    const isNew = !this.#ports.book
      .ofIncident(incident.id)
      .some((entry) => entry.open && sameIntegration(entry.integration, notification.integration));
    const entry = this.#trigger(notification, incident);
    // Somebody has it in hand already: nobody else is to be woken.
    if (isNew && incident.state.kind === 'acknowledged') this.#tell(entry, incident, 'acknowledge', notification.at);
  }

  /** Whatever enters an incident's timeline. */
  observe(event: IncidentEvent, incident: Incident): void {
    const { book, sendsResolved } = this.#ports;
    switch (event.kind) {
      case 'acknowledged':
        for (const entry of this.openOf(incident.id)) this.#tell(entry, incident, 'acknowledge', event.at);
        return;
      case 'resolved':
        for (const entry of this.openOf(incident.id)) {
          book.save({ ...entry, open: false });
          if (sendsResolved(entry.integration)) this.#tell(entry, incident, 'resolve', event.at);
        }
        return;
      case 'priority_raised':
      case 'retriggered':
        for (const entry of this.openOf(incident.id)) this.#again(entry, incident, event.at);
        return;
      case 'reopened':
        for (const entry of book.ofIncident(incident.id)) this.#again(entry, incident, event.at);
        return;
      default:
      // The rest changes nothing for whoever is on call there.
    }
  }

  /** Where PagerDuty is to know of the incident and not of its end; whether it took the trigger stands in the trigger book. */
  openOf(incidentId: string): readonly PagerdutyEntry[] {
    return this.#ports.book.ofIncident(incidentId).filter((entry) => entry.open);
  }

  /**
   * The trigger for an incident that nobody can be told about otherwise, at an integration that routing did not choose; its end will
   * be told there too. undefined where the integration is not configured (any more). The draft is for the caller to enqueue.
   */
  standIn(incident: Incident, integration: IntegrationRef, now: number): OutboxDraft | undefined {
    return this.#draft(this.#notificationOf(incident, integration, now), incident).draft;
  }

  #again(entry: PagerdutyEntry, incident: Incident, now: number): void {
    this.#trigger(this.#notificationOf(incident, entry.integration, now), incident);
  }

  #trigger(notification: Notification, incident: Incident): PagerdutyEntry {
    const { entry, draft } = this.#draft(notification, incident);
    if (draft) this.#ports.enqueue(draft);
    return entry;
  }

  #draft(
    notification: Notification,
    incident: Incident,
  ): { readonly entry: PagerdutyEntry; readonly draft: OutboxDraft | undefined } {
    const { book, severities, texts } = this.#ports;
    const { integration, at } = notification;
    const facts = {
      ...factsOf(notification, severities()),
      ...this.#ports.story?.(incident.id, at),
      priority: incident.priority,
    };
    const known = book.ofIncident(incident.id);
    const wanted =
      known[0]?.dedupKey ?? dedupKey(facts.model, facts.alertName || incident.alertName, facts.environment);
    const holder = book.holderOf(wanted);
    const key = holder === undefined || holder === incident.id ? wanted : apart(facts, incident);
    const entry: PagerdutyEntry = { incidentId: incident.id, integration, dedupKey: key, open: true };
    book.save(entry);
    const own = texts(notification);
    if (!own) return { entry, draft: undefined };
    const event = pagerdutyEvent({ ...facts, alertName: facts.alertName || incident.alertName }, own);
    const act: PagerdutyAct = { action: 'trigger', dedupKey: key, event, incidentId: incident.id };
    return { entry, draft: pagerdutyDraft(act, { integration, priority: incident.priority, causedAt: at }) };
  }

  #tell(entry: PagerdutyEntry, incident: Incident, action: 'acknowledge' | 'resolve', at: number): void {
    const { integration } = entry;
    const act: PagerdutyAct = { action, dedupKey: entry.dedupKey, incidentId: incident.id };
    this.#ports.enqueue(pagerdutyDraft(act, { integration, priority: incident.priority, causedAt: at }));
  }

  /** What routing would say of the incident as it is now. */
  #notificationOf(incident: Incident, integration: IntegrationRef, now: number): Notification {
    const members = this.#ports.members(incident.id);
    const open = members.filter(isOpen);
    return {
      id: `${incident.id}:${now}`,
      integration,
      groupKey: incident.homeGroup,
      groupLabels: incident.groupLabels,
      reason: 'new_alerts',
      status: 'firing',
      alerts: open.length > 0 ? open : members,
      truncatedAlerts: 0,
      at: now,
    };
  }
}

/** The usual key is taken by another open incident (other regions of one model, for example): the incident's id tells them apart. */
function apart(facts: { readonly model: string; readonly environment: string }, incident: Incident): string {
  return dedupKey(facts.model, incident.alertName, `${facts.environment}-${incident.id}`);
}

function sameIntegration(a: IntegrationRef, b: IntegrationRef): boolean {
  return a.receiver === b.receiver && a.kind === b.kind && a.index === b.index;
}
