import type { OutboxEntry } from '../delivery/outbox.ts';
import type { Incident } from '../incident/incident.ts';
import type { Incidents } from '../incident/ports.ts';
import { ABOUT } from '../notifiers/notice.ts';
import type { PagerdutyAct } from '../notifiers/pagerduty.ts';
import { CARD_PAYLOAD, LINE_PAYLOAD, MESSAGE_PAYLOAD } from '../notifiers/slack-payload.ts';
import { webhookMessageOf } from '../notifiers/webhook.ts';
import { renderLine } from '../slack/view/line.ts';
import { lockText } from '../slack/view/lock-text.ts';
import { esc, type Mrkdwn } from '../slack/view/mrkdwn.ts';
import type { Wording } from '../slack/view/words.ts';

export interface ContentPorts {
  readonly incidents: () => Pick<Incidents, 'cards' | 'reader'>;
  /** Domain time. */
  readonly now: () => number;
  readonly wording: () => Wording;
}

/** What a row was about. */
export interface Content {
  /** For Slack; escaped. */
  readonly text: Mrkdwn;
  /** Somebody does not know of a problem because of it; otherwise only the operators of the bot are concerned. */
  readonly news: boolean;
  /** Names the matter, so that it is told once however many rows die of it. */
  readonly key: string;
  readonly incident?: Incident;
  /** A card that has never been posted. */
  readonly cardId?: string;
}

type PagerdutyPayload = PagerdutyAct & { readonly event?: { readonly payload: { readonly summary: string } } };

/** Reads what a row was about; a row that nobody can read is about nothing. */
export function contentOf(entry: OutboxEntry, ports: ContentPorts): Content {
  switch (entry.kind) {
    case 'slack.card':
      return cardContent(entry, ports);
    case 'slack.line':
      return lineContent(entry, ports);
    case 'slack.message': {
      const payload = MESSAGE_PAYLOAD.safeParse(entry.payload);
      const text = (payload.success ? payload.data.text : '') as Mrkdwn;
      return { text, news: true, key: entry.fallbackOf?.id ?? entry.id };
    }
    case 'pagerduty': {
      const { action, event, dedupKey, incidentId } = Object(entry.payload) as Partial<PagerdutyPayload>;
      const incident = incidentId === undefined ? undefined : ports.incidents().reader.incident(incidentId);
      const text = event ? esc(event.payload.summary) : esc(`It may show an incident as it no longer is: ${action}.`);
      return { text, news: action === 'trigger', key: dedupKey ?? entry.id, ...(incident && { incident }) };
    }
    case 'webhook': {
      const message = webhookMessageOf(entry);
      const names = [...new Set(message?.alerts.map(({ labels }) => labels['alertname'] ?? ''))].slice(0, 5);
      const text = esc(`${message?.status ?? ''} ${names.join(', ')}`);
      return { text, news: message?.status === 'firing', key: message?.groupKey ?? entry.id };
    }
    case 'email':
    case 'msteams':
    case 'sms':
    case 'ticket': {
      const about = ABOUT.safeParse((Object(entry.payload) as { about?: unknown }).about);
      if (!about.success) return { text: esc(''), news: false, key: entry.id };
      const { incidentId, gist, open } = about.data;
      const incident = ports.incidents().reader.incident(incidentId);
      // A ticket is a record, not a call.
      const news = open && entry.kind !== 'ticket';
      return { text: esc(gist), news, key: `${entry.kind} ${incidentId}`, ...(incident && { incident }) };
    }
    default:
      return { text: esc(''), news: false, key: entry.id };
  }
}

function cardContent(entry: OutboxEntry, ports: ContentPorts): Content {
  const { now, wording } = ports;
  const { cards, reader } = ports.incidents();
  const payload = CARD_PAYLOAD.safeParse(entry.payload);
  const card = payload.success ? cards.card(payload.data.cardId) : undefined;
  const state = card && cards.state(card.id, now());
  if (!card || !state) return { text: esc(''), news: false, key: entry.id };
  const incident = reader.incident(card.incidentId);
  return {
    text: lockText(state, { ...wording(), now: now() }),
    // An edit that fails leaves a card that is out of date, and the next one is tried anyway.
    news: card.ref === undefined && state.phase.kind !== 'resolved',
    key: `card ${card.id}`,
    ...(incident && { incident }),
    ...(card.view === 'card' && card.ref === undefined && { cardId: card.id }),
  };
}

function lineContent(entry: OutboxEntry, ports: ContentPorts): Content {
  const { now, wording } = ports;
  const { cards, reader } = ports.incidents();
  const payload = LINE_PAYLOAD.safeParse(entry.payload);
  const card = payload.success ? cards.card(payload.data.cardId) : undefined;
  const state = card && cards.state(card.id, now());
  if (!payload.success || !card || !state) return { text: esc(''), news: false, key: entry.id };
  const incident = reader.incident(card.incidentId);
  return {
    text: renderLine(payload.data.line, state, wording()).text,
    // Quiet lines in a thread are history; the others were meant to be heard.
    news: payload.data.broadcast || payload.data.to !== undefined,
    key: `line ${card.id} ${payload.data.line.kind}`,
    ...(incident && { incident }),
  };
}
