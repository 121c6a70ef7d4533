import type { Path } from '../document/yaml.ts';
import { checkForeign } from './foreign-receiver.ts';
import { type SecretSource, secretOf } from './go-scalars.ts';
import { type HttpConfig, PLAIN_HTTP, type TlsSettings, tlsSettings } from './http-config.ts';
import type { EmailConfig, Integration, MsteamsConfig, PagerdutyConfig, Receiver, SlackConfig } from './receiver.ts';
import { FOREIGN_KINDS, type RawGlobal, type RawReceiver } from './receiver-schema.ts';

/** What a receiver inherits, and where to say what is wrong with it. */
export interface ReceiverContext {
  readonly global: RawGlobal;
  /** The bot has a Slack token of its own, so Slack destinations need no URL. */
  readonly slackToken: boolean;
  readonly fail: (path: Path, message: string) => void;
}

const PAGERDUTY_V2_URL = 'https://events.pagerduty.com/v2/enqueue';
const PAGERDUTY_V1_URL = 'https://events.pagerduty.com/generic/2010-04-15/create_event.json';

const PAGERDUTY_DETAILS: ReadonlyMap<string, string> = new Map([
  ['firing', '{{ template "pagerduty.default.instances" .Alerts.Firing }}'],
  ['resolved', '{{ template "pagerduty.default.instances" .Alerts.Resolved }}'],
  ['num_firing', '{{ .Alerts.Firing | len }}'],
  ['num_resolved', '{{ .Alerts.Resolved | len }}'],
]);

/** Checks `global` by itself, as Alertmanager does before it looks at receivers. */
export function checkGlobal(global: RawGlobal, fail: ReceiverContext['fail']): void {
  const pairs = [
    'slack_api_url',
    'slack_app_token',
    'opsgenie_api_key',
    'victorops_api_key',
    'smtp_auth_password',
    'smtp_auth_secret',
    'rocketchat_token',
    'rocketchat_token_id',
    'telegram_bot_token',
    'wechat_api_secret',
    'mattermost_webhook_url',
  ] as const;
  for (const name of pairs) {
    const source = secretOf(name, global[name], global[`${name}_file`]);
    if (source && 'fault' in source) fail(['global', `${name}_file`], source.fault);
  }
  const token = global.slack_app_token || global.slack_app_token_file;
  const url = global.slack_api_url || global.slack_api_url_file;
  // An app token beside chat.postMessage as the URL is an old way to say the same; beside a webhook it is a contradiction.
  if (token && url && global.slack_api_url !== global.slack_app_url) {
    fail(
      ['global', 'slack_api_url'],
      'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured',
    );
  }
}

/** Fills in what a receiver inherits. Faults are reported; the result is then not to be used. */
export function buildReceiver(raw: RawReceiver, path: Path, context: ReceiverContext): Receiver {
  const at = (kind: string, index: number): Builder => new Builder([...path, kind, index], context);
  const teams = [
    ...raw.msteams_configs.map((config, i) => ({ config, version: 1 as const, at: at('msteams_configs', i) })),
    ...raw.msteamsv2_configs.map((config, i) => ({ config, version: 2 as const, at: at('msteamsv2_configs', i) })),
  ];
  const integrations: Integration[] = [
    ...raw.webhook_configs.map((c, index): Integration => {
      const build = at('webhook_configs', index);
      const config = {
        url: build.required('url', c.url, c.url_file, 'one of url or url_file must be configured'),
        maxAlerts: c.max_alerts,
        ...(c.timeout && { timeoutMs: c.timeout }),
        http: build.http(c.http_config),
      };
      return { kind: 'webhook', index, sendResolved: c.send_resolved, config };
    }),
    ...raw.email_configs.map((c, index): Integration => {
      return { kind: 'email', index, sendResolved: c.send_resolved, config: at('email_configs', index).email(c) };
    }),
    ...raw.pagerduty_configs.map((c, index): Integration => {
      const config = at('pagerduty_configs', index).pagerduty(c);
      return { kind: 'pagerduty', index, sendResolved: c.send_resolved, config };
    }),
    ...raw.slack_configs.map((c, index): Integration => {
      return { kind: 'slack', index, sendResolved: c.send_resolved, config: at('slack_configs', index).slack(c) };
    }),
    ...teams.map(({ config: c, version, at: build }, index): Integration => {
      return { kind: 'msteams', index, sendResolved: c.send_resolved, config: build.msteams(c, version) };
    }),
  ];
  checkForeign(raw, path, context);
  return { name: raw.name, integrations, unsupported: FOREIGN_KINDS.filter((kind) => (raw[kind] ?? []).length > 0) };
}

