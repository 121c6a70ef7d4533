import MailComposer from 'nodemailer/lib/mail-composer';
import { svgToPng } from '../chart/png.ts';
import { chartSvg } from '../chart/svg.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { SendResult } from '../delivery/outbox.ts';
import type { EmailConfig } from '../delivery/receiver.ts';
import { addresses, EMAIL_PAYLOAD, type EmailPayload, isAddress } from './email-draft.ts';
import { CHART_CID, CHART_IMAGE } from './email-html.ts';
import { clientTls } from './http-way.ts';
import { type SmtpServer, sendMail } from './smtp.ts';

export interface EmailOptions {
  /** The configuration as it is now; undefined after a reload that removed the integration. */
  readonly configOf: (ref: IntegrationRef) => EmailConfig | undefined;
  /** Reads a secret; throws where its file cannot be read. */
  readonly secret: (source: SecretSource) => string;
}

/**
 * Mail over the receiver's smarthost. An attempt after one that may have taken effect carries the same Message-ID, by which
 * servers and readers know a duplicate.
 */
export function createEmail(options: EmailOptions): Notifier {
  return {
    kind: 'email',
    // A password that one receiver's server refuses says nothing about another's.
    credentials(entry) {
      const payload = EMAIL_PAYLOAD.safeParse(entry.payload);
      if (!payload.success) return 'email';
      const { receiver, index } = payload.data.integration;
      return `email:${receiver}/${index}`;
    },
    degrade(entry) {
      const payload = EMAIL_PAYLOAD.safeParse(entry.payload);
      if (!payload.success || payload.data.html === undefined) return undefined;
      const { html: _, chart: __, ...plain } = payload.data;
      return plain;
    },
    async send(entry, signal) {
      const payload = EMAIL_PAYLOAD.safeParse(entry.payload);
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a mail' };
      const config = options.configOf(payload.data.integration);
      if (!config) return refused('the integration is no longer configured');
      if (!isAddress(payload.data.address)) return refused('not a mail address');
      const [from] = addresses(payload.data.from);
      if (from === undefined || !isAddress(from)) return refused('the sender is not a mail address');
      if (isPlaceholder(config.authPassword)) return refused('the password is a placeholder');
      let server: SmtpServer;
      try {
        server = serverOf(config, options.secret);
      } catch {
        return { kind: 'retry', reason: 'a secret or certificate cannot be read' };
      }
      const message = await compose(payload.data);
      return await sendMail(server, { from, to: payload.data.address, message }, signal);
    },
  };
}

function refused(reason: string): SendResult {
  return { kind: 'rejected', scope: 'destination', reason };
}

const SMTPS_PORT = 465;
const DEFAULT_PORT = 25;

/** @throws where a file cannot be read */
function serverOf(config: EmailConfig, secret: EmailOptions['secret']): SmtpServer {
  const { smarthost, tls } = config;
  const port = /^\d{1,5}$/.test(smarthost.port) ? Number(smarthost.port) : DEFAULT_PORT;
  const read = (source: SecretSource | undefined): string | undefined => source && secret(source).trim();
  // A password logs in by PLAIN or LOGIN, an auth_secret by CRAM-MD5, as in Alertmanager.
  const password = read(config.authPassword);
  const shared = read(config.authSecret);
  const chosen = password ?? shared;
  return {
    host: smarthost.host || 'localhost',
    port,
    hello: config.hello,
    implicitTls: config.implicitTls ?? port === SMTPS_PORT,
    requireTls: config.requireTls,
    ...(config.authUsername !== '' &&
      chosen !== undefined && {
        login: {
          user: config.authUsername,
          password: chosen,
          ...(password === undefined && { method: 'CRAM-MD5' as const }),
        },
      }),
    tls: clientTls(tls, secret),
  };
}

/** What Outlook and phones show as important. */
const URGENT = [
  { key: 'Importance', value: 'high' },
  { key: 'X-Priority', value: '1 (Highest)' },
] as const;

async function compose(mail: EmailPayload): Promise<Buffer> {
  const picture = mail.html === undefined ? undefined : await draw(mail);
  const composer = new MailComposer({
    from: mail.from,
    to: mail.to,
    subject: mail.subject,
    messageId: mail.messageId,
    inReplyTo: mail.thread,
    references: [mail.thread],
    headers: [
      { key: 'List-Id', value: mail.listId },
      // RFC 3834: nobody's vacation notice answers it.
      { key: 'Auto-Submitted', value: 'auto-generated' },
      { key: 'X-Auto-Response-Suppress', value: 'All' },
      ...(mail.urgent ? URGENT : []),
      ...mail.headers.map(([key, value]) => ({ key, value })),
    ],
    text: mail.text,
    ...(mail.html !== undefined && { html: picture ? mail.html : mail.html.replace(CHART_IMAGE, '') }),
    ...(picture && {
      attachments: [
        {
          cid: CHART_CID,
          filename: 'trend.png',
          content: picture,
          contentType: 'image/png',
          contentDisposition: 'inline' as const,
        },
      ],
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

/** A chart that cannot be drawn costs the picture, never the mail. */
async function draw({ chart }: EmailPayload): Promise<Buffer | undefined> {
  if (!chart) return undefined;
  try {
    const svg = chartSvg(chart);
    return svg === undefined ? undefined : await svgToPng(svg);
  } catch {
    return undefined;
  }
}
