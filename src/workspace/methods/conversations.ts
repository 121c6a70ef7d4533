import type { Channel } from '../model.ts';
import { compareTs } from '../state.ts';
import type { JsonObject } from '../strict/check.ts';
import { channelJson, messageJson } from '../wire.ts';
import { ApiError, type Call, type Method, scopeByKind } from './call.ts';

const KIND_OF_TYPE: Readonly<Record<string, Channel['kind']>> = {
  public_channel: 'public',
  private_channel: 'private',
  im: 'im',
  mpim: 'mpim',
};
const SCOPE_OF_TYPE: Readonly<Record<string, string>> = {
  public_channel: 'channels:read',
  private_channel: 'groups:read',
  im: 'im:read',
  mpim: 'mpim:read',
};

function types(call: Call): string[] {
  const named = call.names('types');
  return named.length === 0 ? ['public_channel'] : named;
}

/** Channels that the bot can list, of the asked types. */
export function visibleChannels(call: Call): Channel[] {
  const kinds = types(call).map((type) => {
    const kind = KIND_OF_TYPE[type];
    if (kind === undefined) throw new ApiError('invalid_types');
    const scope = SCOPE_OF_TYPE[type] ?? '';
    const { manifest, strict } = call.context;
    if (strict && !manifest.scopes.has(scope))
      throw new ApiError('missing_scope', { needed: scope, provided: [...manifest.scopes].join(',') });
    return kind;
  });
  const { state } = call.context;
  return [...state.channels.values()].filter(
    (channel) =>
      kinds.includes(channel.kind) &&
      (channel.kind === 'public' || channel.members.has(state.identity.botUserId)) &&
      !(call.flag('exclude_archived') && channel.archived),
  );
}

const list: Method = {
  tier: 2,
  token: 'bot',
  run: (call) => {
    const { items, meta } = call.page(visibleChannels(call), 100, 1000);
    return { channels: items.map((channel) => channelJson(call.context, channel)), response_metadata: meta };
  },
};

const info: Method = {
  tier: 3,
  token: 'bot',
  scopes: (call) => scopeByKind(call, 'read'),
  run: (call) => ({ channel: channelJson(call.context, call.channel()) }),
};

function readable(call: Call): Channel {
  const channel = call.channel();
  const isMember = channel.members.has(call.context.state.identity.botUserId);
  if (call.context.strict && !isMember) throw new ApiError('not_in_channel');
  return channel;
}

/** `oldest` and `latest` are exclusive unless `inclusive`. */
function within(call: Call, ts: string): boolean {
  const inclusive = call.flag('inclusive');
  const { oldest, latest } = { oldest: call.text('oldest'), latest: call.text('latest') };
  const afterOldest = oldest === '' || compareTs(ts, oldest) > 0 || (inclusive && ts === oldest);
  const beforeLatest = latest === '' || compareTs(ts, latest) < 0 || (inclusive && ts === latest);
  return afterOldest && beforeLatest;
}

const history: Method = {
  tier: 3,
  token: 'bot',
  scopes: (call) => scopeByKind(call, 'history'),
  run: (call) => {
    const channel = readable(call);
    const all = call.context.state
      .channelMessages(channel.id)
      .filter((message) => within(call, message.ts))
      .toReversed();
    const { items, meta } = call.page(all, 100, 999);
    const metadata = call.flag('include_all_metadata');
    return {
      messages: items.map((message) => messageJson(call.context, message, { metadata })),
      has_more: meta['next_cursor'] !== '',
      pin_count: 0,
      response_metadata: meta,
    };
  },
};

const replies: Method = {
  tier: 3,
  token: 'bot',
  scopes: (call) => scopeByKind(call, 'history'),
  run: (call) => {
    const channel = readable(call);
    const ts = call.required('ts');
    const target = call.context.state.message(channel.id, ts);
    if (!target) throw new ApiError('thread_not_found');
    const parent = target.threadTs ?? target.ts;
    const all = call.context.state
      .threadMessages(channel.id, parent)
      .filter((message) => message.ts === parent || within(call, message.ts));
    const { items, meta } = call.page(all, 1000, 1000);
    const metadata = call.flag('include_all_metadata');
    return {
      messages: items.map((message) => messageJson(call.context, message, { metadata })),
      has_more: meta['next_cursor'] !== '',
      response_metadata: meta,
    };
  },
};

const open: Method = {
  tier: 3,
  token: 'bot',
  scopes: (call) => (call.names('users').length > 1 ? ['mpim:write'] : ['im:write']),
  run: (call) => {
    const { state } = call.context;
    if (call.has('channel')) return { channel: channelJson(call.context, call.channel()) };
    const users = call.names('users');
    if (users.length === 0) throw new ApiError('users_list_not_supplied');
    if (users.length > 8) throw new ApiError('too_many_users');
    for (const id of users) {
      const user = state.users.get(id);
      if (!user) throw new ApiError('user_not_found');
      if (user.deleted) throw new ApiError('user_disabled');
      if (user.bot) throw new ApiError('cannot_dm_bot');
    }
    const [first = ''] = users;
    const channel = users.length === 1 ? state.directChannel(first) : groupChannel(call, users);
    const shown: JsonObject = call.flag('return_im') ? channelJson(call.context, channel) : { id: channel.id };
    return { channel: shown, no_op: false, already_open: false };
  },
};

function groupChannel(call: Call, users: readonly string[]): Channel {
  const { state } = call.context;
  const members = new Set([...users, state.identity.botUserId]);
  const same = [...state.channels.values()].find(
    (channel) =>
      channel.kind === 'mpim' &&
      channel.members.size === members.size &&
      [...members].every((id) => channel.members.has(id)),
  );
  if (same) return same;
  const handles = [...members].map((id) => state.users.get(id)?.handle ?? id);
  const channel: Channel = {
    id: state.nextId('G'),
    name: `mpdm-${handles.join('--')}-1`,
    kind: 'mpim',
    created: state.now(),
    members,
    archived: false,
    topic: '',
  };
  state.addChannel(channel);
  return channel;
}

const members: Method = {
  tier: 4,
  token: 'bot',
  scopes: (call) => scopeByKind(call, 'read'),
  run: (call) => {
    const { items, meta } = call.page([...call.channel().members], 100, 1000);
    return { members: items, response_metadata: meta };
  },
};

const join: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['channels:join'],
  run: (call) => {
    const channel = call.channel();
    if (channel.archived) throw new ApiError('is_archived');
    if (channel.kind !== 'public') throw new ApiError('method_not_supported_for_channel_type');
    channel.members.add(call.context.state.identity.botUserId);
    call.context.state.announce({ kind: 'channel', channel: channel.id });
    return { channel: channelJson(call.context, channel) };
  },
};

const create: Method = {
  tier: 2,
  token: 'bot',
  scopes: (call) => (call.flag('is_private') ? ['groups:write'] : ['channels:manage']),
  run: (call) => {
    const { state } = call.context;
    const name = call.required('name');
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u.test(name)) throw new ApiError('invalid_name_specials');
    if (state.findChannel(name)) throw new ApiError('name_taken');
    const channel: Channel = {
      id: state.nextId('C'),
      name,
      kind: call.flag('is_private') ? 'private' : 'public',
      created: state.now(),
      members: new Set([state.identity.botUserId]),
      archived: false,
      topic: '',
    };
    state.addChannel(channel);
    return { channel: channelJson(call.context, channel) };
  },
};

export const conversationsMethods: Readonly<Record<string, Method>> = {
  'conversations.list': list,
  'conversations.info': info,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.open': open,
  'conversations.members': members,
  'conversations.join': join,
  'conversations.create': create,
};
