import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { OutboxDraft, OutboxEntry } from '../../src/delivery/outbox.ts';
import type { EmailConfig } from '../../src/delivery/receiver.ts';
import type { CardState } from '../../src/incident/card.ts';
import { createEmail } from '../../src/notifiers/email.ts';
import { emailDrafts } from '../../src/notifiers/email-draft.ts';
import { noticeOf } from '../../src/notifiers/notice.ts';
import { factsOfNotification, readReceiverTemplates } from '../../src/notifiers/receiver-templates.ts';
import { firing, look } from '../slack/card-states.ts';
import { AT, alert, entryOf, notification } from './harness.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** What the server says in place of yes: its code and words. */
export interface Refusals {
  connect?: readonly [number, string];
  auth?: readonly [number, string];
  from?: readonly [number, string];
  recipient?: readonly [number, string];
  data?: readonly [number, string];
  /** How many refusals there are in all; without end where absent. */
  times?: number;
  /** Takes the whole mail and hangs up without an answer. */
  hangUpAfterData?: boolean;
  /** Never answers the mail. */
  silentAfterData?: boolean;
}

export interface SmtpDesk {
  readonly port: number;
  readonly mails: ReceivedMail[];
  readonly refusals: Refusals;
  close(): Promise<void>;
}

/** A real SMTP server on loopback, with STARTTLS by a certificate that nobody signed. */
export async function smtpDesk(options: SMTPServerOptions = {}): Promise<SmtpDesk> {
  const mails: ReceivedMail[] = [];
  const refusals: Refusals = {};
  const no = (refusal: readonly [number, string]): Error =>
    Object.assign(new Error(refusal[1]), { responseCode: refusal[0] });
  const refused = (stage: 'connect' | 'auth' | 'from' | 'recipient' | 'data'): Error | undefined => {
    const refusal = refusals[stage];
    if (!refusal || refusals.times === 0) return undefined;
    if (refusals.times !== undefined) refusals.times -= 1;
    return no(refusal);
  };
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH'],
    logger: false,
    closeTimeout: 50,
    onConnect: (_, callback) => callback(refused('connect')),
    onAuth: (auth, _, callback) => {
      const refusal = refused('auth');
      if (refusal) callback(refusal);
      else callback(null, { user: auth.username ?? '' });
    },
    onMailFrom: (_, __, callback) => callback(refused('from')),
    onRcptTo: (_, __, callback) => callback(refused('recipient')),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const user = typeof session.user === 'string' ? session.user : undefined;
        const refusal = refused('data');
        if (!refusal) {
          mails.push({
            from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
            to: session.envelope.rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
            secure: session.secure,
            user,
          });
        }
        if (refusals.silentAfterData) return;
        if (refusals.hangUpAfterData) for (const socket of sockets) socket.destroy();
        else callback(refusal);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refusals,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function emailConfig(port: number, more: Partial<EmailConfig> = {}): EmailConfig {
  return {
    to: 'asha@example.com',
    from: 'Watchroom <watchroom@example.com>',
    smarthost: { host: '127.0.0.1', port: String(port) },
    hello: 'localhost',
    authUsername: '',
    authIdentity: '',
    requireTls: false,
    tls: { insecureSkipVerify: true },
    headers: new Map(),
    html: '{{ template "email.default.html" . }}',
    text: '',
    ...more,
  };
}

const TEMPLATES = readReceiverTemplates([]);
export const GROUP = {
  ...notification('webhook', [alert({ alertname: 'HighLatency', model_name: 'fraud-detector' })]),
  integration: { receiver: 'ml-mail', kind: 'email', index: 0 },
} as const;

/** The rows that a notification of this card's state becomes. */
export function drafts(
  config: EmailConfig,
  state: CardState = firing,
  more: Partial<typeof GROUP> = {},
): OutboxDraft[] {
  const told = { ...GROUP, ...more };
  const facts = factsOfNotification({ ...told, receiver: told.integration.receiver }, 'http://watchroom.example:9095');
  return emailDrafts({
    config,
    notification: told,
    notice: noticeOf(state, look),
    priority: state.priority,
    expand: (text, escape) => TEMPLATES.expand(text, facts, AT, escape),
    host: 'watchroom.example',
    command: '/alert',
  });
}

export function sender(config: EmailConfig) {
  const notifier = createEmail({
    configOf: () => config,
    secret: (source) => {
      if (source.kind === 'file') throw new Error('ENOENT');
      return source.value;
    },
  });
  const send = (draft: OutboxDraft, more: Partial<OutboxEntry> = {}) =>
    notifier.send(entryOf(draft, more), new AbortController().signal);
  return { notifier, send };
}
