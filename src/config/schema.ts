import { z } from 'zod';
import { isPriority } from '../alert/priority.ts';
import { Duration, durationBetween } from '../document/schema.ts';
import { LARGEST_SMALL_TEAM } from '../incident/small-team.ts';
import { DependencyEntry } from '../routing/dependency-schema.ts';
import { DEFAULT_ALERT_LIMITS } from '../routing/limits.ts';
import { StormSchema } from '../routing/storm.ts';
import { parseMonthly } from '../time/monthly.ts';
import { parseWeekly } from '../time/weekly.ts';
import { NotifiersSection, PhoneNumber } from './notifiers.ts';

/** `host:port`; an IPv6 host stands in brackets. */
const Listen = z.string().transform((text, context) => {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match?.[1] || port > 65_535) {
    context.issues.push({
      code: 'custom',
      input: text,
      message: `expected host:port, such as 127.0.0.1:9095; got ${JSON.stringify(text)}`,
    });
    return z.NEVER;
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
});

const HttpUrl = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), { error: 'expected an http(s) URL' });
const Priority = z.string().refine(isPriority, { error: 'expected P1, P2, P3 or P4' });
const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'expected a time of day such as 09:00' });
const TimeZone = z.string().refine(isTimeZone, {
  error: 'expected an IANA time zone such as Asia/Kolkata; abbreviations (IST, EST) are ambiguous',
});

