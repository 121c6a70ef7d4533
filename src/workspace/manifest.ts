import { isObject, type JsonObject } from './strict/check.ts';

export interface SlashCommand {
  /** With its leading slash. */
  readonly command: string;
  readonly description: string;
  readonly usageHint: string;
  readonly shouldEscape: boolean;
}

export interface Shortcut {
  readonly name: string;
  readonly callbackId: string;
  readonly kind: 'global' | 'message';
  readonly description: string;
}

/** The parts of an app manifest that decide what the workspace lets the app do. */
export interface Manifest {
  readonly name: string;
  readonly botName: string;
  readonly color: string;
  readonly commands: readonly SlashCommand[];
  readonly shortcuts: readonly Shortcut[];
  readonly scopes: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
  readonly socketMode: boolean;
  readonly interactivity: boolean;
  readonly homeTab: boolean;
  readonly messagesTab: boolean;
}

/** Reads a parsed manifest.json leniently: absent parts are off, as in Slack. Throws only where it is no object at all. */
export function readManifest(raw: unknown): Manifest {
  if (!isObject(raw)) throw new Error('the app manifest must be an object (the parsed manifest.json)');
  const features = part(raw, 'features');
  const settings = part(raw, 'settings');
  const home = part(features, 'app_home');
  const scopes = part(part(raw, 'oauth_config'), 'scopes');
  const display = part(raw, 'display_information');
  return {
    name: string(display, 'name') || 'App',
    botName: string(part(features, 'bot_user'), 'display_name') || string(display, 'name') || 'app',
    color: string(display, 'background_color'),
    commands: objects(features, 'slash_commands').map((entry) => ({
      command: string(entry, 'command'),
      description: string(entry, 'description'),
      usageHint: string(entry, 'usage_hint'),
      shouldEscape: entry['should_escape'] === true,
    })),
    shortcuts: objects(features, 'shortcuts').map((entry) => ({
      name: string(entry, 'name'),
      callbackId: string(entry, 'callback_id'),
      kind: entry['type'] === 'message' ? 'message' : 'global',
      description: string(entry, 'description'),
    })),
    scopes: new Set([...strings(scopes, 'bot'), ...strings(scopes, 'bot_optional')]),
    events: new Set(strings(part(settings, 'event_subscriptions'), 'bot_events')),
    socketMode: settings['socket_mode_enabled'] === true,
    interactivity: part(settings, 'interactivity')['is_enabled'] === true,
    homeTab: home['home_tab_enabled'] === true,
    messagesTab: home['messages_tab_enabled'] !== false,
  };
}

function part(from: JsonObject, name: string): JsonObject {
  const value = from[name];
  return isObject(value) ? value : {};
}

function string(from: JsonObject, name: string): string {
  const value = from[name];
  return typeof value === 'string' ? value : '';
}

function strings(from: JsonObject, name: string): string[] {
  const value = from[name];
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

function objects(from: JsonObject, name: string): JsonObject[] {
  const value = from[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
