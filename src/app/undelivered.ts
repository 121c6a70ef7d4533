import type { Alert } from '../alert/alert.ts';
import type { Config } from '../config/load.ts';
import { CauseGate, causeOf, type FallbackPath, fallbackDraft } from '../delivery/fallback.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { Enqueue, OutboxDraft, OutboxEntry } from '../delivery/outbox.ts';
import { type DeadReason, deadText } from '../delivery/settle.ts';
import type { Incident } from '../incident/incident.ts';
import type { Incidents } from '../incident/ports.ts';
import { fingerprint } from '../labels/fingerprint.ts';
import { Labels } from '../labels/labels.ts';
import { destinationOf, type PagerdutyAct, pagerdutyDraft, type TriggerBook } from '../notifiers/pagerduty.ts';
import type { PagerdutyDesk } from '../notifiers/pagerduty-desk.ts';
import { NO_TEXTS, type PagerdutyFacts, pagerdutyEvent } from '../notifiers/pagerduty-event.ts';
import { SLACK_CHART } from '../notifiers/slack-chart.ts';
import { CARD_PAYLOAD } from '../notifiers/slack-payload.ts';
import { SLACK_TWIN, twinDraft } from '../notifiers/slack-twin.ts';
import { SLACK_WEBHOOK } from '../notifiers/slack-webhook.ts';
import { webhookDraft } from '../notifiers/webhook.ts';
import { esc, join, type Mrkdwn, mrkdwn } from '../slack/view/mrkdwn.ts';
import type { Wording } from '../slack/view/words.ts';
import type { Log } from '../telemetry/log.ts';
import type { OtherWays } from './other-ways.ts';
import { callable, incomingWebhooks } from './receivers.ts';
import { type Content, contentOf } from './undelivered-content.ts';

export interface UndeliveredPorts {
  readonly config: () => Config;
  readonly incidents: () => Pick<Incidents, 'cards' | 'reader' | 'postElsewhere'>;
  readonly pagerduty: PagerdutyDesk;
  readonly otherWays: Pick<OtherWays, 'fallbackPaths' | 'standIns'>;
  readonly triggers: TriggerBook;
  readonly enqueue: Enqueue;
  readonly transact: <T>(fn: () => T) => T;
  /** Whether nothing of a kind gets through at the moment. */
  readonly fails: (kind: string) => boolean;
  /** Domain time. */
  readonly now: () => number;
  readonly wording: () => Wording;
  readonly log: Log;
}

/** On which ways something is said. */
type Ways = 'all' | 'slack' | 'others';

const MOVED = esc('Its cards are posted here instead.');
const SLACK_REFUSES = 'watchroom-slack-credentials';

/** Tells on another way what could not be delivered: silence must never be mistaken for health. */
export class Undelivered {
  readonly #o: UndeliveredPorts;
  readonly #gate = new CauseGate();
  #slackWorked = false;
  #unheard = 0;

  constructor(ports: UndeliveredPorts) {
    this.#o = ports;
  }

