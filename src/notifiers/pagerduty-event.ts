import { createHash } from 'node:crypto';
import { type Alert, alertName, isOpen } from '../alert/alert.ts';
import { type Priority, priorityOf } from '../alert/priority.ts';
import { commonOf, type Notification } from '../delivery/notification.ts';
import type { PagerdutyConfig } from '../delivery/receiver.ts';
import { ROOT_CAUSE } from '../routing/root-cause.ts';
import { isoInstant } from '../time/instant.ts';

export type PagerdutySeverity = 'critical' | 'error' | 'warning' | 'info';

/** What PagerDuty is told of an incident, as data. Values in base units; '' and undefined for what is not known. */
export interface PagerdutyFacts {
  readonly alertName: string;
  readonly model: string;
  readonly version: string;
  readonly environment: string;
  readonly region: string;
  readonly priority: Priority;
  /** The label `severity`, where the alerts share one. */
  readonly severity: string;
  readonly metric: string;
  readonly value?: number;
  readonly threshold?: number;
  readonly description: string;
  readonly runbookUrl: string;
  readonly dashboardUrl: string;
  readonly startedAt: number;
  /** The open alert that they follow from, where one is known. */
  readonly rootCause?: string;
  /** The sparkline and its span; who was told and who is next. */
  readonly trend?: string;
  readonly escalation?: string;
}

/** What the receiver's own configuration says, its templates expanded; '' where it says nothing. */
export interface PagerdutyTexts {
  readonly description: string;
  readonly severity: string;
  readonly client: string;
  readonly clientUrl: string;
  readonly source: string;
  readonly class: string;
  readonly component: string;
  readonly group: string;
  readonly details: readonly (readonly [string, string])[];
  readonly images: readonly { readonly src: string; readonly alt: string; readonly href: string }[];
  readonly links: readonly { readonly href: string; readonly text: string }[];
}

/** The part of an Events API v2 event that says what happened; the key and the action join it when it is sent. */
export interface PagerdutyEvent {
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: PagerdutySeverity;
    readonly timestamp: string;
    readonly component?: string;
    readonly group?: string;
    readonly class?: string;
    readonly custom_details?: Readonly<Record<string, string | number>>;
  };
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly images?: readonly { readonly src: string; readonly alt?: string; readonly href?: string }[];
  readonly client?: string;
  readonly client_url?: string;
}

const LONGEST_DEDUP_KEY = 255;
const LONGEST_SUMMARY = 1024;
const LONGEST_DETAIL = 4096;
const MOST_DETAILS = 64;
export const MOST_LINKS = 20;
const LONGEST_URL = 2048;
/** PagerDuty refuses more than 512 KB; Alertmanager counts 512,000 bytes. */
export const LARGEST_EVENT_BYTES = 512_000;

/** The same condition of the same model in the same environment is one PagerDuty incident. SHA-256 where that is too long. */
export function dedupKey(model: string, alert: string, environment: string): string {
  const key = `${model}-${alert}-${environment}`;
  return key.length <= LONGEST_DEDUP_KEY ? key : createHash('sha256').update(key).digest('hex');
}

