import type { LoadedRouting } from '../../routing/schema.ts';

const SECRET = '<secret>';
/** Keys whose values are secrets wherever they stand. `token_id` names a token and is none. */
const SECRET_KEY = /(?:^|_)(?:password|secret|secrets|token|key|credentials)$/;
const SECRET_URLS = new Set(['slack_api_url', 'webhook_url', 'mattermost_webhook_url']);
/** Mappings whose keys are the user's own words. */
const FREE_MAPS = new Set([
  'match',
  'match_re',
  'source_match',
  'source_match_re',
  'target_match',
  'target_match_re',
  'details',
  'headers',
]);
/** What newer releases have for posting with a bot's token. Alertmanager 0.25 and its amtool refuse a file that has them. */
const BOT_TOKEN_KEYS = new Set([
  'slack_app_token',
  'slack_app_token_file',
  'slack_app_url',
  'app_token',
  'app_token_file',
  'app_url',
]);
type Mapping = Readonly<Record<string, unknown>>;

/**
 * The routing configuration as a file that Alertmanager and amtool read again: secrets shown as `<secret>` (which both take for a
 * URL that was there), and the same in place of a Slack URL where ours needs none, because the bot posts with its own token.
 */
export function configText(routing: Pick<LoadedRouting, 'written'>): string {
  const file = mapping(routing.written);
  if (!file) return '{}\n';
  const global = mapping(file['global']) ?? {};
  const lacksUrl = usesSlack(file) && !('slack_api_url' in global) && !('slack_api_url_file' in global);
  const shown = redacted(lacksUrl ? { ...file, global: { ...global, slack_api_url: SECRET } } : file, []);
  return `${print(shown, '').join('\n')}\n`;
}

function usesSlack(file: Mapping): boolean {
  return Array.isArray(file['receivers']) && file['receivers'].some((receiver) => 'slack_configs' in Object(receiver));
}

function mapping(value: unknown): Mapping | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : undefined;
}

/** @param path the keys above, indexes left out */
function redacted(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => redacted(item, path));
  const map = mapping(value);
  if (!map) return withoutUser(value);
  if (FREE_MAPS.has(path.at(-1) ?? '')) return map;
  const kept = Object.entries(map).filter(([key]) => !BOT_TOKEN_KEYS.has(key));
  return Object.fromEntries(
    kept.map(([key, child]) => {
      if (isSecret(key, path)) return [key, Array.isArray(child) ? child.map(() => SECRET) : SECRET];
      if (key === 'url' && path.at(-1) === 'webhook_configs') return [key, originOnly(child)];
      return [key, redacted(child, [...path, key])];
    }),
  );
}

function isSecret(key: string, path: readonly string[]): boolean {
  if (SECRET_URLS.has(key) || SECRET_KEY.test(key)) return true;
  return key === 'api_url' && path.at(-1) === 'slack_configs';
}

/** Webhook URLs carry their secret in the path or the query. */
function originOnly(value: unknown): unknown {
  if (typeof value !== 'string' || !URL.canParse(value)) return value;
  const { origin, pathname, search } = new URL(value);
  return pathname === '/' && search === '' ? `${origin}/` : `${origin}/${SECRET}`;
}

/** A user and password inside a URL, as in `proxy_url`. */
function withoutUser(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/i, `$1${SECRET}@`) : value;
}

/** YAML in block style. */
function print(value: unknown, indent: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((item) => nested(print(item, `${indent}  `), item, `${indent}-`, indent));
  const map = mapping(value);
  if (!map) return [`${indent}${scalar(value)}`];
  return Object.entries(map).flatMap(([key, child]) => {
    const head = `${indent}${scalar(key)}:`;
    if (isEmpty(child)) return [`${head} ${Array.isArray(child) ? '[]' : '{}'}`];
    if (typeof child !== 'object' || child === null) return [`${head} ${scalar(child)}`];
    return [head, ...print(child, Array.isArray(child) ? indent : `${indent}  `)];
  });
}

/** A list's item: its first line stands behind the dash. */
function nested(lines: readonly string[], item: unknown, dash: string, indent: string): string[] {
  if (isEmpty(item)) return [`${dash} ${Array.isArray(item) ? '[]' : '{}'}`];
  const [first = '', ...rest] = lines;
  return [`${dash} ${first.slice(indent.length + 2)}`, ...rest];
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const PLAIN = /^[A-Za-z0-9_](?:[\w ./+-]*[\w./+-])?$/;
const NULL_WORDS = /^(?:null|Null|NULL|)$/;

/** Plain where that reads back as the same text in a field of any type (`5m`, `true`, `1.10`); in quotes otherwise. */
function scalar(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (PLAIN.test(text) && !NULL_WORDS.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that YAML forbids
  return JSON.stringify(text).replace(/[\u{7f}-\u{9f}\u{feff}\u{fffe}\u{ffff}\u{2028}\u{2029}]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
