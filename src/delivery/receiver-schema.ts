import { z } from 'zod';
import { Count, Flag, GoDuration, HostPort, HttpUrl, ModelDuration, Text, TextMap } from './go-scalars.ts';
import { HttpConfigSchema, TlsConfig } from './http-config.ts';

/** The keys of Alertmanager's `global`, with its defaults where they matter to us. */
export const GlobalSchema = z.strictObject({
  resolve_timeout: ModelDuration.prefault('5m'),
  http_config: HttpConfigSchema.optional(),
  smtp_from: Text.prefault(''),
  smtp_hello: Text.prefault('localhost'),
  smtp_smarthost: HostPort.optional(),
  smtp_auth_username: Text.prefault(''),
  smtp_auth_password: Text.optional(),
  smtp_auth_password_file: Text.optional(),
  smtp_auth_secret: Text.optional(),
  smtp_auth_secret_file: Text.optional(),
  smtp_auth_identity: Text.prefault(''),
  smtp_require_tls: Flag.prefault('true'),
  smtp_tls_config: TlsConfig.optional(),
  smtp_force_implicit_tls: Flag.optional(),
  slack_api_url: HttpUrl.optional(),
  slack_api_url_file: Text.optional(),
  slack_app_token: Text.optional(),
  slack_app_token_file: Text.optional(),
  slack_app_url: HttpUrl.prefault('https://slack.com/api/chat.postMessage'),
  pagerduty_url: HttpUrl.optional(),
  opsgenie_api_url: HttpUrl.optional(),
  opsgenie_api_key: Text.optional(),
  opsgenie_api_key_file: Text.optional(),
  wechat_api_url: HttpUrl.optional(),
  wechat_api_secret: Text.optional(),
  wechat_api_secret_file: Text.optional(),
  wechat_api_corp_id: Text.optional(),
  victorops_api_url: HttpUrl.optional(),
  victorops_api_key: Text.optional(),
  victorops_api_key_file: Text.optional(),
  telegram_api_url: HttpUrl.optional(),
  telegram_bot_token: Text.optional(),
  telegram_bot_token_file: Text.optional(),
  webex_api_url: HttpUrl.optional(),
  jira_api_url: HttpUrl.optional(),
  rocketchat_api_url: HttpUrl.optional(),
  rocketchat_token: Text.optional(),
  rocketchat_token_file: Text.optional(),
  rocketchat_token_id: Text.optional(),
  rocketchat_token_id_file: Text.optional(),
  mattermost_webhook_url: HttpUrl.optional(),
  mattermost_webhook_url_file: Text.optional(),
});
export type RawGlobal = z.output<typeof GlobalSchema>;

const SlackField = z.strictObject({
  title: Text.min(1, 'missing title in Slack field configuration'),
  value: Text.min(1, 'missing value in Slack field configuration'),
  short: Flag.optional(),
});

const SlackConfirm = z.strictObject({
  text: Text.min(1, 'missing text in Slack confirmation configuration'),
  title: Text.optional(),
  ok_text: Text.optional(),
  dismiss_text: Text.optional(),
});

const SlackAction = z
  .strictObject({
    type: Text.min(1, 'missing type in Slack action configuration'),
    text: Text.min(1, 'missing text in Slack action configuration'),
    url: Text.prefault(''),
    style: Text.prefault(''),
    name: Text.prefault(''),
    value: Text.prefault(''),
    confirm: SlackConfirm.optional(),
  })
  .refine((action) => action.url !== '' || action.name !== '', {
    error: 'missing name or url in Slack action configuration',
  });

const template = (name: string): z.ZodPrefault<typeof Text> => Text.prefault(`{{ template "${name}" . }}`);

const SlackSchema = z.strictObject({
  send_resolved: Flag.prefault('false'),
  http_config: HttpConfigSchema.optional(),
  api_url: HttpUrl.optional(),
  api_url_file: Text.optional(),
  app_token: Text.optional(),
  app_token_file: Text.optional(),
  app_url: HttpUrl.optional(),
  channel: Text.prefault(''),
  color: Text.prefault('{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'),
  username: template('slack.default.username'),
  title: template('slack.default.title'),
  title_link: template('slack.default.titlelink'),
  pretext: template('slack.default.pretext'),
  text: template('slack.default.text'),
  message_text: Text.optional(),
  fallback: template('slack.default.fallback'),
  callback_id: template('slack.default.callbackid'),
  footer: template('slack.default.footer'),
  icon_emoji: template('slack.default.iconemoji'),
  icon_url: template('slack.default.iconurl'),
  image_url: Text.prefault(''),
  thumb_url: Text.prefault(''),
  fields: z.array(SlackField).default([]),
  short_fields: Flag.prefault('false'),
  link_names: Flag.prefault('false'),
  mrkdwn_in: z.array(Text).default([]),
  actions: z.array(SlackAction).default([]),
  update_message: Flag.optional(),
  timeout: ModelDuration.optional(),
});