/** The facts of a notification: what its open members share (all members where none is open), the first measured value. */
export function factsOf(notification: Notification, severities: ReadonlyMap<string, Priority>): PagerdutyFacts {
  const open = notification.alerts.filter(isOpen);
  const members: readonly Alert[] = open.length > 0 ? open : notification.alerts;
  const labels = members.length > 0 ? commonOf(members.map((alert) => alert.labels)) : notification.groupLabels;
  const annotations = members.length > 0 ? commonOf(members.map((alert) => alert.annotations)) : undefined;
  const measured = members.find((alert) => alert.evidence !== undefined)?.evidence;
  const names = new Set(members.map(alertName));
  const urgent = members.map((alert) => priorityOf((name) => alert.labels.get(name), severities).priority);
  return {
    alertName: names.size === 1 ? ([...names][0] ?? '') : notification.groupLabels.get('alertname'),
    model: labels.get('model_name') || notification.groupLabels.get('model_name'),
    version: labels.get('model_version'),
    environment: labels.get('environment'),
    region: labels.get('region'),
    priority: urgent.reduce((a, b) => (a < b ? a : b), 'P4'),
    severity: labels.get('severity'),
    metric: measured?.metric ?? '',
    ...(measured ? { value: measured.value } : {}),
    ...(measured?.limit ? { threshold: measured.limit.value } : {}),
    description: annotations?.get('description') || annotations?.get('summary') || '',
    runbookUrl: annotations?.get('runbook_url') ?? '',
    dashboardUrl: annotations?.get('dashboard_url') ?? '',
    ...(annotations?.get(ROOT_CAUSE) ? { rootCause: annotations.get(ROOT_CAUSE) } : {}),
    startedAt: members.length > 0 ? Math.min(...members.map((alert) => alert.startsAt)) : notification.at,
  };
}

/** Expands a receiver's templates; what `expand` makes of a broken one is its own business. */
export function expandTexts(config: PagerdutyConfig, expand: (template: string) => string): PagerdutyTexts {
  return {
    description: expand(config.description),
    severity: expand(config.severity),
    client: expand(config.client),
    clientUrl: expand(config.clientUrl),
    source: expand(config.source),
    class: expand(config.class),
    component: expand(config.component),
    group: expand(config.group),
    details: [...config.details].map(([name, text]) => [name, expand(text)] as const),
    images: config.images.map(({ src, alt, href }) => ({ src: expand(src), alt: expand(alt), href: expand(href) })),
    links: config.links.map(({ href, text }) => ({ href: expand(href), text: expand(text) })),
  };
}

export const NO_TEXTS: PagerdutyTexts = {
  description: '',
  severity: '',
  client: '',
  clientUrl: '',
  source: '',
  class: '',
  component: '',
  group: '',
  details: [],
  images: [],
  links: [],
};

/** Builds the event: the receiver's own texts where it has them, else what the facts say. Always within PagerDuty's limits. */
export function pagerdutyEvent(facts: PagerdutyFacts, texts: PagerdutyTexts): PagerdutyEvent {
  const links = [
    ...texts.links,
    { href: facts.runbookUrl, text: 'Runbook' },
    { href: facts.dashboardUrl, text: 'Dashboard' },
  ].filter((link, i, all) => isWebUrl(link.href) && all.findIndex((other) => other.href === link.href) === i);
  const images = texts.images.filter((image) => image.src.startsWith('https:') && isWebUrl(image.src));
  const client = texts.client || 'Watchroom';
  const component = cut(texts.component || facts.model, LONGEST_SUMMARY);
  const kind = cut(texts.class || facts.alertName, LONGEST_SUMMARY);
  const event: PagerdutyEvent = {
    payload: {
      summary: cut(texts.description || summaryOf(facts), LONGEST_SUMMARY),
      source: cut(texts.source || `ml-alerting-${facts.environment || 'unknown'}`, LONGEST_SUMMARY),
      severity: severityOf(facts, texts.severity),
      timestamp: isoInstant(facts.startedAt),
      ...(component === '' ? {} : { component }),
      group: cut(texts.group || 'ml-models', LONGEST_SUMMARY),
      ...(kind === '' ? {} : { class: kind }),
      custom_details: detailsOf(facts, texts),
    },
    ...(links.length === 0 ? {} : { links: links.slice(0, MOST_LINKS).map((l) => ({ ...l, text: cut(l.text, 255) })) }),
    ...(images.length === 0 ? {} : { images: images.slice(0, MOST_LINKS).map(imageOf) }),
    client: cut(client, 255),
    ...(isWebUrl(texts.clientUrl) ? { client_url: texts.clientUrl } : {}),
  };
  return Buffer.byteLength(JSON.stringify(event)) <= LARGEST_EVENT_BYTES ? event : essential(event);
}

