import { ApiError, type Method } from './call.ts';

const authTest: Method = {
  tier: 'none',
  token: 'bot',
  run: (call) => {
    const { identity } = call.context.state;
    return {
      url: `${call.context.baseUrl()}/`,
      team: identity.teamName,
      user: identity.botName,
      team_id: identity.teamId,
      user_id: identity.botUserId,
      bot_id: identity.botId,
      is_enterprise_install: false,
    };
  },
};

const apiTest: Method = {
  tier: 'none',
  token: 'bot',
  run: (call) => {
    if (call.has('error')) throw new ApiError(call.text('error'));
    return { args: call.args };
  },
};

const connectionsOpen: Method = {
  tier: 'none',
  token: 'app',
  run: (call) => {
    if (!call.context.manifest.socketMode && call.context.strict) throw new ApiError('socket_mode_disabled');
    const url = call.context.openConnection();
    if (url === undefined) throw new ApiError('too_many_websockets');
    return { url };
  },
};

const botsInfo: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['users:read'],
  run: (call) => {
    const { identity } = call.context.state;
    if (call.has('bot') && call.text('bot') !== identity.botId) throw new ApiError('bot_not_found');
    const { botId: id, appId, botUserId, botName: name } = identity;
    return { bot: { id, app_id: appId, user_id: botUserId, name, deleted: false, updated: 0, icons: {} } };
  },
};

const teamInfo: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['team:read'],
  run: (call) => {
    const { identity } = call.context.state;
    return {
      team: {
        id: identity.teamId,
        name: identity.teamName,
        domain: identity.teamDomain,
        email_domain: 'example.com',
        icon: {},
      },
    };
  },
};

export const sessionMethods: Readonly<Record<string, Method>> = {
  'api.test': apiTest,
  'auth.test': authTest,
  'apps.connections.open': connectionsOpen,
  'bots.info': botsInfo,
  'team.info': teamInfo,
};