class Builder {
  readonly #path: Path;
  readonly #context: ReceiverContext;

  constructor(path: Path, context: ReceiverContext) {
    this.#path = path;
    this.#context = context;
  }

  http(own: HttpConfig | undefined): HttpConfig {
    return own ?? this.#context.global.http_config ?? PLAIN_HTTP;
  }

  secret(name: string, inline: string | undefined, file: string | undefined): SecretSource | undefined {
    const source = secretOf(name, inline, file);
    if (!source || 'kind' in source) return source;
    this.#fail(source.fault);
    return undefined;
  }

  required(name: string, inline: string | undefined, file: string | undefined, missing: string): SecretSource {
    const source = this.secret(name, inline, file);
    if (source) return source;
    if (!inline && !file) this.#fail(missing);
    return { kind: 'inline', value: '' };
  }

  slack(c: RawReceiver['slack_configs'][number]): SlackConfig {
    const { global } = this.#context;
    const ownUrl = this.secret('api_url', c.api_url, c.api_url_file);
    const ownToken = this.secret('app_token', c.app_token, c.app_token_file);
    if (ownUrl && ownToken)
      this.#fail('at most one of api_url/api_url_file & app_token/app_token_file must be configured');
    const globalUrl = secretOf('slack_api_url', global.slack_api_url, global.slack_api_url_file);
    const globalToken = secretOf('slack_app_token', global.slack_app_token, global.slack_app_token_file);
    const apiUrl = ownUrl ?? (ownToken ? undefined : inherited(globalUrl));
    const appToken = ownToken ?? (ownUrl ? undefined : inherited(globalToken));
    if (!apiUrl && !appToken && !this.#context.slackToken) {
      this.#fail('no global Slack API URL set either inline or in a file');
    }
    return {
      color: c.color,
      username: c.username,
      title: c.title,
      titleLink: c.title_link,
      pretext: c.pretext,
      text: c.text,
      fallback: c.fallback,
      callbackId: c.callback_id,
      footer: c.footer,
      iconEmoji: c.icon_emoji,
      iconUrl: c.icon_url,
      channel: c.channel,
      ...(apiUrl && { apiUrl }),
      ...(appToken && { appToken, appUrl: c.app_url ?? global.slack_app_url }),
      imageUrl: c.image_url,
      thumbUrl: c.thumb_url,
      fields: c.fields.map((field) => ({ ...field, short: field.short ?? c.short_fields })),
      shortFields: c.short_fields,
      linkNames: c.link_names,
      mrkdwnIn: c.mrkdwn_in,
      actions: c.actions.map(({ type, text, url, style, name, value }) =>
        url ? { type, text, url, style, name: '', value: '' } : { type, text, url, style, name, value },
      ),
      ...(c.timeout && { timeoutMs: c.timeout }),
      http: this.http(c.http_config),
    };
  }

