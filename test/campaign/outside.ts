import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { episodeIn, type Heard, type OtherKind, type ServiceAnswer, type ServiceCall } from './heard.ts';
import { type MailService, startMailService } from './mail-service.ts';
import { PagerdutyService, ROUTING_KEY } from './pagerduty-service.ts';
import { REPOSITORY_NAME, TICKET_TOKEN, TicketService } from './ticket-service.ts';

/** What becomes of the next call to a service: it never takes effect, or it does and nobody hears the answer. */
export interface OutsideTrap {
  readonly kind: OtherKind;
  readonly fate: 'swallow' | 'mute';
  /** Called at that very moment. */
  readonly caught: () => void;
}

/** Everything beside Slack that the program speaks to, outside its process: what they took is the only evidence. */
export interface Outside {
  readonly pagerduty: PagerdutyService;
  readonly tickets: TicketService;
  readonly mail: MailService;
  /** How often each webhook call came, by the key that says it is the same. */
  readonly hookCopies: ReadonlyMap<string, number>;
  /** The configuration's parts that lead here: destinations by kind, and `notifiers:`. */
  readonly destinations: Readonly<
    Record<'pagerduty' | 'webhook' | 'email' | 'msteams', Readonly<Record<string, unknown>>>
  >;
  readonly global: Readonly<Record<string, unknown>>;
  notifiers(matchers: { readonly sms: readonly string[]; readonly ticket: readonly string[] }): Record<string, unknown>;
  /** Everything that took effect, at whatever service. */
  heard(): readonly Heard[];
  /** What services refused, with the reason. */
  refused(): readonly string[];
  set(trap: OutsideTrap | undefined): void;
  close(): Promise<void>;
}

const ACCOUNT = 'AC0000000000000000000000000000000';
const AUTH_TOKEN = 'twilio-campaign-token';
const AUTHORIZATION = `Basic ${Buffer.from(`${ACCOUNT}:${AUTH_TOKEN}`).toString('base64')}`;

export async function startOutside(): Promise<Outside> {
  const pagerduty = new PagerdutyService();
  const tickets = new TicketService();
  const heard: Heard[] = [];
  const refused: string[] = [];
  const hookCopies = new Map<string, number>();
  let trap: OutsideTrap | undefined;
  const spring = (kind: OtherKind): OutsideTrap | undefined => {
    if (trap?.kind !== kind) return undefined;
    const sprung = trap;
    trap = undefined;
    return sprung;
  };
  const services: Readonly<Record<Exclude<OtherKind, 'email'>, (call: ServiceCall) => ServiceAnswer>> = {
    pagerduty: (call) => pagerduty.take(call),
    ticket: (call) => tickets.take(call),
    webhook: ({ headers, text, at }) => {
      const key = String(headers['idempotency-key']);
      hookCopies.set(key, (hookCopies.get(key) ?? 0) + 1);
      const { receiver, status } = JSON.parse(text) as { readonly receiver: string; readonly status: string };
      heard.push({ kind: 'webhook', destination: `webhook:${receiver}`, episode: episodeIn(text), act: status, at });
      return { status: 200, body: {} };
    },
    msteams: ({ text, at }) => {
      const act = text.includes('🟢 Resolved') ? 'resolved' : 'firing';
      heard.push({ kind: 'msteams', destination: 'msteams', episode: episodeIn(text), act, at });
      return { status: 202, body: {} };
    },
    sms: ({ headers, text, at }) => {
      const form = new URLSearchParams(text);
      const said = form.get('Body') ?? '';
      const to = form.get('To') ?? '';
      if (headers['authorization'] !== AUTHORIZATION || to === '' || said === '') {
        refused.push('sms: unauthorized or empty');
        return { status: 401, body: { code: 20003 } };
      }
      // A lock screen has no room for the rule's words: `P1 model-01: 17 > 0.5`.
      const episode = said.replace(/^P1 (model-\d+): (\d+) > .*$/s, '$1 $2');
      heard.push({ kind: 'sms', destination: `sms:${to}`, episode, act: 'firing', at });
      return { status: 201, body: { sid: `SM${heard.length}`, status: 'queued' } };
    },
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url: path = '', method = '', headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const kind = kindOf(path);
    if (!kind) throw new Error(`nobody lives at ${path}`);
    const sprung = method === 'POST' ? spring(kind) : undefined;
    if (sprung?.fate === 'swallow') {
      sprung.caught();
      response.destroy();
      return;
    }
    const answer = services[kind]({
      method,
      path,
      headers,
      text: Buffer.concat(chunks).toString('utf8'),
      at: Date.now(),
    });
    if (sprung) {
      sprung.caught();
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      refused.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let mailTrap: OutsideTrap | undefined;
  const mail = await startMailService(
    () => {
      mailTrap = spring('email');
      if (mailTrap?.fate === 'swallow') mailTrap.caught();
      return { takes: mailTrap?.fate !== 'swallow', hangsUp: mailTrap !== undefined };
    },
    () => mailTrap?.caught(),
  );
  return {
    pagerduty,
    tickets,
    mail,
    hookCopies,
    destinations: {
      pagerduty: { routing_key: ROUTING_KEY, url: `${url}/v2/enqueue`, send_resolved: true },
      webhook: { url: `${url}/hook`, send_resolved: true },
      email: { to: 'ml@example.com', send_resolved: true },
      msteams: { webhook_url: `${url}/teams`, send_resolved: true },
    },
    global: {
      smtp_smarthost: `127.0.0.1:${mail.port}`,
      smtp_from: 'watchroom@example.com',
      smtp_require_tls: false,
    },
    notifiers: (matchers) => ({
      twilio: {
        account_sid: ACCOUNT,
        auth_token: AUTH_TOKEN,
        from: '+15005550006',
        api_url: url,
        send: [{ matchers: matchers.sms, to: ['+919812345678'] }],
      },
      ticket: { kind: 'github', url, project: REPOSITORY_NAME, token: TICKET_TOKEN, matchers: matchers.ticket },
    }),
    heard: () => [...heard, ...pagerduty.heard, ...tickets.heard, ...mail.heard],
    refused: () => [...refused, ...pagerduty.refused, ...tickets.refused],
    set: (next) => {
      trap = next;
    },
    close: async () => {
      await mail.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function kindOf(path: string): Exclude<OtherKind, 'email'> | undefined {
  if (path === '/v2/enqueue') return 'pagerduty';
  if (path === '/hook') return 'webhook';
  if (path === '/teams') return 'msteams';
  if (path === `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`) return 'sms';
  return path.startsWith('/repos/') ? 'ticket' : undefined;
}
