import {
  type AppsManifestValidateArguments,
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api';
import type { MessageRef } from '../incident/card.ts';
import type { SlackUser } from '../people/person.ts';
import type { Clock } from '../time/clock.ts';
import {
  type Answer,
  filled,
  groupsIn,
  listed,
  type MarkedMessage,
  type MessageMark,
  markedIn,
  nextCursor,
  quietTimeIn,
  record,
  refOf,
  type SlackUserGroup,
  scopesOf,
  text,
  userIn,
} from './answer.ts';
import { failure, httpFailure, type SlackFailure } from './failure.ts';
import { QuietTimes } from './quiet.ts';
import { type PicturePlace, type SlackPicture, uploadPicture } from './upload.ts';
import type { HomeView, ModalView, SlackMessage } from './view/block.ts';

/** The app manifest as Slack's SDK types it: an unknown scope or event does not compile. */
export type SlackManifest = Exclude<AppsManifestValidateArguments['manifest'], string>;

/** Either what was asked for, or why not. Nothing here throws for what Slack or the network did. */
export type SlackResult<T> = { readonly kind: 'ok'; readonly value: T } | SlackFailure;

export interface PostOptions {
  readonly threadTs?: string;
  /** Also show a thread reply in the channel. */
  readonly broadcast?: boolean;
  readonly mark?: MessageMark;
}

export type RespondHow = 'ephemeral' | 'in_channel' | 'replace' | 'delete';

/** What we ask of Slack's Web API. Always `text` and `blocks` together, no unfurling, no parsing of names and links. */
export interface SlackClient {
  authTest(): Promise<SlackResult<{ botUserId: string; botId: string; team: string; scopes: readonly string[] }>>;
  /** `channel` may be an id, `#name`, or a user id (direct message). */
  postMessage(channel: string, message: SlackMessage, options?: PostOptions): Promise<SlackResult<MessageRef>>;
  update(ref: MessageRef, message: SlackMessage): Promise<SlackResult<MessageRef>>;
  postEphemeral(
    channel: string,
    user: string,
    message: SlackMessage,
    options?: Pick<PostOptions, 'threadTs'>,
  ): Promise<SlackResult<undefined>>;
  /** To an interaction's own address, which lives for 30 minutes and five uses. `delete` takes the original away. */
  respond(url: string, how: RespondHow, message?: SlackMessage): Promise<SlackResult<undefined>>;
  /** The channel id of the direct messages with a person. */
  openDm(user: string): Promise<SlackResult<string>>;
  /** The id of a channel by its name, with or without `#`; `channel_not_found` where the bot sees none. */
  findChannel(name: string): Promise<SlackResult<string>>;
  viewsOpen(triggerId: string, view: ModalView): Promise<SlackResult<undefined>>;
  viewsPush(triggerId: string, view: ModalView): Promise<SlackResult<undefined>>;
  viewsUpdate(viewId: string, view: ModalView): Promise<SlackResult<undefined>>;
  viewsPublish(user: string, view: HomeView): Promise<SlackResult<undefined>>;
  usersInfo(user: string): Promise<SlackResult<SlackUser>>;
  /** Everybody in the workspace, bots and departed ones too. */
  usersList(): Promise<SlackResult<readonly SlackUser[]>>;
  /** All user groups with their members. */
  userGroups(): Promise<SlackResult<readonly SlackUserGroup[]>>;
  /** Our marked messages in a channel (or in one thread) since `oldest` (epoch ms), newest first; needs a history scope. */
  marked(channel: string, oldest: number, threadTs?: string): Promise<SlackResult<readonly MarkedMessage[]>>;
  permalink(ref: MessageRef): Promise<SlackResult<string>>;
  /** Shows a picture. Needs `files:write`. */
  upload(place: PicturePlace, picture: SlackPicture): Promise<SlackResult<undefined>>;
  /** The present or next time in which the person has notifications off, [from, until) in epoch ms; empty where there is none. */
  dndInfo(user: string): Promise<SlackResult<{ readonly from: number; readonly until: number }>>;
}

export interface SlackClientOptions {
  readonly token: string;
  /** `https://slack.com/api/`, or the local workspace. */
  readonly apiUrl: string;
  readonly logger?: Logger;
  readonly timeoutMs?: number;
  /** Real time, by which a 429 is obeyed by every caller of its method; where absent, callers have to obey it themselves. */
  readonly wire?: Clock;
  /** A call failed, by Slack's own code or one of ours. */
  readonly onFailure?: (method: string, code: string) => void;
}

/** Never the SDK's own retries or queue pauses: the outbox decides when to try again, per destination. */
export const CLIENT_DEFAULTS = {
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  timeout: 10_000,
  allowAbsoluteUrls: false,
} as const;

export function createSlackClient(options: SlackClientOptions): SlackClient {
  const web = new WebClient(options.token, {
    ...CLIENT_DEFAULTS,
    slackApiUrl: options.apiUrl,
    timeout: options.timeoutMs ?? CLIENT_DEFAULTS.timeout,
    logger: options.logger ?? SILENT,
  });
  const quiet = options.wire && new QuietTimes(options.wire);
  const call = async <T>(
    method: string,
    args: Record<string, unknown>,
    read: (answer: Answer) => T | undefined,
  ): Promise<SlackResult<T>> => {
    const leftMs = quiet?.leftMs(method, args) ?? 0;
    if (leftMs > 0) return failure('ratelimited', { retryAfterMs: leftMs });
    try {
      const answer = (await web.apiCall(method, args)) as unknown as Answer;
      const value = read(answer);
      if (value !== undefined) return { kind: 'ok', value };
      options.onFailure?.(method, 'malformed_response');
      return failure('malformed_response');
    } catch (error) {
      const failed = failureOf(error);
      options.onFailure?.(method, failed.code);
      if (failed.code === 'ratelimited') quiet?.begin(method, args, failed.retryAfterMs);
      return failed;
    }
  };
  const nothing = (): { readonly done: true } => ({ done: true });
  const discard = async (method: string, args: Record<string, unknown>): Promise<SlackResult<undefined>> => {
    const result = await call(method, args, nothing);
    return result.kind === 'ok' ? { kind: 'ok', value: undefined } : result;
  };
  /** Every page of a list, up to `MOST_PAGES`. */
  const pages = async (method: string, key: string, args: Record<string, unknown>): Promise<SlackResult<Answer[]>> => {
    const found: Answer[] = [];
    let cursor = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const result = await call(method, { ...args, ...(cursor === '' ? {} : { cursor }) }, (answer) => {
        const items = listed(answer, key);
        return items && { items: items.map(record), next: nextCursor(answer) };
      });
      if (result.kind === 'failed') return result;
      found.push(...result.value.items);
      cursor = result.value.next;
      if (cursor === '') break;
    }
    return { kind: 'ok', value: found };
  };
  const findChannel = async (name: string): Promise<SlackResult<string>> => {
    const args = { types: 'public_channel,private_channel', exclude_archived: true, limit: 999 };
    const channels = await pages('conversations.list', 'channels', args);
    if (channels.kind === 'failed') return channels;
    const found = channels.value.find((channel) => channel['name'] === name.replace(/^#/, ''));
    return found ? { kind: 'ok', value: text(found['id']) } : failure('channel_not_found');
  };
  const usersList = async (): Promise<SlackResult<readonly SlackUser[]>> => {
    const users = await pages('users.list', 'members', { limit: 200 });
    return users.kind === 'failed' ? users : { kind: 'ok', value: users.value.flatMap((user) => userIn(user) ?? []) };
  };
  return {
    findChannel,
    usersList,
    userGroups: () => call('usergroups.list', { include_users: true }, groupsIn),
    authTest: () =>
      call('auth.test', {}, (answer) => {
        const botUserId = filled(answer['user_id']);
        const rest = { botId: text(answer['bot_id']), team: text(answer['team']), scopes: scopesOf(answer) };
        return botUserId === undefined ? undefined : { botUserId, ...rest };
      }),
    postMessage: (channel, message, post = {}) =>
      call('chat.postMessage', { channel, ...body(message), ...placement(post) }, refOf),
    update: (ref, message) => call('chat.update', { channel: ref.channel, ts: ref.ts, ...body(message) }, refOf),
    postEphemeral: (channel, user, message, post = {}) =>
      discard('chat.postEphemeral', { channel, user, ...body(message), ...placement(post) }),
    respond: (url, how, message) => respondTo(url, how, message, options.timeoutMs ?? CLIENT_DEFAULTS.timeout),
    openDm: (user) => call('conversations.open', { users: user }, (answer) => filled(record(answer['channel'])['id'])),
    viewsOpen: (triggerId, view) => discard('views.open', { trigger_id: triggerId, view }),
    viewsPush: (triggerId, view) => discard('views.push', { trigger_id: triggerId, view }),
    viewsUpdate: (viewId, view) => discard('views.update', { view_id: viewId, view }),
    viewsPublish: (user, view) => discard('views.publish', { user_id: user, view }),
    usersInfo: (user) => call('users.info', { user }, (answer) => userIn(record(answer['user']))),
    marked: (channel, oldest, threadTs) =>
      call(
        threadTs === undefined ? 'conversations.history' : 'conversations.replies',
        {
          channel,
          ...(threadTs === undefined ? {} : { ts: threadTs }),
          oldest: (oldest / 1000).toFixed(6),
          include_all_metadata: true,
          limit: 200,
        },
        (answer) => markedIn(channel, answer),
      ),
    permalink: (ref) =>
      call('chat.getPermalink', { channel: ref.channel, message_ts: ref.ts }, (answer) => filled(answer['permalink'])),
    upload: (place, picture) => uploadPicture(call, place, picture, options.timeoutMs ?? CLIENT_DEFAULTS.timeout),
    dndInfo: (user) => call('dnd.info', { user }, quietTimeIn),
  };
}

async function respondTo(
  url: string,
  how: RespondHow,
  message: SlackMessage | undefined,
  timeoutMs: number,
): Promise<SlackResult<undefined>> {
  const place = {
    ephemeral: { response_type: 'ephemeral', replace_original: false },
    in_channel: { response_type: 'in_channel', replace_original: false },
    replace: { replace_original: true },
    delete: { delete_original: true },
  }[how];
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...place, ...(message ? body(message) : {}) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return respondedWith(response, (await response.text()).slice(0, 2000));
  } catch (error) {
    return requestFailure(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A response address answers `ok` or the name of an error, as text or as JSON. */
function respondedWith({ ok, status, headers }: Response, text: string): SlackResult<undefined> {
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    return failure('ratelimited', Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {});
  }
  if (status >= 500) return httpFailure(status);
  const code = /"error"\s*:\s*"([a-z0-9_]{1,80})"/.exec(text)?.[1];
  if (code !== undefined) return failure(code);
  if (!ok) return failure('expired_url', { detail: `HTTP ${status}` });
  // A proxy's page, or half an answer, is no yes.
  const isYes = /^(?:ok)?$|"ok"\s*:\s*true/.test(text.trim());
  return isYes ? { kind: 'ok', value: undefined } : failure('malformed_response');
}

function body(message: SlackMessage): Record<string, unknown> {
  return {
    text: message.text,
    blocks: message.blocks,
    unfurl_links: false,
    unfurl_media: false,
    link_names: false,
    parse: 'none',
  };
}

function placement({ threadTs, broadcast, mark }: PostOptions): Record<string, unknown> {
  return {
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(broadcast === true && threadTs !== undefined ? { reply_broadcast: true } : {}),
    ...(mark === undefined ? {} : { metadata: { event_type: mark.type, event_payload: { id: mark.id } } }),
  };
}

/** Errors as the SDK throws them, by what they mean. Anything that is not known to have failed early counts as ambiguous. */
export function failureOf(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError) return failure('ratelimited', { retryAfterMs: error.retryAfter * 1000 });
  if (error instanceof WebAPIHTTPError) return httpFailure(error.statusCode);
  if (error instanceof WebAPIPlatformError) {
    const messages = error.data.response_metadata?.messages ?? [];
    // A body that is no JSON (a proxy's page, half an answer) reaches us as the `error` of a made-up answer.
    const written = text(error.data.error);
    const code = /^[a-z0-9_]{1,80}$/i.test(written) ? written : 'malformed_response';
    return failure(code, messages.length === 0 ? {} : { detail: messages.join('; ').slice(0, 500) });
  }
  if (error instanceof WebAPIRequestError) return requestFailure(error.original);
  // The SDK's answer to a 429 without a usable Retry-After.
  if (error instanceof Error && error.message.startsWith('Retry header')) return failure('ratelimited');
  return failure('malformed_response');
}

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** A handshake that failed, as Node and OpenSSL name it; records that break later may have carried the request. */
const NO_HANDSHAKE = /^(?:ERR_TLS|(?:ERR_SSL|EPROTO)(?!.*(?:RECORD|DECRYPT)))|CERT/;

function requestFailure(error: Error): SlackFailure {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return failure('timeout');
  const cause = record(error.cause);
  const code = filled(cause['code']) ?? '';
  if (NEVER_SENT.has(code) || NO_HANDSHAKE.test(code)) {
    return { kind: 'failed', class: 'transient', code: code.toLowerCase() };
  }
  return failure('connection', code === '' ? {} : { detail: code });
}

/** Twenty thousand channels, four thousand people; beyond that a name is not looked up. */
const MOST_PAGES = 20;

const ignore = (): void => undefined;

/** The SDK logs request bodies at debug level and every failure at warn; both are ours to tell. */
export const SILENT: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
};
