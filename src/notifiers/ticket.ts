import { z } from 'zod';
import type { Priority } from '../alert/priority.ts';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import { type HttpOutcome, httpRequest, redact } from '../delivery/http.ts';
import { resultOf, retryAfterMs } from '../delivery/http-result.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, SendResult } from '../delivery/outbox.ts';
import { failPoint } from '../fail-point.ts';
import { truncate } from '../slack/view/mrkdwn.ts';
import type { Clock } from '../time/clock.ts';
import { ABOUT, aboutOf, type Notice, noticeFacts } from './notice.ts';
import { type Ticket, type TicketApi, type TicketCall, type TicketPlace, ticketApi } from './ticket-api.ts';

export interface TicketConfig extends TicketPlace {
  readonly token: SecretSource;
}

/** Remembers which issue speaks of which incident. */
export interface TicketBook {
  ticket(incidentId: string): Ticket | undefined;
  remember(incidentId: string, ticket: Ticket, at: number): void;
}

export interface TicketOptions {
  /** undefined where none is configured (any more). */
  readonly config: () => TicketConfig | undefined;
  /** Reads a secret; throws where its file cannot be read. */
  readonly secret: (source: SecretSource) => string;
  readonly book: TicketBook;
  readonly wire: Clock;
}

const Payload = z.object({
  incidentId: z.string(),
  act: z.enum(['open', 'comment']),
  title: z.string(),
  body: z.string(),
  about: ABOUT,
});

const LONGEST_TITLE = 200;

/** What to do with an incident's issue, as an outbox row. An incident's rows keep their order. */
export function ticketDraft(
  act: 'open' | 'comment',
  notice: Notice,
  at: { readonly priority: Priority; readonly causedAt: number },
): OutboxDraft {
  const body = act === 'open' ? issueBody(notice) : inert(`${notice.title}. ${notice.status}.`);
  return {
    kind: 'ticket',
    destination: 'ticket',
    payload: {
      incidentId: notice.incidentId,
      act,
      title: inert(truncate(notice.title, LONGEST_TITLE)),
      body,
      about: aboutOf(notice),
    },
    orderKey: notice.incidentId,
    ...at,
  };
}

/** Lists read alike in Markdown and in Jira's markup. A quoted line is no quick action (`/close`), whatever it begins with. */
function issueBody(notice: Notice): string {
  const words = notice.description || notice.summary;
  const links: readonly (readonly [string, string])[] = [
    ['Runbook', notice.runbookUrl],
    ['Dashboard', notice.dashboardUrl],
  ];
  return [
    noticeFacts(notice)
      .map(([name, value]) => `- ${name}: ${inert(value)}`)
      .join('\n'),
    inert(words)
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n'),
    notice.members.map((member) => `- ${inert(member)}`).join('\n'),
    links
      .filter(([, url]) => url !== '')
      .map(([name, url]) => `${name}: ${url}`)
      .join('\n'),
    `Incident ${notice.incidentId}`,
  ]
    .filter((part) => part !== '' && part !== '> ')
    .join('\n\n');
}