/** The event without everything that can be wrong with it: for one that PagerDuty rejected, or that is too large. */
export function essential(event: PagerdutyEvent): PagerdutyEvent {
  const { summary, source, severity, timestamp, component, group, class: kind } = event.payload;
  return {
    payload: {
      summary,
      source,
      severity,
      timestamp,
      ...(component === undefined ? {} : { component }),
      ...(group === undefined ? {} : { group }),
      ...(kind === undefined ? {} : { class: kind }),
      custom_details: { note: 'Details were left out: they were too large or were rejected.' },
    },
  };
}

/** `[CRITICAL] HighLatency: fraud-detector (v2.3.1) - p99 latency=0.4120 (threshold: 0.2000)`; without what is not known. */
function summaryOf(facts: PagerdutyFacts): string {
  const severity = severityOf(facts, '').toUpperCase();
  const version = facts.version === '' ? '' : ` (${facts.version})`;
  const model = facts.model === '' ? '' : `: ${facts.model}${version}`;
  const value = facts.value === undefined ? '' : ` - ${facts.metric || 'value'}=${fixed(facts.value)}`;
  const threshold =
    facts.value === undefined || facts.threshold === undefined ? '' : ` (threshold: ${fixed(facts.threshold)})`;
  return `[${severity}] ${facts.alertName || 'Alert'}${model}${value}${threshold}`;
}

function fixed(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : String(value);
}

function severityOf(facts: PagerdutyFacts, configured: string): PagerdutySeverity {
  for (const text of [configured, facts.severity]) {
    switch (text.trim().toLowerCase()) {
      case 'critical':
        return 'critical';
      case 'error':
        return 'error';
      case 'warning':
        return 'warning';
      case 'info':
        return 'info';
      default:
    }
  }
  const byPriority: Readonly<Record<Priority, PagerdutySeverity>> = {
    P1: 'critical',
    P2: 'error',
    P3: 'warning',
    P4: 'info',
  };
  return byPriority[facts.priority];
}

function detailsOf(facts: PagerdutyFacts, texts: PagerdutyTexts): Record<string, string | number> {
  const known: [string, string | number | undefined][] = [
    ['model_name', facts.model],
    ['model_version', facts.version],
    ['metric_name', facts.metric],
    ['current_value', numberOf(facts.value)],
    ['threshold', numberOf(facts.threshold)],
    ['environment', facts.environment],
    ['region', facts.region],
    ['description', facts.description],
    ['runbook_url', facts.runbookUrl],
    ['dashboard_url', facts.dashboardUrl],
    ['trend', facts.trend],
    ['escalation', facts.escalation],
    [ROOT_CAUSE, facts.rootCause],
  ];
  const details = new Map<string, string | number>();
  for (const [name, value] of [...known, ...texts.details]) {
    if (value === undefined || value === '' || details.size >= MOST_DETAILS) continue;
    details.set(cut(name, 255), typeof value === 'string' ? cut(value, LONGEST_DETAIL) : value);
  }
  // fromEntries defines own properties, so a detail called __proto__ is an ordinary one.
  return Object.fromEntries(details);
}

/** JSON has no NaN or infinities. */
function numberOf(value: number | undefined): string | number | undefined {
  return value === undefined || Number.isFinite(value) ? value : String(value);
}

function imageOf(image: { readonly src: string; readonly alt: string; readonly href: string }) {
  return {
    src: image.src,
    ...(image.alt === '' ? {} : { alt: cut(image.alt, 255) }),
    ...(isWebUrl(image.href) ? { href: image.href } : {}),
  };
}

function isWebUrl(text: string): boolean {
  return text.length <= LONGEST_URL && /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** Never splits a character in two. */
function cut(text: string, length: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= length) return whole;
  return `${whole.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
