import type { AuditEntry } from '../audit/entry.ts';
import type { Config } from '../config/load.ts';
import { type Courier, createCourier } from '../delivery/courier.ts';
import { CauseGate } from '../delivery/fallback.ts';
import type { SecretSource } from '../delivery/go-scalars.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { Enqueue } from '../delivery/outbox.ts';
import type { OutboxStore } from '../delivery/store.ts';
import type { Incident } from '../incident/incident.ts';
import type { Incidents, IncidentsPorts } from '../incident/ports.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import { createHeartbeat, HEARTBEAT } from '../notifiers/heartbeat.ts';
import { createNotifiers } from '../notifiers/index.ts';
import { MailDigest } from '../notifiers/mail-digest.ts';
import { PagerdutyDesk } from '../notifiers/pagerduty-desk.ts';
import { expandTexts } from '../notifiers/pagerduty-event.ts';
import { createSlackWebhook, SLACK_WEBHOOK } from '../notifiers/slack-webhook.ts';
import { webhookDraft } from '../notifiers/webhook.ts';
import type { Directory } from '../people/directory.ts';
import type { Wording } from '../slack/view/words.ts';
import type { Db } from '../sqlite/db.ts';
import { SqliteMailDigestStore } from '../sqlite/mail-digest-store.ts';
import { SqlitePagerdutyBook, SqliteTriggerBook } from '../sqlite/pagerduty-store.ts';
import { SqliteTicketBook } from '../sqlite/ticket-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import { DeliveryTrail } from './delivery-trail.ts';
import { OtherWays } from './other-ways.ts';
import { isQuiet } from './quiet-row.ts';
import { expander, isDefaultText, type OnBrokenTemplate, ownWords, slackChannel } from './receiver-words.ts';
import {
  emailConfig,
  fallbackChannelOf,
  incomingWebhook,
  msteamsConfig,
  pagerdutyConfig,
  readSecret,
  sendsResolved,
  webhookConfig,
} from './receivers.ts';
import { Undelivered } from './undelivered.ts';

