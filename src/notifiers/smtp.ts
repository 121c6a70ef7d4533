import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { isForbiddenAddress, redact } from '../delivery/http.ts';
import type { ClientTls } from '../delivery/http-tunnel.ts';
import type { SendResult } from '../delivery/outbox.ts';
import { DEADLINE, withDeadline } from '../time/deadline.ts';

/** Where mail is handed over, and how. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** What we call ourselves in EHLO. */
  readonly hello: string;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** No mail and no password without TLS. */
  readonly requireTls: boolean;
  readonly login?: { readonly user: string; readonly password: string; readonly method?: 'CRAM-MD5' };
  readonly tls: ClientTls;
  /** Real time for the whole session; 10 s where absent. */
  readonly deadlineMs?: number;
}

export interface SmtpMail {
  /** Bare addresses. */
  readonly from: string;
  readonly to: string;
  /** The whole message, headers included. */
  readonly message: Buffer;
}

type SmtpError = SMTPConnection.SMTPError;

const DEADLINE_MS = 10_000;
/** Grey lists want the same mail again, but not at once (RFC 6647 §5). */
const GREYLIST_MS = 60_000;
const LONGEST_GREYLIST_MS = 900_000;
const LONGEST_REPLY = 200;

/** Hands one mail for one recipient to a server. Never rejects: what the server or the network did is the result. */
export async function sendMail(server: SmtpServer, mail: SmtpMail, signal: AbortSignal): Promise<SendResult> {
  const host = server.host.replace(/^\[|\]$/g, '');
  if (isForbiddenAddress(host)) return { kind: 'rejected', scope: 'destination', reason: 'forbidden address' };
  if (server.login && !server.requireTls && !server.implicitTls && !isLoopback(host)) {
    return { kind: 'rejected', scope: 'destination', reason: 'would send the password without TLS: set require_tls' };
  }
  // The body is read only after the server has said "go on" to DATA: once it was read to its end, the server may have the mail.
  const progress = { handedOver: false };
  const work = (either: AbortSignal): Promise<SessionEnd> => session(server, mail, either, progress);
  const outcome = await withDeadline(server.deadlineMs ?? DEADLINE_MS, work, signal);
  if (outcome === DEADLINE) return { kind: 'retry', reason: 'no answer in time', ambiguous: progress.handedOver };
  const { error } = outcome;
  if (!error) return { kind: 'sent', detail: outcome.reply.slice(0, LONGEST_REPLY) };
  const secrets = server.login ? [server.login.password] : [];
  return readFailure(error, { ...progress, reason: redact(replyOf(error), secrets) });
}

interface SessionEnd {
  readonly reply: string;
  readonly error?: SmtpError;
}

async function session(
  server: SmtpServer,
  mail: SmtpMail,
  signal: AbortSignal,
  progress: { handedOver: boolean },
): Promise<SessionEnd> {
  const connection = new SMTPConnection({
    host: server.host.replace(/^\[|\]$/g, ''),
    port: server.port,
    name: server.hello,
    secure: server.implicitTls,
    requireTLS: server.requireTls && !server.implicitTls,
    // As Alertmanager: require_tls is the question whether to use STARTTLS, not whether to insist on it.
    ignoreTLS: !server.requireTls,
    ...(server.login?.method && { authMethod: server.login.method }),
    logger: false,
    tls: server.tls,
  });
  const body = Readable.from([mail.message], { objectMode: false });
  body.once('end', () => {
    progress.handedOver = true;
  });
  const stop = (): void => connection.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<SessionEnd>((resolve) => {
      const failed = (error: SmtpError): void => resolve({ reply: '', error });
      connection.on('error', failed);
      signal.addEventListener('abort', () => failed(new Error('no answer in time')), { once: true });
      const send = (): void =>
        connection.send({ from: mail.from, to: mail.to, size: mail.message.length }, body, (error, info) =>
          error ? failed(error) : resolve({ reply: info.response }),
        );
      connection.connect((error) => {
        if (error) return failed(error);
        const { login } = server;
        if (!login) return send();
        const credentials = { user: login.user, pass: login.password, ...(login.method && { method: login.method }) };
        connection.login(credentials, (refused) => (refused ? failed(refused) : send()));
      });
    });
  } finally {
    signal.removeEventListener('abort', stop);
    // A polite end where the server still listens; whatever it says to that matters no more.
    connection.quit();
    connection.close();
  }
}

/** RFC 5321 §4.2: 4yz again, 5yz never; the command that was refused says what is broken. */
function readFailure(
  error: SmtpError,
  { reason, handedOver }: { readonly reason: string; readonly handedOver: boolean },
): SendResult {
  const code = error.responseCode || 0;
  // TLS that cannot be had now (an expired certificate, a proxy in between) is mended over there; rows wait for that.
  if (error.code === 'ETLS' || error.command === 'STARTTLS' || error.command === 'EHLO')
    return { kind: 'retry', reason };
  if (code >= 400 && code < 500) {
    return { kind: 'retry', reason, ...(code === 450 || code === 451 ? { afterMs: greylistMs(reason) } : {}) };
  }
  if (error.code === 'EAUTH' || code === 530 || code === 534 || code === 535 || code === 538) {
    return { kind: 'rejected', scope: 'credentials', reason };
  }
  if (code >= 500) return { kind: 'rejected', scope: scopeOf(error.command ?? '', code), reason };
  // Nodemailer's own refusals, before anything was said to the server.
  if (error.code === 'EENVELOPE') return { kind: 'rejected', scope: 'destination', reason };
  if (error.code === 'EMESSAGE') return { kind: 'rejected', scope: 'content', reason };
  return { kind: 'retry', reason, ambiguous: handedOver };
}

function scopeOf(command: string, code: number): 'content' | 'destination' {
  // 552 to MAIL FROM: larger than the server takes; to RCPT TO: the mailbox is full.
  if (command === 'DATA' || (command === 'MAIL FROM' && code === 552)) return 'content';
  return 'destination';
}

/** What the server asks for ("try again in 300 seconds", "greylisted for 5 minutes"), else a minute. */
function greylistMs(reply: string): number {
  const [, digits, unit = ''] = /(\d{1,5})\s*(s|secs?|seconds?|m|mins?|minutes?)\b/i.exec(reply) ?? [];
  const asked = digits === undefined ? 0 : Number(digits) * (unit.toLowerCase().startsWith('m') ? 60_000 : 1000);
  return Math.min(LONGEST_GREYLIST_MS, Math.max(GREYLIST_MS, asked));
}

function replyOf(error: SmtpError): string {
  const said = (error.response ?? error.message).replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_REPLY);
  return error.command && error.command !== 'CONN' ? `${error.command}: ${said}` : said;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
