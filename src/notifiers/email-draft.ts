import { createHash } from 'node:crypto';
import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';
import type { Priority } from '../alert/priority.ts';
import type { AlertChart } from '../chart/svg.ts';
import type { IntegrationRef, Notification } from '../delivery/notification.ts';
import type { OutboxDraft } from '../delivery/outbox.ts';
import type { EmailConfig } from '../delivery/receiver.ts';
import { clean, truncate } from '../slack/view/mrkdwn.ts';
import { escapeHtml } from '../template/escape.ts';
import { noticeHtml } from './email-html.ts';
import { noticeText } from './email-text.ts';
import { ABOUT, aboutOf, type Notice } from './notice.ts';

/** The outbox payload: one mail for one recipient, ready but for its picture, which is drawn when it is sent. */
export const EMAIL_PAYLOAD = z.object({
  integration: z.object({ receiver: z.string(), kind: z.literal('email'), index: z.number() }),
  /** The recipient's bare address. */
  address: z.string(),
  from: z.string(),
  /** As the header says it; all recipients are named there. */
  to: z.string(),
  subject: z.string(),
  messageId: z.string(),
  /** The thread's root: no mail has it as its own id, all refer to it. */
  thread: z.string(),
  listId: z.string(),
  urgent: z.boolean(),
  about: ABOUT,
  headers: z.array(z.tuple([z.string(), z.string()])),
  text: z.string(),
  html: z.string().optional(),
  chart: z.custom<AlertChart>((value) => typeof value === 'object' && value !== null).optional(),
});
export type EmailPayload = z.output<typeof EMAIL_PAYLOAD>;

export interface EmailFacts {
  readonly config: EmailConfig;
  readonly notification: Notification;
  readonly notice: Notice;
  readonly priority: Priority;
  /** Expands a receiver's template; values pass through `escape`. Throws where the template is broken or not defined. */
  readonly expand: (template: string, escape?: (text: string) => string) => string;
  /** Host name under which ids and the list are made unique: that of `external_url`. */
  readonly host: string;
  /** `/alert`, where people can act in Slack. */
  readonly command?: string;
}

const DEFAULT_SUBJECT = '{{ template "email.default.subject" . }}';
const DEFAULT_HTML = '{{ template "email.default.html" . }}';
const LONGEST_SUBJECT = 300;
const LONGEST_HEADER = 900;
const MOST_RECIPIENTS = 50;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,60}$/;
/** These are ours to say, or nobody's: an envelope cannot be changed by a header. */
const RESERVED = new Set(
  [
    'Subject To From Cc Bcc Sender Date Message-Id In-Reply-To References List-Id Auto-Submitted',
    'Mime-Version Content-Type Content-Transfer-Encoding Return-Path Received',
  ].flatMap((names) => names.split(' ')),
);

/** What every mail of a receiver bears, whatever it is about. */
export interface EnvelopeFacts extends Pick<EmailFacts, 'config' | 'expand' | 'host'> {
  readonly integration: IntegrationRef;
}

export interface Envelope {
  /** Bare addresses. */
  readonly recipients: readonly string[];
  /** Under which ids are unique. */
  readonly domain: string;
  readonly shared: Pick<EmailPayload, 'integration' | 'from' | 'to' | 'listId' | 'headers'>;
}

export function envelopeOf(facts: EnvelopeFacts): Envelope {
  const { config, integration, host } = facts;
  const said = (template: string, otherwise: string): string => expanded(facts, template) ?? otherwise;
  const recipients = addresses(said(config.to, config.to));
  const header = (name: string): string | undefined => config.headers.get(name);
  const domain = host.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '') || 'localhost';
  const name = oneLine(integration.receiver).replaceAll(/[<>]/g, '');
  const to = header('To');
  return {
    recipients,
    domain,
    shared: {
      integration: { ...integration, kind: 'email' },
      from: oneLine(said(header('From') ?? config.from, config.from)),
      to: oneLine(to === undefined ? recipients.join(', ') : said(to, recipients.join(', '))),
      listId: `Watchroom ${name} <${slug(integration.receiver)}.watchroom.${domain}>`,
      headers: [...config.headers].flatMap(([key, template]) =>
        RESERVED.has(key) || !HEADER_NAME.test(key) ? [] : [[key, oneLine(said(template, ''))] as [string, string]],
      ),
    },
  };
}

/** One row per recipient, so that one address that is refused or slow costs no other its mail. */
export function emailDrafts(facts: EmailFacts): OutboxDraft[] {
  const { config, notification, priority } = facts;
  const { recipients, domain, shared } = envelopeOf({ ...facts, integration: notification.integration });
  const subject = expanded(facts, config.headers.get('Subject') ?? DEFAULT_SUBJECT) ?? facts.notice.title;
  const mail: Omit<EmailPayload, 'address' | 'messageId'> = {
    ...shared,
    subject: truncate(clean(subject), LONGEST_SUBJECT),
    thread: `<${threadOf(facts)}@watchroom.${domain}>`,
    urgent: priority === 'P1',
    about: aboutOf(facts.notice),
    text: (config.text !== '' && expanded(facts, config.text)) || noticeText(facts.notice, facts.command),
    ...htmlOf(facts),
  };
  return recipients.map((address, index) => ({
    kind: 'email',
    destination: `email:${address}`,
    payload: { ...mail, address, messageId: `<${slug(notification.id)}.${index}@watchroom.${domain}>` },
    priority,
    orderKey: notification.groupKey,
    causedAt: notification.at,
  }));
}

/** The receiver's own HTML where it has one (or `templates:` define the default's name), else ours with its chart. */
function htmlOf(facts: EmailFacts): Pick<EmailPayload, 'html' | 'chart'> {
  const { config, notice } = facts;
  if (config.html === '') return {};
  const own = expanded(facts, config.html, escapeHtml);
  if (own !== undefined && own.trim() !== '') return { html: own };
  if (own === undefined && config.html !== DEFAULT_HTML) return {};
  return { html: noticeHtml(notice, facts.command), ...(notice.chart && { chart: notice.chart }) };
}

/** undefined where a template fails: an alert is not lost to a template. */
function expanded(
  facts: Pick<EmailFacts, 'expand'>,
  template: string,
  escape?: (text: string) => string,
): string | undefined {
  try {
    return facts.expand(template, escape);
  } catch {
    return undefined;
  }
}

/** Bare addresses of a list such as `Asha <asha@example.com>, ops@example.com`; what is none is kept, to be refused by name. */
export function addresses(list: string): string[] {
  const found = addressparser(oneLine(list), { flatten: true }).map(({ name, address }) => clean(address || name));
  return [...new Set(found.filter((address) => address !== ''))].slice(0, MOST_RECIPIENTS);
}

export function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>(),;:\\"[\]]{1,64}@[^\s@<>(),;:\\"[\]]+$/.test(text);
}

/** Line breaks and other controls are what turns a value into a header. */
function oneLine(text: string): string {
  return truncate(clean(text), LONGEST_HEADER);
}

/** All mails of one receiver about one incident are one conversation, however its subject changes. */
function threadOf({ notice, notification: { integration } }: EmailFacts): string {
  const key = `${notice.incidentId} ${integration.receiver}/${integration.index}`;
  return `incident.${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
}

export function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'receiver'
  );
}
