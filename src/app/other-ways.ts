import type { Priority } from '../alert/priority.ts';
import type { Config } from '../config/load.ts';
import type { FallbackPath } from '../delivery/fallback.ts';
import { isPlaceholder } from '../delivery/go-scalars.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { Enqueue, OutboxDraft } from '../delivery/outbox.ts';
import type { EmailConfig } from '../delivery/receiver.ts';
import type { Incident } from '../incident/incident.ts';
import type { Incidents } from '../incident/ports.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';
import { digestDrafts } from '../notifiers/email-digest.ts';
import { addresses, type EmailFacts, emailDrafts } from '../notifiers/email-draft.ts';
import type { DueDigest } from '../notifiers/mail-digest.ts';
import { msteamsDraft } from '../notifiers/msteams.ts';
import { ladderText, type Notice, noticeOf, plainNotice } from '../notifiers/notice.ts';
import { factsOfNotification } from '../notifiers/receiver-templates.ts';
import { smsDraft } from '../notifiers/sms.ts';
import { ticketDraft } from '../notifiers/ticket.ts';
import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import type { Wording } from '../slack/view/words.ts';
import { callable, emailConfig, msteamsConfig } from './receivers.ts';

export interface OtherWaysPorts {
  readonly config: () => Config;
  readonly incidents: () => Pick<Incidents, 'reader'>;
  readonly incidentStore: Pick<IncidentStore, 'members'>;
  readonly directory: Directory;
  readonly enqueue: Enqueue;
  readonly wording: () => Wording;
  /** Whether mail for this destination is gathered for a digest; then it is noted there. */
  readonly gathers: (integration: IntegrationRef, incident: Incident, now: number) => boolean;
}

/** Ways to people and systems beside Slack, PagerDuty and webhooks: mail, Teams, text messages, tickets. */
export class OtherWays {
  readonly #o: OtherWaysPorts;
  /** Incidents that opened or were raised in the notification that is being told: their members are known only after it. */
  readonly #fresh = new Set<string>();

  constructor(ports: OtherWaysPorts) {
    this.#o = ports;
  }