  /** A row will never be sent. Called in the transaction that says so. */
  dead(entry: OutboxEntry, reason: DeadReason): void {
    // A picture less: the card it belongs to says the same. And a look for a second card that most likely never was.
    if (entry.kind === SLACK_CHART || entry.kind === SLACK_TWIN) return;
    const content = contentOf(entry, this.#o);
    this.#lookForTwin(entry);
    const why = deadText(reason);
    const cause = content.news ? `${entry.destination} ${content.key}` : causeOf(entry, reason);
    if (!this.#gate.allows(cause, this.#o.now())) return;
    if (this.#moveCard(entry, content)) this.#told(entry, why, { ...content, text: MOVED }, 'slack');
    else this.#told(entry, why, content, 'all');
  }

  /**
   * A P1 row has waited for two minutes. Slack as a whole is then in doubt, so other ways are tried for its rows; where there are none
   * and Slack only limits this channel, another channel.
   */
  late(entry: OutboxEntry): void {
    const content = contentOf(entry, this.#o);
    if (!content.news || !this.#gate.allows(`late ${entry.destination} ${content.key}`, this.#o.now())) return;
    const why = `not delivered for two minutes${entry.lastReason === undefined ? '' : `: ${entry.lastReason}`}`;
    const isSlack = entry.kind.startsWith('slack.');
    const isLimited = isSlack && /^(?:rate_?limited|message_limit_exceeded)/.test(entry.lastReason ?? '');
    if (this.#say(entry, why, content, isSlack ? 'others' : 'all')) return;
    if (isLimited) this.#sayInSlack(entry, why, content);
    else this.#nobody(entry, why, content);
  }

  /** How many times nobody could be told since anything was last delivered. */
  unheard(): number {
    return this.#unheard;
  }

  /** Something was delivered: there is a way again. */
  heard(): void {
    this.#unheard = 0;
  }

  /** Credentials stopped or started again to work. */
  circuit(credentials: string, state: 'open' | 'closed', reason: string): void {
    if (credentials !== 'slack') {
      this.#o.transact(() => this.#tellOperators(credentials, state, reason));
      return;
    }
    this.#slackWorked = false;
    if (state === 'open') this.#o.transact(() => this.#tellOthers(reason));
  }

  /** Slack took something. Ends what `circuit` told PagerDuty, also what it told before a restart. */
  slackWorks(): void {
    if (this.#slackWorked) return;
    this.#slackWorked = true;
    const { config, triggers, enqueue, transact, now } = this.#o;
    transact(() => {
      for (const integration of callable(config(), 'pagerduty')) {
        if (!triggers.place(destinationOf(integration), SLACK_REFUSES)) continue;
        const act: PagerdutyAct = { action: 'resolve', dedupKey: SLACK_REFUSES };
        enqueue(pagerdutyDraft(act, { integration, priority: 'P1', causedAt: now() }));
      }
    });
  }

  #tellOthers(reason: string): void {
    const { config, enqueue, now } = this.#o;
    const summary = `Watchroom cannot speak in Slack: ${reason}. Nobody is told there until its token works.`;
    const [pagerduty] = callable(config(), 'pagerduty');
    const [webhook] = callable(config(), 'webhook');
    if (pagerduty) {
      const facts: PagerdutyFacts = { ...NOTHING_KNOWN, alertName: 'WatchroomSlackRefused', startedAt: now() };
      const event = pagerdutyEvent(facts, { ...NO_TEXTS, description: summary });
      const act: PagerdutyAct = { action: 'trigger', dedupKey: SLACK_REFUSES, event };
      enqueue(pagerdutyDraft(act, { integration: pagerduty, priority: 'P1', causedAt: now() }));
    } else if (webhook) {
      enqueue(this.#ownAlert(webhook, 'WatchroomSlackRefused', summary));
    } else this.#mailOthers(summary, reason);
  }

  /** Of another way's credentials: what goes that way waits, or comes again. */
  #tellOperators(credentials: string, state: 'open' | 'closed', reason: string): void {
    const { config, enqueue, now } = this.#o;
    const channel = config().slack?.operationsChannel;
    if (channel === undefined || !this.#gate.allows(`credentials ${credentials} ${state}`, now())) return;
    const text =
      state === 'open'
        ? mrkdwn`:warning: *${esc(credentials)}* refuses our credentials: ${esc(reason, 400)}. What goes that way waits, and is tried once a minute.`
        : mrkdwn`*${esc(credentials)}* takes our credentials again.`;
    const payload = { destination: { kind: 'channel', channel }, text };
    enqueue({ kind: 'slack.message', destination: `slack:${channel}`, payload, priority: 'P2', causedAt: now() });
  }

  #mailOthers(summary: string, reason: string): void {
    const { enqueue, now, otherWays, log } = this.#o;
    const drafts = otherWays.standIns({ title: 'Watchroom cannot speak in Slack', text: summary }, now());
    for (const draft of drafts) enqueue(draft);
    if (drafts.length === 0)
      log.error('Slack refuses our token, and there is no other way to tell anybody', { reason });
  }

  /** The same card, living and with its buttons, in a channel that can be reached. */
  #moveCard(entry: OutboxEntry, { cardId }: Content): boolean {
    const { config, incidents, fails, now } = this.#o;
    const { slack } = config();
    if (!slack || cardId === undefined || fails('slack.card')) return false;
    return [slack.fallbackChannel, slack.operationsChannel].some(
      (channel) => entry.destination !== `slack:${channel}` && incidents().postElsewhere(cardId, channel, now()),
    );
  }

  /** A card whose post was given up may stand all the same; once it stands for certain, the other message is to say so. */
  #lookForTwin(entry: OutboxEntry): void {
    if (entry.kind !== 'slack.card' || !entry.ambiguous) return;
    const payload = CARD_PAYLOAD.safeParse(entry.payload);
    const card = payload.success ? this.#o.incidents().cards.card(payload.data.cardId) : undefined;
    if (card && !card.ref) this.#o.enqueue(twinDraft(entry, card));
  }

  /** As `#say`; where no way is left, the log and the metrics have to do. */
  #told(entry: OutboxEntry, why: string, content: Content, ways: Ways): void {
    if (!this.#say(entry, why, content, ways)) this.#nobody(entry, why, content);
  }

  #sayInSlack(entry: OutboxEntry, why: string, content: Content): void {
    const text = this.#moveCard(entry, content) ? MOVED : content.text;
    this.#told(entry, why, { ...content, text }, 'slack');
  }

  /** @returns false where none of these ways is left */
  #say(entry: OutboxEntry, why: string, content: Content, ways: Ways): boolean {
    const { enqueue, fails } = this.#o;
    const paths = [
      ...(ways === 'others' ? [] : this.#slackPaths(content)),
      ...(ways === 'slack' || !content.news ? [] : this.#incomingPaths(content)),
      ...(ways === 'slack' || !content.news || entry.priority !== 'P1' ? [] : this.#otherPaths(content)),
    ];
    const draft = fallbackDraft(entry, why, paths, fails);
    if (!draft) return false;
    const { dedupKey } = Object(draft.payload) as { dedupKey?: string };
    enqueue(draft.kind === 'pagerduty' && dedupKey !== undefined ? { ...draft, orderKey: dedupKey } : draft);
    return true;
  }

  #nobody({ destination }: OutboxEntry, why: string, { incident }: Content): void {
    if (this.#pagerdutyKnows(incident)) return;
    this.#unheard += 1;
    this.#o.log.error('nobody could be told what was not delivered', { destination, why });
  }

  /** Whoever PagerDuty has told need not be told again. A trigger that it did not take has told nobody. */
  #pagerdutyKnows(incident: Incident | undefined): boolean {
    if (!incident) return false;
    const { pagerduty, triggers } = this.#o;
    return pagerduty
      .openOf(incident.id)
      .some(({ integration, dedupKey }) => triggers.place(destinationOf(integration), dedupKey) !== undefined);
  }

  #slackPaths(content: Content): FallbackPath[] {
    const { slack } = this.#o.config();
    if (!slack) return [];
    const channels = content.news
      ? [slack.fallbackChannel, slack.operationsChannel]
      : [slack.operationsChannel, slack.fallbackChannel];
    return channels.map((channel) => ({
      kind: 'slack.message',
      destination: `slack:${channel}`,
      content: (entry, why) => {
        const text = join(
          [mrkdwn`:warning: *${esc(nameOf(entry))}* was not reached: ${esc(why, 400)}`, content.text],
          '\n',
        );
        return { payload: { destination: { kind: 'channel', channel }, text } };
      },
    }));
  }

  /** Slack without our token: a text, but in a channel where people look. */
  #incomingPaths({ text }: Content): FallbackPath[] {
    return incomingWebhooks(this.#o.config()).map((integration) => ({
      kind: SLACK_WEBHOOK,
      destination: `${SLACK_WEBHOOK}:${integration.receiver}/${integration.index}`,
      content: (entry, why) => ({
        payload: {
          integration,
          text: join([mrkdwn`:warning: *${esc(nameOf(entry))}* was not reached: ${esc(why, 400)}`, text], '\n'),
        },
      }),
    }));
  }