/** A value mentions nobody, refers to no other issue, links nowhere. */
function inert(text: string): string {
  return text
    .replaceAll(/([@#!~])(?=[\w[{])/g, '$1\u200b')
    .replaceAll('](', '] (')
    .replaceAll('[~', '[ ~')
    .replaceAll('<', '‹');
}

/** Marks the issue of an incident, so that it is found again after an attempt whose answer was lost. */
export function markerOf(incidentId: string): string {
  return `watchroom:${incidentId}`;
}

/** Opens one issue per incident at GitHub, GitLab or Jira, and comments on it when the incident ends or comes back. */
export function createTicket(options: TicketOptions): Notifier {
  return {
    kind: 'ticket',
    budgets: () => [{ key: 'ticket', perMinute: 20, burst: 5 }],
    async send(entry, signal) {
      const payload = Payload.safeParse(entry.payload);
      if (!payload.success) return { kind: 'rejected', scope: 'content', reason: 'not a ticket' };
      const config = options.config();
      if (!config) return refused('no ticket system is configured any more');
      let token: string;
      try {
        token = options.secret(config.token).trim();
      } catch {
        return { kind: 'retry', reason: 'the token cannot be read' };
      }
      if (isPlaceholder({ kind: 'inline', value: token })) return refused('the token is a placeholder');
      const desk = new TicketDesk({ config, token, signal, options });
      const { incidentId, act, title, body } = payload.data;
      if (act === 'open') return await desk.open(incidentId, { title, body }, entry.ambiguous);
      return await desk.comment(incidentId, body);
    },
  };
}

interface DeskOptions {
  readonly config: TicketConfig;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly options: TicketOptions;
}

class TicketDesk {
  readonly #o: DeskOptions;
  readonly #api: TicketApi;

  constructor(options: DeskOptions) {
    this.#o = options;
    this.#api = ticketApi(options.config);
  }

  async open(
    incidentId: string,
    text: { readonly title: string; readonly body: string },
    ambiguous: boolean,
  ): Promise<SendResult> {
    const { book, wire } = this.#o.options;
    if (book.ticket(incidentId)) return { kind: 'sent', detail: 'open already' };
    const marker = markerOf(incidentId);
    if (ambiguous) {
      const looked = await this.#call(this.#api.find(marker));
      if (looked.result.kind !== 'sent') return looked.result;
      const found = this.#api.found(looked.answer, marker);
      if (found) {
        book.remember(incidentId, found, wire.now());
        return { kind: 'sent', detail: `adopted ${found.url}` };
      }
    }
    const { result, answer } = await this.#call(this.#api.open(text.title, text.body, marker));
    if (result.kind !== 'sent') return result;
    const ticket = this.#api.opened(answer);
    if (!ticket) return { kind: 'retry', reason: 'an answer that names no issue', ambiguous: true };
    failPoint('ticket.opened');
    book.remember(incidentId, ticket, wire.now());
    return { kind: 'sent', detail: ticket.url };
  }

  async comment(incidentId: string, body: string): Promise<SendResult> {
    const ticket = this.#o.options.book.ticket(incidentId);
    if (!ticket) return { kind: 'sent', detail: 'no issue was opened' };
    const { result } = await this.#call(this.#api.comment(ticket.id, body), 'content');
    return result.kind === 'sent' ? { kind: 'sent', detail: ticket.url } : result;
  }

  async #call(
    call: TicketCall,
    missing: 'content' | 'destination' = 'destination',
  ): Promise<{ readonly result: SendResult; readonly answer: unknown }> {
    const { config, token, signal } = this.#o;
    const { headers, secrets } = this.#api.headers(token);
    const outcome = await httpRequest({
      method: call.method,
      url: `${config.url.replace(/\/+$/, '')}${call.path}`,
      headers: { 'content-type': 'application/json', ...headers },
      body: call.body === undefined ? '' : JSON.stringify(call.body),
      signal,
      secrets,
    });
    const now = this.#o.options.wire.now();
    const result =
      throttled(outcome, now) ?? resultOf(outcome, { now, secrets, scopeOf: (status) => scopeOf(status, missing) });
    return { result, answer: outcome.kind === 'response' ? parsed(redact(outcome.body, secrets)) : undefined };
  }
}

/** 400 and 422 speak of this issue, 403 of the project, 404 of whichever was asked for. */
function scopeOf(status: number, missing: 'content' | 'destination'): 'content' | 'destination' | 'credentials' {
  switch (status) {
    case 401:
      return 'credentials';
    case 400:
    case 413:
    case 422:
      return 'content';
    case 404:
    case 410:
      return missing;
    default:
      return 'destination';
  }
}

/** GitHub says 403 to callers that are too fast; its headers tell that from a missing permission. */
function throttled(outcome: HttpOutcome, now: number): SendResult | undefined {
  if (outcome.kind !== 'response' || outcome.status !== 403) return undefined;
  const { headers } = outcome;
  const afterMs = retryAfterMs(headers, now);
  if (afterMs === undefined && headers.get('x-ratelimit-remaining') !== '0') return undefined;
  return { kind: 'retry', reason: 'HTTP 403: rate limit', afterMs: afterMs ?? 60_000 };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function refused(reason: string): SendResult {
  return { kind: 'rejected', scope: 'destination', reason };
}
