import { UserError } from '../errors.ts';
import { deadlineSignal } from '../time/deadline-signal.ts';

export interface BotClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Who says they act, where no token says it. */
  readonly actor: string;
}

const DEADLINE_MS = 15_000;
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** The HTTP API of a running bot, as the command line uses it. Paths without a leading slash are below `/api/watchroom/`. */
export class BotClient {
  readonly #options: BotClientOptions;

  constructor(options: BotClientOptions) {
    if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol)) {
      throw new UserError('bad_url', `${JSON.stringify(options.url)} is not an http(s) address`);
    }
    this.#options = options;
  }

  /** @throws UserError where nobody answers, and with the bot's own words where it refuses */
  get<T>(path: string): Promise<T> {
    return this.#ask('GET', path);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#ask('POST', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.#ask('DELETE', path);
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { url, token, actor } = this.#options;
    const base = url.replace(/\/+$/, '');
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path.startsWith('/') ? path : `/api/watchroom/${path}`}`, {
        method,
        headers: {
          'user-agent': 'watchroom-cli',
          ...(token && { authorization: `Bearer ${token}` }),
          ...(/^[\w.@+-]{1,64}$/.test(actor) && { 'x-watchroom-actor': actor }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: deadlineSignal(DEADLINE_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new UserError(
        'unreachable',
        `no watchroom answers at ${base} (${reasonOf(error)}); --url names another address`,
      );
    }
    if (text.length > LONGEST_ANSWER) throw new UserError('unreadable', `the answer of ${base} is too long`);
    const answer = jsonOf(text);
    if (!response.ok) throw new UserError('refused', refusalOf(response.status, answer, base));
    if (answer === undefined) throw new UserError('unreadable', `${base} did not answer as a watchroom does`);
    return answer as T;
  }
}

/** Text of alerts on its way to a terminal: no escape sequences, no direction tricks. */
export function plain(text: string): string {
  return text.replace(/[\t\n\r\u2028\u2029]+/gu, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '');
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, answer: unknown, base: string): string {
  const { error, code } = Object(answer) as { error?: unknown; code?: unknown };
  const said = typeof error === 'string' ? error : typeof answer === 'string' ? answer : undefined;
  if (said === undefined) return `${base} answered with status ${status}`;
  if (code === 'confirm') return `${plain(said)} Add --anyway to close it all the same.`;
  const hint = status === 401 ? '; set WATCHROOM_TOKEN' : '';
  return `${plain(said)}${hint}`;
}
