import { shortcutHandlers } from './actions/index.ts';
import type { SlackManifest } from './client.ts';
import { subcommands } from './commands/index.ts';
import type { SlackSettings } from './ports.ts';
import type { CommandFamily } from './registry.ts';

/**
 * The app manifest that a newcomer pastes into https://api.slack.com/apps: commands and shortcuts come from the registries, scopes
 * are those of the methods that `client.ts` calls and the events below.
 */
export function buildManifest(
  commands: SlackSettings['commands'] = { alert: '/alert', oncall: '/oncall' },
  transport: { readonly kind: 'socket' } | { readonly kind: 'http'; readonly eventsUrl: string } = { kind: 'socket' },
): SlackManifest {
  const url = transport.kind === 'http' ? transport.eventsUrl : undefined;
  return {
    display_information: {
      name: 'Watchroom',
      description: 'Wakes the right person when a model goes wrong',
      long_description: LONG_DESCRIPTION,
      background_color: '#1f2937',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'watchroom', always_online: true },
      shortcuts: shortcutHandlers.map(({ name, type, callbackId, description }) => ({
        name,
        type,
        callback_id: callbackId,
        description,
      })),
      slash_commands: (['alert', 'oncall'] as const).map((family) => ({
        command: commands[family],
        description: DESCRIPTIONS[family],
        usage_hint: usageHint(family),
        should_escape: true,
        ...(url === undefined ? {} : { url }),
      })),
    },
    oauth_config: {
      scopes: {
        bot: [
          'app_mentions:read',
          'channels:history',
          'channels:read',
          'chat:write',
          'chat:write.public',
          'commands',
          'dnd:read',
          'groups:history',
          'groups:read',
          'im:history',
          'im:write',
          'reactions:read',
          'usergroups:read',
          'users:read',
          'users:read.email',
        ],
        // For `slack.charts: png` alone.
        bot_optional: ['files:write'],
      },
    },
    settings: {
      event_subscriptions: {
        ...(url === undefined ? {} : { request_url: url }),
        bot_events: ['app_home_opened', 'app_mention', 'message.im', 'reaction_added'],
      },
      interactivity: { is_enabled: true, ...(url === undefined ? {} : { request_url: url }) },
      org_deploy_enabled: false,
      socket_mode_enabled: transport.kind === 'socket',
      token_rotation_enabled: false,
    },
  };
}

const DESCRIPTIONS: Readonly<Record<CommandFamily, string>> = {
  alert: 'Incidents: see, acknowledge, silence, explain',
  oncall: 'Who is on call, and when you are',
};

const LONG_DESCRIPTION =
  'Watchroom gathers the metrics of production models, evaluates rules over them, groups what fires, and brings it here: one living card per incident, with the runbook, the ladder of who is told next, and buttons to acknowledge, silence and judge it.';

/** Slack shows it behind the command while it is typed. */
function usageHint(family: CommandFamily): string {
  return [...subcommands.filter((subcommand) => subcommand.family === family).map(({ name }) => name), 'help'].join(
    ' | ',
  );
}

/** The file's text: stable order, two spaces, final newline. */
export function manifestText(manifest: SlackManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