  #otherPaths({ incident, text }: Content): FallbackPath[] {
    const { config, pagerduty, now } = this.#o;
    if (this.#pagerdutyKnows(incident)) return [];
    return [
      ...callable(config(), 'pagerduty').map(
        (integration): FallbackPath => ({
          kind: 'pagerduty',
          destination: destinationOf(integration),
          content: () => incident && pagerduty.standIn(incident, integration, now()),
        }),
      ),
      ...this.#o.otherWays.fallbackPaths(incident, plainOf(text), now()),
      ...callable(config(), 'webhook').map(
        (integration): FallbackPath => ({
          kind: 'webhook',
          destination: `webhook:${integration.receiver}/${integration.index}`,
          content: (entry, why) =>
            this.#ownAlert(integration, 'WatchroomUndelivered', `${nameOf(entry)}: ${why}. ${text}`),
        }),
      ),
    ];
  }

  /** An alert of our own about ourselves, in the webhook's form. */
  #ownAlert(integration: IntegrationRef, alertname: string, summary: string): OutboxDraft {
    const { config, now } = this.#o;
    const labels = Labels.of({ alertname, severity: 'critical' });
    const alert: Alert = {
      fingerprint: fingerprint(labels),
      labels,
      annotations: Labels.of({ summary }),
      startsAt: now(),
      updatedAt: now(),
      condition: { kind: 'firing' },
      generatorUrl: '',
      source: { kind: 'api' },
    };
    const notification: Notification = {
      id: '',
      integration,
      groupKey: `{}:${labels.toString()}`,
      groupLabels: labels,
      reason: 'first_notification',
      status: 'firing',
      alerts: [alert],
      truncatedAlerts: 0,
      at: now(),
    };
    return webhookDraft(notification, { externalUrl: config().externalUrl, maxAlerts: 0, priority: 'P1' });
  }
}

const NOTHING_KNOWN: PagerdutyFacts = {
  alertName: '',
  model: '',
  version: '',
  environment: '',
  region: '',
  priority: 'P1',
  severity: 'critical',
  metric: '',
  description: '',
  runbookUrl: '',
  dashboardUrl: '',
  startedAt: 0,
};

/** Slack's entities mean nothing in a mail. */
function plainOf(text: Mrkdwn): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** A destination as people know it: `#ml-alerts`, `pagerduty:ml-critical/0`. */
function nameOf({ destination }: OutboxEntry): string {
  return destination.replace(/^slack:/, '');
}
