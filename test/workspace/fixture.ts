import { App, LogLevel } from '@slack/bolt';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';

export const BOT_TOKEN = 'xoxb-local-test';
export const APP_TOKEN = 'xapp-local-test';
export const SIGNING_SECRET = 'local-signing-secret';

/** A manifest with everything a bot of this kind asks for. */
export const manifest = {
  display_information: { name: 'Watchroom', background_color: '#20364f' },
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
    bot_user: { display_name: 'watchroom', always_online: true },
    slash_commands: [
      { command: '/alert', description: 'Alerts', usage_hint: 'list | ack ID', should_escape: true },
      { command: '/oncall', description: 'Who is on call', usage_hint: 'who | me', should_escape: false },
    ],
    shortcuts: [
      { name: 'Page somebody', type: 'global', callback_id: 'page_somebody', description: 'Page the person on call' },
      {
        name: 'Report as missed',
        type: 'message',
        callback_id: 'report_missed',
        description: 'Turn this into an incident',
      },
    ],
  },
  oauth_config: {
    scopes: {
      bot: [
        'chat:write',
        'commands',
        'channels:read',
        'channels:history',
        'groups:read',
        'im:read',
        'im:write',
        'im:history',
        'users:read',
        'users:read.email',
        'usergroups:read',
        'usergroups:write',
        'reactions:read',
        'reactions:write',
        'files:write',
        'files:read',
        'dnd:read',
        'app_mentions:read',
        'team:read',
      ],
    },
  },
  settings: {
    socket_mode_enabled: true,
    interactivity: { is_enabled: true },
    event_subscriptions: {
      bot_events: ['app_home_opened', 'app_mention', 'message.im', 'message.channels', 'reaction_added'],
    },
  },
};

type Options = Partial<Parameters<typeof startWorkspace>[0]>;

export function workspaceForTest(options: Options = {}): Promise<Workspace> {
  return startWorkspace({
    manifest,
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    signingSecret: SIGNING_SECRET,
    ...options,
  });
}

/** A Bolt app in Socket Mode, not yet started; quiet, and without retries so that errors show at once. */
export function socketApp(workspace: Workspace): App {
  return new App({
    token: BOT_TOKEN,
    appToken: APP_TOKEN,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } },
  });
}

/** A plain Web API call, for answers that a client library would turn into exceptions. */
export async function api(
  workspace: Workspace,
  method: string,
  args: Record<string, unknown> = {},
  token = BOT_TOKEN,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${workspace.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Record<string, unknown>;
}
