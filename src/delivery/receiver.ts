import type { SecretSource } from './go-scalars.ts';
import type { HttpConfig, TlsSettings } from './http-config.ts';
import type { IntegrationRef } from './notification.ts';

/** A named set of destinations, as routes refer to it. */
export interface Receiver {
  readonly name: string;
  /** What we deliver, in Alertmanager's order of kinds. */
  readonly integrations: readonly Integration[];
  /** Kinds that are configured here and that we do not deliver (`opsgenie_configs`, …); named by `check`. */
  readonly unsupported: readonly string[];
}

/** One destination. `index` counts within the receiver and kind: with them it names the entry of the notification log. */
export type Integration =
  | { readonly kind: 'slack'; readonly index: number; readonly sendResolved: boolean; readonly config: SlackConfig }
  | {
      readonly kind: 'pagerduty';
      readonly index: number;
      readonly sendResolved: boolean;
      readonly config: PagerdutyConfig;
    }
  | { readonly kind: 'webhook'; readonly index: number; readonly sendResolved: boolean; readonly config: WebhookConfig }
  | { readonly kind: 'email'; readonly index: number; readonly sendResolved: boolean; readonly config: EmailConfig }
  | {
      readonly kind: 'msteams';
      readonly index: number;
      readonly sendResolved: boolean;
      readonly config: MsteamsConfig;
    };

/** The texts are Go templates. The first group are Alertmanager's defaults where the file says nothing. */
export interface SlackConfig {
  readonly color: string;
  readonly username: string;
  readonly title: string;
  readonly titleLink: string;
  readonly pretext: string;
  readonly text: string;
  readonly fallback: string;
  readonly callbackId: string;
  readonly footer: string;
  readonly iconEmoji: string;
  readonly iconUrl: string;

  /** `#name`, an id, or ''. */
  readonly channel: string;
  /** An incoming webhook, or the address of chat.postMessage. */
  readonly apiUrl?: SecretSource;
  readonly appToken?: SecretSource;
  readonly appUrl?: string;
  readonly imageUrl: string;
  readonly thumbUrl: string;
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  readonly shortFields: boolean;
  readonly linkNames: boolean;
  readonly mrkdwnIn: readonly string[];
  readonly actions: readonly SlackAction[];
  readonly timeoutMs?: number;
  readonly http: HttpConfig;
}

/** A button of a classic attachment. With a URL it is a link; otherwise it has a name and a value. */
interface SlackAction {
  readonly type: string;
  readonly text: string;
  readonly url: string;
  readonly style: string;
  readonly name: string;
  readonly value: string;
}

export interface PagerdutyConfig {
  /** Events v2. Preferred where both are given. */
  readonly routingKey?: SecretSource;
  /** Events v1 ("Prometheus" integration type), or a routing key by its older name. */
  readonly serviceKey?: SecretSource;
  /** Its path says which of PagerDuty's Events APIs is spoken there. */
  readonly url: string;
  readonly client: string;
  readonly clientUrl: string;
  readonly description: string;
  readonly severity: string;
  readonly source: string;
  readonly class: string;
  readonly component: string;
  readonly group: string;
  readonly details: ReadonlyMap<string, string>;
  readonly images: readonly { readonly src: string; readonly alt: string; readonly href: string }[];
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly timeoutMs?: number;
  readonly http: HttpConfig;
}

export interface WebhookConfig {
  readonly url: SecretSource;
  /** 0: no limit. */
  readonly maxAlerts: number;
  readonly timeoutMs?: number;
  readonly http: HttpConfig;
}

export interface EmailConfig {
  readonly to: string;
  readonly from: string;
  readonly smarthost: { readonly host: string; readonly port: string };
  readonly hello: string;
  readonly authUsername: string;
  readonly authPassword?: SecretSource;
  readonly authSecret?: SecretSource;
  readonly authIdentity: string;
  readonly requireTls: boolean;
  /** TLS from the first byte (SMTPS) instead of STARTTLS. Port 465 means it where nothing is said. */
  readonly implicitTls?: boolean;
  readonly tls: TlsSettings;
  /** Canonical names (`Reply-To`). */
  readonly headers: ReadonlyMap<string, string>;
  readonly html: string;
  readonly text: string;
}

export interface MsteamsConfig {
  readonly webhookUrl: SecretSource;
  /** 1: connector cards; 2: adaptive cards through workflows. */
  readonly version: 1 | 2;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly http: HttpConfig;
}

/** Finds the destination a notification was for; undefined after a reload that removed it. */
export function integrationOf(receivers: ReadonlyMap<string, Receiver>, ref: IntegrationRef): Integration | undefined {
  return receivers
    .get(ref.receiver)
    ?.integrations.find((integration) => integration.kind === ref.kind && integration.index === ref.index);
}