  /** A notification for a receiver's mail or Teams destination. */
  deliver(notification: Notification, incident: Incident): void {
    const { integration, at } = notification;
    if (integration.kind === 'email' && this.#o.gathers(integration, incident, at)) return;
    const notice = this.#noticeOf(incident.id, notification.at);
    if (notice) for (const draft of this.#drafts(notification, notice, incident.priority)) this.#o.enqueue(draft);
  }

  /** The mails of a digest; none where the destination is gone. */
  digest({ incidentIds, since }: DueDigest, integration: IntegrationRef, now: number): OutboxDraft[] {
    const { config, wording } = this.#o;
    const email = emailConfig(config(), integration);
    if (!email) return [];
    const notices = incidentIds.flatMap((id) => this.#noticeOf(id, now) ?? []);
    const expand = this.#expander(selfNotification(integration, undefined, now));
    const host = new URL(config().externalUrl).hostname;
    const { timezone } = wording();
    return digestDrafts({ config: email, integration, expand, host, notices, since, at: now, timezone });
  }

  /** Whatever enters an incident's timeline. */
  observe(event: IncidentEvent, incident: Incident): void {
    // A page by hand is for whom it names.
    if (incident.page) return;
    if (event.kind === 'opened' || event.kind === 'priority_raised') this.#fresh.add(incident.id);
    if (event.kind === 'resolved' || event.kind === 'reopened') this.#comment(incident, event.at);
    if (event.kind === 'reopened') this.#text(incident, event.at);
  }

  /** After a notification was told, still in its transaction. */
  settle(now: number): void {
    const ids = [...this.#fresh];
    this.#fresh.clear();
    for (const id of ids) {
      const incident = this.#o.incidents().reader.incident(id);
      if (!incident) continue;
      this.#text(incident, now);
      this.#openTicket(incident, now);
    }
  }

  /** Pages somebody whom Slack does not reach now, by text message. false without a number or an account. */
  pageOtherwise(person: Person, incident: Incident, text: string, now: number): boolean {
    const number = this.#phoneOf(person);
    if (!this.#canText() || number === undefined) return false;
    const message = { to: number, person: person.name, text, incidentId: incident.id };
    this.#o.enqueue(smsDraft(message, { priority: incident.priority, causedAt: now }));
    return true;
  }

  /** A text message of no incident: a rehearsal's, or a test's. */
  textMessage(person: Person, text: string, now: number): OutboxDraft | undefined {
    const number = this.#phoneOf(person);
    if (!this.#canText() || number === undefined) return undefined;
    return smsDraft({ to: number, person: person.name, text, incidentId: '' }, { priority: 'P2', causedAt: now });
  }

  /** Whether a receiver's mail is written to this person. */
  mailsTo(person: Person): boolean {
    return this.#mailboxOf(person) !== undefined;
  }

  /** A mail of no incident to one person, by the receiver that writes to them. */
  mailMessage(person: Person, title: string, text: string, now: number): OutboxDraft | undefined {
    const { config, wording } = this.#o;
    const mailbox = this.#mailboxOf(person);
    if (!mailbox) return undefined;
    const [draft] = emailDrafts({
      // Its own templates speak of alerts, and its other recipients are not concerned.
      config: { ...mailbox.config, to: mailbox.address, headers: new Map([['Subject', title]]), html: '', text: '' },
      notification: selfNotification(mailbox.integration, undefined, now),
      notice: plainNotice(title, text, now, wording().timezone),
      priority: 'P2',
      expand: (constant) => constant,
      host: new URL(config().externalUrl).hostname,
    });
    return draft;
  }

  #mailboxOf(
    person: Person,
  ): { readonly integration: IntegrationRef; readonly config: EmailConfig; readonly address: string } | undefined {
    const wanted = person.email?.toLowerCase();
    if (wanted === undefined) return undefined;
    for (const integration of callable(this.#o.config(), 'email')) {
      const config = emailConfig(this.#o.config(), integration);
      const address = config && addresses(config.to).find((one) => one.toLowerCase() === wanted);
      if (config && address !== undefined) return { integration, config, address };
    }
    return undefined;
  }

  /** The way of `pageOtherwise` to this person, where there is one. */
  otherWay(person: Person): 'sms' | undefined {
    return this.#canText() && this.#phoneOf(person) !== undefined ? 'sms' : undefined;
  }

  /** What PagerDuty's details say beside the facts of a notification. */
  story(incidentId: string, now: number): { readonly trend?: string; readonly escalation?: string } {
    const notice = this.#noticeOf(incidentId, now);
    if (!notice) return {};
    const trend = notice.trend === '' ? {} : { trend: `${notice.trend} ${notice.trendSpan}` };
    return notice.ladder.length === 0 ? trend : { ...trend, escalation: ladderText(notice) };
  }

  /** Mail and Teams as stand-ins for what could not be said otherwise. */
  fallbackPaths(incident: Incident | undefined, text: string, now: number): FallbackPath[] {
    const say = (title: string, why: string): OutboxDraft[] =>
      this.standIns({ incident, title, text: `${why}\n\n${text}` }, now);
    return say('', '').map(
      ({ kind, destination }, index): FallbackPath => ({
        kind,
        destination,
        content: (entry, why) => say(`${entry.destination} was not reached`, why)[index],
      }),
    );
  }

  /** The bot's own words by mail and Teams, to every destination that can be called; with the incident's facts where there is one. */
  standIns(
    {
      incident,
      title,
      text,
    }: { readonly incident?: Incident | undefined; readonly title: string; readonly text: string },
    now: number,
  ): OutboxDraft[] {
    const { config, wording } = this.#o;
    const known = incident && this.#noticeOf(incident.id, now);
    const notice = known
      ? { ...known, notes: [`${title}: ${text}`, ...known.notes] }
      : plainNotice(title, text, now, wording().timezone);
    return [...callable(config(), 'email'), ...callable(config(), 'msteams')].flatMap((integration) =>
      this.#drafts(selfNotification(integration, incident, now), notice, 'P1'),
    );
  }

  #drafts(notification: Notification, notice: Notice, priority: Priority): OutboxDraft[] {
    const config = this.#o.config();
    const { integration } = notification;
    const common = { notification, notice, priority, expand: this.#expander(notification) };
    const email = emailConfig(config, integration);
    if (email) {
      const host = new URL(config.externalUrl).hostname;
      const command = config.slack && { command: config.slack.commands.alert };
      return emailDrafts({ ...common, config: email, host, ...command });
    }
    const msteams = msteamsConfig(config, integration);
    return msteams ? [msteamsDraft({ ...common, config: msteams })] : [];
  }

  #expander(notification: Notification): EmailFacts['expand'] {
    const { templates, externalUrl } = this.#o.config();
    const { receiver } = notification.integration;
    const facts = factsOfNotification({ ...notification, receiver }, externalUrl);
    return (text, escape) => templates.expand(text, facts, notification.at, escape);
  }

  #noticeOf(incidentId: string, now: number): Notice | undefined {
    const state = this.#o.incidents().reader.state(incidentId, now);
    return state && noticeOf(state, { ...this.#o.wording(), now });
  }

  #text(incident: Incident, now: number): void {
    const { config, incidents, enqueue } = this.#o;
    if (!this.#canText()) return;
    const numbers = (config().notifiers.twilio?.send ?? [])
      .filter(({ matchers }) => this.#matches(matchers, incident))
      .flatMap(({ to }) => to);
    const text = numbers.length > 0 ? incidents().reader.state(incident.id, now)?.lockScreen : undefined;
    if (text === undefined) return;
    for (const to of new Set(numbers)) {
      const message = { to, person: `…${to.slice(-4)}`, text, incidentId: incident.id };
      enqueue(smsDraft(message, { priority: incident.priority, causedAt: now }));
    }
  }

  #canText(): boolean {
    const { twilio } = this.#o.config().notifiers;
    return twilio !== undefined && !isPlaceholder(twilio.authToken);
  }

  #phoneOf(person: Person): string | undefined {
    const { config, directory } = this.#o;
    return Object.entries(config().settings.directory.phones).find(
      ([reference]) => directory.person(reference)?.key === person.key,
    )?.[1];
  }

  #openTicket(incident: Incident, now: number): void {
    const notice = this.#wantsTicket(incident) ? this.#noticeOf(incident.id, now) : undefined;
    if (!notice) return;
    this.#o.enqueue(ticketDraft('open', notice, { priority: incident.priority, causedAt: now }));
  }

  #comment(incident: Incident, now: number): void {
    const notice = this.#wantsTicket(incident) ? this.#noticeOf(incident.id, now) : undefined;
    if (!notice) return;
    this.#o.enqueue(ticketDraft('comment', notice, { priority: incident.priority, causedAt: now }));
  }

  #wantsTicket(incident: Incident): boolean {
    const { ticket } = this.#o.config().notifiers;
    return ticket !== undefined && !isPlaceholder(ticket.token) && this.#matches(ticket.matchers, incident);
  }

  /** Whether one of its members fits, with the incident's `priority` among the labels. */
  #matches(matchers: readonly Matcher[], incident: Incident): boolean {
    return this.#o.incidentStore
      .members(incident.id)
      .some(({ alert }) => matchesAll(matchers, alert.labels.with({ priority: incident.priority })));
  }
}

function selfNotification(integration: IntegrationRef, incident: Incident | undefined, now: number): Notification {
  return {
    id: `undelivered-${incident?.id ?? 'watchroom'}-${now}`,
    integration,
    groupKey: incident?.homeGroup ?? '{}:{}',
    groupLabels: incident?.groupLabels ?? Labels.of({ alertname: 'WatchroomUndelivered' }),
    reason: 'first_notification',
    status: 'firing',
    alerts: [],
    truncatedAlerts: 0,
    at: now,
  };
}