function isTimeZone(text: string): boolean {
  if (text !== 'UTC' && !text.includes('/')) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const SLACK_API = 'https://slack.com/api/';

/** Each secret may stand inline (from `${ENV}`) or in a file named by the `_file` twin. */
const Slack = z.strictObject({
  mode: z.enum(['socket', 'http']).default('socket'),
  bot_token: z.string().optional(),
  bot_token_file: z.string().optional(),
  app_token: z.string().optional(),
  app_token_file: z.string().optional(),
  signing_secret: z.string().optional(),
  signing_secret_file: z.string().optional(),
  api_url: HttpUrl.default(SLACK_API).transform((url) => (url.endsWith('/') ? url : `${url}/`)),
  commands: z
    .strictObject({ alert: z.string().startsWith('/'), oncall: z.string().startsWith('/') })
    .partial()
    .default({}),
  fallback_channel: z.string().default('#ml-alerts'),
  operations_channel: z.string().default('#watchroom'),
  profile: z.enum(['classic', 'modern']).default('classic'),
  charts: z.enum(['none', 'png']).default('none'),
});

const Model = z.strictObject({
  team: z.string().optional(),
  tier: z.number().int().min(1).optional(),
  dashboard: z.string().optional(),
  depends_on: z.array(z.string()).default([]),
  owner: z.string().optional(),
  sensitivity: z.enum(['sensitive', 'balanced', 'calm']).default('balanced'),
});

const PagingEntry = z.strictObject({
  matchers: z.array(z.string()).default([]),
  escalation_policy: z.string(),
  channel: z.string().optional(),
  business_hours: z.boolean().default(false),
});

/** Who hears of a P1 in business hours where nobody takes turns. */
const SmallTeam = z
  .array(z.string().trim().min(1).max(200), { error: 'expected a list of one or two people' })
  .min(1, { error: 'expected one or two people' })
  .max(LARGEST_SMALL_TEAM, { error: 'three people can take turns: write a schedule and an escalation policy instead' });

const Rights = z.strictObject({
  resolve: z.array(z.string()).default([]),
  silence: z.array(z.string()).default([]),
  override: z.array(z.string()).default([]),
  page: z.array(z.string()).default([]),
  admins: z.array(z.string()).default([]),
});

const Token = z.strictObject({
  name: z.string(),
  token: z.string().optional(),
  token_file: z.string().optional(),
  scopes: z.array(z.string()).default(['read']),
});

const atMost = (count: number): z.ZodDefault<z.ZodNumber> => z.number().int().min(1).default(count);

/** What senders may have us remember. Lengths are in characters. */
const Limits = z.strictObject({
  alerts: atMost(DEFAULT_ALERT_LIMITS.alerts),
  alerts_per_name: atMost(DEFAULT_ALERT_LIMITS.alertsPerName),
  labels: atMost(DEFAULT_ALERT_LIMITS.labels),
  label_name_length: atMost(DEFAULT_ALERT_LIMITS.labelNameLength),
  label_value_length: atMost(DEFAULT_ALERT_LIMITS.labelValueLength),
  annotations_length: atMost(DEFAULT_ALERT_LIMITS.annotationsLength),
});

/**
 * The shape of watchroom.yml. Parts that belong to a feature (`global`, `scrape_configs`, Alertmanager's file, schedules) are checked
 * by that feature's own schema; here they are only named. Every key is optional.
 */
export const WatchroomFile = z.strictObject({
  http: z.strictObject({ listen: Listen.prefault('127.0.0.1:9095') }).prefault({}),
  storage: z.strictObject({ path: z.string().default('./watchroom-data') }).prefault({}),
  slack: Slack.optional(),
  external_url: HttpUrl.optional(),
  global: z.unknown().optional(),
  scrape_configs: z.unknown().optional(),
  rule_files: z.array(z.string()).default([]),
  remote: z.array(z.unknown()).default([]),
  alertmanager_config: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  schedule_files: z.array(z.string()).default([]),
  schedules: z.unknown().optional(),
  escalation_policies: z.unknown().optional(),
  directory: z
    .strictObject({
      schedules: z.record(z.string(), z.string()).default({}),
      users: z.record(z.string(), z.string()).default({}),
      phones: z.record(z.string(), PhoneNumber).default({}),
    })
    .prefault({}),
  models: z.record(z.string(), Model).default({}),
  severities: z.record(z.string(), Priority).default({}),
  paging: z.array(PagingEntry).default([]),
  small_team: SmallTeam.optional(),
  runbooks: z.strictObject({ dir: z.string().default('runbooks'), base_url: z.string().optional() }).prefault({}),
  digest: z
    .strictObject({
      channel: z.string().optional(),
      at: z
        .string()
        .refine((text) => parseWeekly(text) !== undefined, { error: 'expected a day and a time such as monday 09:00' })
        .default('monday 09:00'),
      timezone: TimeZone.default('UTC'),
    })
    .optional(),
  drill: z
    .strictObject({
      policy: z.string().optional(),
      at: z
        .string()
        .refine((text) => parseMonthly(text) !== undefined, {
          error: 'expected which weekday of the month and a time, such as first tuesday 11:00',
        })
        .default('first tuesday 11:00'),
    })
    .optional(),
  heartbeat: z.strictObject({ url: HttpUrl, interval: durationBetween(1000, 86_400_000).prefault('30s') }).optional(),
  business_hours: z
    .strictObject({
      weekdays: z.array(z.string()).default(['monday:friday']),
      from: TimeOfDay.default('09:00'),
      to: TimeOfDay.default('18:00'),
    })
    .prefault({}),
  notifiers: NotifiersSection.prefault({}),
  flapping: z.strictObject({ hold: durationBetween(0, 30 * 60_000).prefault('5m') }).prefault({}),
  rights: Rights.prefault({}),
  dependencies: z.array(DependencyEntry).default([]),
  storm: StormSchema.prefault({}),
  retention: z.strictObject({ raw: Duration.optional() }).prefault({}),
  auth: z.strictObject({ tokens: z.array(Token).default([]), anonymous: z.boolean().default(false) }).prefault({}),
  limits: Limits.prefault({}),
  events: z.array(z.unknown()).default([]),
  gate: z.record(z.string(), z.unknown()).default({}),
});
export type WatchroomFile = z.output<typeof WatchroomFile>;
