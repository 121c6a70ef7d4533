import type { Path } from '../document/yaml.ts';
import { FOREIGN_KINDS, type RawGlobal, type RawReceiver } from './receiver-schema.ts';

type Kind = (typeof FOREIGN_KINDS)[number];
type Draft = Readonly<Record<string, unknown>>;

/** A field that must be there, itself or as `…_file`; both at once are a contradiction. */
interface Needed {
  readonly name: string;
  /** What `global` may offer instead. */
  readonly global?: keyof RawGlobal;
  readonly missing: string;
}

/** What Alertmanager refuses these kinds without, so that a file which it refuses does not pass here. */
const NEEDED: Readonly<Record<Kind, readonly Needed[]>> = {
  discord_configs: [{ name: 'webhook_url', missing: 'one of webhook_url or webhook_url_file must be configured' }],
  incidentio_configs: [{ name: 'url', missing: 'one of url or url_file must be configured' }],
  jira_configs: [
    { name: 'project', missing: 'missing project in jira_config' },
    { name: 'issue_type', missing: 'missing issue_type in jira_config' },
    { name: 'api_url', global: 'jira_api_url', missing: 'no global Jira Cloud URL set' },
  ],
  mattermost_configs: [
    { name: 'webhook_url', global: 'mattermost_webhook_url', missing: 'no global Mattermost Webhook URL set' },
  ],
  opsgenie_configs: [
    {
      name: 'api_key',
      global: 'opsgenie_api_key',
      missing: 'no global OpsGenie API Key set either inline or in a file',
    },
  ],
  pushover_configs: [
    { name: 'user_key', missing: 'one of user_key or user_key_file must be configured' },
    { name: 'token', missing: 'one of token or token_file must be configured' },
  ],
  rocketchat_configs: [
    { name: 'token', global: 'rocketchat_token', missing: 'no global Rocketchat Token set either inline or in a file' },
    {
      name: 'token_id',
      global: 'rocketchat_token_id',
      missing: 'no global Rocketchat TokenID set either inline or in a file',
    },
  ],
  sns_configs: [],
  telegram_configs: [
    {
      name: 'bot_token',
      global: 'telegram_bot_token',
      missing: 'missing bot_token or bot_token_file on telegram_config',
    },
    { name: 'chat_id', missing: 'missing chat_id on telegram_config' },
  ],
  victorops_configs: [
    { name: 'routing_key', missing: 'missing Routing key in VictorOps config' },
    { name: 'api_key', global: 'victorops_api_key', missing: 'no global VictorOps API Key set' },
  ],
  webex_configs: [{ name: 'room_id', missing: 'missing room_id on webex_config' }],
  wechat_configs: [
    {
      name: 'api_secret',
      global: 'wechat_api_secret',
      missing: 'no global Wechat Api Secret set either inline or in a file',
    },
    { name: 'corp_id', global: 'wechat_api_corp_id', missing: 'no global Wechat CorpID set' },
  ],
};
const SNS_TARGETS = ['topic_arn', 'target_arn', 'phone_number'] as const;
const RESPONDERS = ['team', 'teams', 'user', 'escalation', 'schedule'];
const PARSE_MODES = ['', 'Markdown', 'MarkdownV2', 'HTML'];

/** Reports what the kinds that we do not deliver lack. */
export function checkForeign(
  raw: RawReceiver,
  path: Path,
  { global, fail }: { readonly global: RawGlobal; readonly fail: (path: Path, message: string) => void },
): void {
  for (const kind of FOREIGN_KINDS) {
    for (const [index, draft] of (raw[kind] ?? []).entries()) {
      const faults = [...NEEDED[kind].flatMap((needed) => lacking(needed, draft, global)), ...oddities(kind, draft)];
      for (const fault of faults) fail([...path, kind, index], fault);
    }
  }
}

function lacking({ name, global: inherited, missing }: Needed, draft: Draft, global: RawGlobal): string[] {
  const own = isSet(draft[name]);
  const file = isSet(draft[`${name}_file`]);
  if (own && file) return [`at most one of ${name} & ${name}_file must be configured`];
  if (own || file) return [];
  if (inherited === undefined) return [missing];
  const offered: Draft = global;
  return isSet(offered[inherited]) || isSet(offered[`${inherited}_file`]) ? [] : [missing];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function oddities(kind: Kind, draft: Draft): string[] {
  switch (kind) {
    case 'opsgenie_configs':
      return [...(draft['teams'] === undefined ? [] : ['unknown key teams']), ...responderFaults(draft['responders'])];
    case 'sns_configs':
      return SNS_TARGETS.some((name) => isSet(draft[name]))
        ? []
        : ['must provide either a Target ARN, Topic ARN, or Phone Number for SNS config'];
    case 'telegram_configs':
      return PARSE_MODES.includes(plainText(draft['parse_mode']))
        ? []
        : ['unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string'];
    case 'discord_configs':
    case 'incidentio_configs':
    case 'jira_configs':
    case 'mattermost_configs':
    case 'pushover_configs':
    case 'rocketchat_configs':
    case 'victorops_configs':
    case 'webex_configs':
    case 'wechat_configs':
      return [];
  }
}

function responderFaults(responders: unknown): string[] {
  if (!Array.isArray(responders)) return [];
  return responders.flatMap((responder: unknown) => {
    const { id, username, name, type }: Draft =
      typeof responder === 'object' && responder !== null ? { ...responder } : {};
    if (![id, username, name].some(isSet)) return ['a responder has to have at least one of id, username or name'];
    const text = plainText(type).toLowerCase();
    return text.includes('{{') || RESPONDERS.includes(text)
      ? []
      : [`responder type ${JSON.stringify(type)} does not match valid options ${RESPONDERS.join(', ')}`];
  });
}

/** A scalar as text; what is neither text nor a number is none of the known words. */
function plainText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