const PagerdutySchema = z.strictObject({
  send_resolved: Flag.prefault('true'),
  http_config: HttpConfigSchema.optional(),
  service_key: Text.optional(),
  service_key_file: Text.optional(),
  routing_key: Text.optional(),
  routing_key_file: Text.optional(),
  url: HttpUrl.optional(),
  client: template('pagerduty.default.client'),
  client_url: template('pagerduty.default.clientURL'),
  description: Text.prefault('{{ template "pagerduty.default.description" .}}'),
  details: TextMap.default(new Map()),
  images: z
    .array(z.strictObject({ src: Text.prefault(''), alt: Text.prefault(''), href: Text.prefault('') }))
    .default([]),
  links: z.array(z.strictObject({ href: Text.prefault(''), text: Text.prefault('') })).default([]),
  source: Text.prefault(''),
  severity: Text.prefault(''),
  class: Text.prefault(''),
  component: Text.prefault(''),
  group: Text.prefault(''),
  timeout: ModelDuration.optional(),
});

const WebhookSchema = z.strictObject({
  send_resolved: Flag.prefault('true'),
  http_config: HttpConfigSchema.optional(),
  url: HttpUrl.optional(),
  url_file: Text.optional(),
  max_alerts: Count.prefault('0'),
  timeout: GoDuration.optional(),
  payload: z.unknown().optional(),
});

const EmailSchema = z.strictObject({
  send_resolved: Flag.prefault('false'),
  to: Text.prefault(''),
  from: Text.prefault(''),
  hello: Text.prefault(''),
  smarthost: HostPort.optional(),
  auth_username: Text.prefault(''),
  auth_password: Text.optional(),
  auth_password_file: Text.optional(),
  auth_secret: Text.optional(),
  auth_secret_file: Text.optional(),
  auth_identity: Text.prefault(''),
  headers: TextMap.default(new Map()),
  html: template('email.default.html'),
  text: Text.prefault(''),
  require_tls: Flag.optional(),
  tls_config: TlsConfig.optional(),
  force_implicit_tls: Flag.optional(),
  threading: z.strictObject({ enabled: Flag.optional(), thread_by_date: Text.optional() }).optional(),
});

const MsteamsSchema = z.strictObject({
  send_resolved: Flag.prefault('true'),
  http_config: HttpConfigSchema.optional(),
  webhook_url: HttpUrl.optional(),
  webhook_url_file: Text.optional(),
  title: Text.optional(),
  summary: Text.optional(),
  text: Text.optional(),
});

const Foreign = z.array(z.record(z.string(), z.unknown())).optional();

/** Kinds that Alertmanager delivers and we do not: read without looking inside. */
export const FOREIGN_KINDS = [
  'discord_configs',
  'incidentio_configs',
  'jira_configs',
  'mattermost_configs',
  'opsgenie_configs',
  'pushover_configs',
  'rocketchat_configs',
  'sns_configs',
  'telegram_configs',
  'victorops_configs',
  'webex_configs',
  'wechat_configs',
] as const;

export const ReceiverSchema = z.strictObject({
  name: Text.min(1, 'missing name in receiver'),
  slack_configs: z.array(SlackSchema).default([]),
  pagerduty_configs: z.array(PagerdutySchema).default([]),
  webhook_configs: z.array(WebhookSchema).default([]),
  email_configs: z.array(EmailSchema).default([]),
  msteams_configs: z.array(MsteamsSchema).default([]),
  msteamsv2_configs: z.array(MsteamsSchema).default([]),
  discord_configs: Foreign,
  incidentio_configs: Foreign,
  jira_configs: Foreign,
  mattermost_configs: Foreign,
  opsgenie_configs: Foreign,
  pushover_configs: Foreign,
  rocketchat_configs: Foreign,
  sns_configs: Foreign,
  telegram_configs: Foreign,
  victorops_configs: Foreign,
  webex_configs: Foreign,
  wechat_configs: Foreign,
});
export type RawReceiver = z.output<typeof ReceiverSchema>;