export interface TellingOptions {
  readonly config: () => Config;
  readonly db: Db;
  readonly outbox: OutboxStore;
  readonly enqueue: Enqueue;
  /** One row of the audit trail; in the caller's transaction. */
  readonly record: (entry: AuditEntry) => void;
  readonly incidentStore: IncidentStore;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly wire: Clock;
  readonly random: () => number;
  readonly wording: () => Wording;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** How people are told, on whatever way: receivers' texts, PagerDuty, webhooks, the courier and what it falls back to. */
export interface Telling {
  /** What incidents ask of it. */
  readonly ports: Pick<IncidentsPorts, 'slackChannel' | 'ownWords' | 'fallbackChannel' | 'deliver' | 'pageOtherwise'>;
  /** What leads to one person beside Slack. */
  readonly toPerson: Pick<OtherWays, 'otherWay' | 'textMessage' | 'mailsTo' | 'mailMessage'>;
  /** Whatever enters an incident's timeline, in its transaction. */
  readonly observe: (event: IncidentEvent, incident: Incident) => void;
  /** After incidents took a notification, still in its transaction. */
  readonly settle: (now: number) => void;
  /** On the domain clock. */
  readonly jobs: readonly Job[];
  /** How many times nobody could be told of what was not delivered, since anything last was. */
  readonly unheard: () => number;
  /** Call once the incidents and Slack's notifiers exist. */
  startCourier(parts: {
    readonly incidents: Incidents;
    readonly notifiers: readonly Notifier[];
    /** An address that opens the incident's card in Slack. */
    readonly cardLink: (incidentId: string) => string | undefined;
  }): Courier;
}

export function createTelling(options: TellingOptions): Telling {
  const { config, db, enqueue, incidentStore, clock, wire } = options;
  const log = options.log.child({ part: 'delivery' });
  const gate = new CauseGate();
  const secret = (source: SecretSource): string => readSecret(source, config().receiverFolder);
  const trail = new DeliveryTrail({ record: options.record, now: () => clock.now() });
  const onBroken: OnBrokenTemplate = (receiver, text, error) => {
    if (!gate.allows(`${receiver} ${text}`, wire.now())) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn('a template is broken; the essentials go out without it', { receiver, template: text, reason });
  };
  let known: Incidents | undefined;
  let unheard = (): number => 0;
  const incidentsNow = (): Incidents => {
    if (!known) throw new Error('nothing can be told before the courier was started');
    return known;
  };
  const otherWays = new OtherWays({
    config,
    incidents: incidentsNow,
    incidentStore,
    directory: options.directory,
    enqueue,
    wording: options.wording,
    gathers: (integration, incident, now) => mailDigest.holds(integration, incident.id, incident.priority, now),
  });
  const mailDigest = new MailDigest({
    store: new SqliteMailDigestStore(db),
    transact: (fn) => db.tx(fn),
    settings: () => config().notifiers.emailDigest,
    drafts: (digest, integration, now) => otherWays.digest(digest, integration, now),
    enqueue,
  });
  const triggers = new SqliteTriggerBook(db);
  const pagerduty = new PagerdutyDesk({
    book: new SqlitePagerdutyBook(db),
    enqueue,
    severities: () => config().severities,
    texts: (notification) => {
      const { integration, at } = notification;
      const own = pagerdutyConfig(config(), integration);
      const group = { ...notification, receiver: integration.receiver, now: at };
      const expand = expander(config(), group, onBroken);
      return own && expandTexts(own, (text) => (isDefaultText(text) ? '' : expand(text)));
    },
    sendsResolved: (integration) => sendsResolved(config(), integration),
    members: (id) => incidentStore.members(id).map(({ alert }) => alert),
    story: (id, now) => otherWays.story(id, now),
  });

  return {
    ports: {
      slackChannel: (integration, notification) => {
        const receiver = config().routing.config.receivers.get(integration.receiver);
        const slack = receiver?.integrations.find((one) => one.kind === 'slack' && one.index === integration.index);
        const group = { ...notification, receiver: integration.receiver, now: notification.at };
        return slack?.kind === 'slack'
          ? slackChannel(config(), slack.config, group, onBroken)
          : config().slack?.fallbackChannel;
      },
      ownWords: (card) => ownWords(config(), card, onBroken),
      fallbackChannel: (incident, alerts) => fallbackChannelOf(config(), incident, alerts),
      deliver: (notification, incident) => {
        const { integration } = notification;
        if (integration.kind === 'pagerduty') pagerduty.deliver(notification, incident);
        if (integration.kind === 'email' || integration.kind === 'msteams') otherWays.deliver(notification, incident);
        const webhook = webhookConfig(config(), integration);
        if (!webhook) return;
        const { externalUrl } = config();
        enqueue(webhookDraft(notification, { externalUrl, maxAlerts: webhook.maxAlerts, priority: incident.priority }));
      },
      pageOtherwise: (person, incident, text, now) => otherWays.pageOtherwise(person, incident, text, now),
    },
    observe: (event, incident) => {
      pagerduty.observe(event, incident);
      otherWays.observe(event, incident);
    },
    toPerson: otherWays,
    settle: (now) => otherWays.settle(now),
    jobs: [mailDigest],
    unheard: () => unheard(),
    startCourier({ incidents, notifiers, cardLink }) {
      known = incidents;
      unheard = () => undelivered.unheard();
      const undelivered = new Undelivered({
        config,
        incidents: () => incidents,
        pagerduty,
        otherWays,
        triggers,
        enqueue,
        transact: (fn) => db.tx(fn),
        fails: (kind) => courier.isCircuitOpen(kind),
        now: () => clock.now(),
        wording: options.wording,
        log,
      });
      const courier: Courier = createCourier({
        store: options.outbox,
        wire,
        random: options.random,
        metrics: {
          ...options.metrics.delivery,
          attempted: (kind, result, durationMs) => {
            options.metrics.delivery.attempted(kind, result, durationMs);
            if (result === 'sent' && kind !== HEARTBEAT) undelivered.heard();
            if (result === 'sent' && kind.startsWith('slack.') && kind !== SLACK_WEBHOOK) undelivered.slackWorks();
          },
        },
        log,
        notifiers: [
          ...createNotifiers({
            pagerduty: {
              configOf: (ref) => pagerdutyConfig(config(), ref),
              secret,
              book: triggers,
              cardLink,
              wire,
            },
            webhook: { configOf: (ref) => webhookConfig(config(), ref), secret, wire },
            email: { configOf: (ref) => emailConfig(config(), ref), secret },
            msteams: { configOf: (ref) => msteamsConfig(config(), ref), secret, wire },
            sms: { config: () => config().notifiers.twilio, secret, wire },
            ticket: {
              config: () => config().notifiers.ticket,
              secret,
              book: new SqliteTicketBook(db),
              wire,
            },
          }),
          createSlackWebhook({ urlOf: (ref) => incomingWebhook(config(), ref), secret, wire }),
          createHeartbeat({ url: () => config().settings.heartbeat?.url, wire }),
          ...notifiers,
        ],
        onDead: (entry, reason) => {
          trail.undeliverable(entry, reason);
          if (!isQuiet(entry)) undelivered.dead(entry, reason);
        },
        onLate: (entry) => {
          trail.late(entry);
          undelivered.late(entry);
        },
        onAmbiguous: (entry, reason) => trail.ambiguous(entry, reason),
        onCircuit: (credentials, state, reason) => {
          db.tx(() => trail.circuit(credentials, state, reason));
          undelivered.circuit(credentials, state, reason);
        },
      });
      return courier;
    },
  };
}
