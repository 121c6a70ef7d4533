import type { Context } from '../context.ts';
import type { User } from '../model.ts';
import type { JsonObject } from '../strict/check.ts';
import { channelJson, usergroupJson, userJson } from '../wire.ts';
import { ApiError, type Method } from './call.ts';
import { visibleChannels } from './conversations.ts';

const usersRead = () => ['users:read'];

const info: Method = {
  tier: 4,
  token: 'bot',
  scopes: usersRead,
  run: (call) => ({ user: userJson(call.context, call.user()) }),
};

const list: Method = {
  tier: 2,
  token: 'bot',
  scopes: usersRead,
  run: (call) => {
    const { items, meta } = call.page([...call.context.state.users.values()], 1000, 1000);
    return {
      members: items.map((user) => userJson(call.context, user)),
      cache_ts: Math.floor(call.context.state.now() / 1000),
      response_metadata: meta,
    };
  },
};

const lookupByEmail: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['users:read.email'],
  run: (call) => {
    const email = call.required('email').toLowerCase();
    const user = [...call.context.state.users.values()].find(
      (candidate) => candidate.email.toLowerCase() === email && !candidate.deleted,
    );
    if (!user) throw new ApiError('users_not_found');
    return { user: userJson(call.context, user) };
  },
};

const conversations: Method = {
  tier: 3,
  token: 'bot',
  run: (call) => {
    const user = call.has('user') ? call.user().id : call.context.state.identity.botUserId;
    const { items, meta } = call.page(
      visibleChannels(call).filter((channel) => channel.members.has(user)),
      100,
      999,
    );
    return { channels: items.map((channel) => channelJson(call.context, channel)), response_metadata: meta };
  },
};

function dndJson(context: Context, user: User): JsonObject {
  const now = context.state.now();
  const { dnd } = user;
  const isSet = dnd !== undefined && dnd.to > now;
  return {
    dnd_enabled: isSet,
    next_dnd_start_ts: isSet ? Math.floor(dnd.from / 1000) : 1,
    next_dnd_end_ts: isSet ? Math.floor(dnd.to / 1000) : 1,
    snooze_enabled: false,
  };
}

const dndInfo: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['dnd:read'],
  run: (call) => dndJson(call.context, call.user()),
};

const dndTeamInfo: Method = {
  tier: 2,
  token: 'bot',
  scopes: () => ['dnd:read'],
  run: (call) => {
    const named = call.names('users');
    const { users } = call.context.state;
    const asked =
      named.length === 0 ? [...users.values()].filter((user) => !user.bot) : named.flatMap((id) => users.get(id) ?? []);
    return { users: Object.fromEntries(asked.map((user) => [user.id, dndJson(call.context, user)])) };
  },
};

const groupsList: Method = {
  tier: 2,
  token: 'bot',
  scopes: () => ['usergroups:read'],
  run: (call) => ({
    usergroups: [...call.context.state.usergroups.values()].map((group) =>
      usergroupJson(call.context, group, call.flag('include_users')),
    ),
  }),
};

const groupUsersList: Method = {
  tier: 2,
  token: 'bot',
  scopes: () => ['usergroups:read'],
  run: (call) => {
    const group = call.context.state.usergroups.get(call.required('usergroup'));
    if (!group) throw new ApiError('no_such_subteam');
    return { users: group.users };
  },
};

/** Replaces the whole list. */
const groupUsersUpdate: Method = {
  tier: 2,
  token: 'bot',
  scopes: () => ['usergroups:write'],
  run: (call) => {
    const { state } = call.context;
    const group = state.usergroups.get(call.required('usergroup'));
    if (!group) throw new ApiError('no_such_subteam');
    const users = call.names('users');
    if (users.length === 0) throw new ApiError('no_users_provided');
    if (users.some((id) => !state.users.has(id))) throw new ApiError('invalid_users');
    group.users = users;
    group.updated = state.now();
    return { usergroup: usergroupJson(call.context, group, true) };
  },
};

export const peopleMethods: Readonly<Record<string, Method>> = {
  'users.info': info,
  'users.list': list,
  'users.lookupByEmail': lookupByEmail,
  'users.conversations': conversations,
  'dnd.info': dndInfo,
  'dnd.teamInfo': dndTeamInfo,
  'usergroups.list': groupsList,
  'usergroups.users.list': groupUsersList,
  'usergroups.users.update': groupUsersUpdate,
};