  pagerduty(c: RawReceiver['pagerduty_configs'][number]): PagerdutyConfig {
    const routingKey = this.secret('routing_key', c.routing_key, c.routing_key_file);
    const serviceKey = this.secret('service_key', c.service_key, c.service_key_file);
    if (!c.routing_key && !c.routing_key_file && !c.service_key && !c.service_key_file) {
      this.#fail('missing service or routing key in PagerDuty config');
    }
    return {
      ...(routingKey && { routingKey }),
      ...(serviceKey && { serviceKey }),
      // Without an address a service key goes to the Events API v1, as Alertmanager sends it. An address names its API itself.
      url: c.url ?? this.#context.global.pagerduty_url ?? (routingKey ? PAGERDUTY_V2_URL : PAGERDUTY_V1_URL),
      client: c.client,
      clientUrl: c.client_url,
      description: c.description,
      severity: c.severity,
      source: c.source || c.client,
      class: c.class,
      component: c.component,
      group: c.group,
      details: new Map([...PAGERDUTY_DETAILS, ...c.details]),
      images: c.images,
      links: c.links,
      ...(c.timeout && { timeoutMs: c.timeout }),
      http: this.http(c.http_config),
    };
  }

  email(c: RawReceiver['email_configs'][number]): EmailConfig {
    const { global } = this.#context;
    if (c.to === '') this.#fail('missing to address in email config');
    const smarthost = c.smarthost ?? global.smtp_smarthost;
    if (!smarthost) this.#fail('no global SMTP smarthost set');
    const from = c.from || global.smtp_from;
    if (!from) this.#fail('no global SMTP from set');
    const headers = new Map<string, string>();
    for (const [name, value] of c.headers) {
      const canonical = name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (match) => match.toUpperCase());
      if (headers.has(canonical)) this.#fail(`duplicate header ${JSON.stringify(canonical)} in email config`);
      headers.set(canonical, value);
    }
    const authPassword =
      this.secret('auth_password', c.auth_password, c.auth_password_file) ??
      inherited(secretOf('smtp_auth_password', global.smtp_auth_password, global.smtp_auth_password_file));
    const authSecret =
      this.secret('auth_secret', c.auth_secret, c.auth_secret_file) ??
      inherited(secretOf('smtp_auth_secret', global.smtp_auth_secret, global.smtp_auth_secret_file));
    return {
      to: c.to,
      from,
      smarthost: smarthost ?? { host: '', port: '' },
      hello: c.hello || global.smtp_hello,
      authUsername: c.auth_username || global.smtp_auth_username,
      ...(authPassword && { authPassword }),
      ...(authSecret && { authSecret }),
      authIdentity: c.auth_identity || global.smtp_auth_identity,
      requireTls: c.require_tls ?? global.smtp_require_tls,
      ...implicitTls(c.force_implicit_tls ?? global.smtp_force_implicit_tls),
      tls: this.tls(c.tls_config ?? global.smtp_tls_config),
      headers,
      html: c.html,
      text: c.text,
    };
  }

  tls(raw: RawGlobal['smtp_tls_config']): TlsSettings {
    return tlsSettings(raw, (name, inline, file) => this.secret(name, inline, file));
  }

  msteams(c: RawReceiver['msteams_configs'][number], version: 1 | 2): MsteamsConfig {
    const name = version === 1 ? 'msteams' : 'msteamsv2';
    return {
      webhookUrl: this.required(
        'webhook_url',
        c.webhook_url,
        c.webhook_url_file,
        'one of webhook_url or webhook_url_file must be configured',
      ),
      version,
      title: c.title ?? `{{ template "${name}.default.title" . }}`,
      summary: c.summary ?? `{{ template "${name}.default.summary" . }}`,
      text: c.text ?? `{{ template "${name}.default.text" . }}`,
      http: this.http(c.http_config),
    };
  }

  #fail(message: string): void {
    this.#context.fail(this.#path, message);
  }
}

function implicitTls(forced: boolean | undefined): Pick<EmailConfig, 'implicitTls'> {
  return forced === undefined ? {} : { implicitTls: forced };
}

/** A fault in `global` was reported there. */
function inherited(source: ReturnType<typeof secretOf>): SecretSource | undefined {
  return source && 'kind' in source ? source : undefined;
}
