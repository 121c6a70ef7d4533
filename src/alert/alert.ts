import { type Fingerprint, fingerprint } from '../labels/fingerprint.ts';
import type { Labels } from '../labels/labels.ts';

/** A comparison operator of PromQL that can stand between a value and its limit. */
export type LimitOperator = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** What the rule measured: enough to say "412 ms > 200 ms, peak 530 ms, at first fire 240 ms" and to draw the last hour. */
export interface Evidence {
  /** The value at the last evaluation that had data, in base units (seconds, ratios, bytes). */
  readonly value: number;
  /** The value at the evaluation that made the alert fire. Kept for good. */
  readonly firstValue: number;
  /** The value furthest beyond the limit since the alert fired: the highest for `>`, the lowest for `<`. */
  readonly peak: number;
  readonly limit?: { readonly operator: LimitOperator; readonly value: number };
  /** `seconds`, `ratio`, `bytes`, `percent`, … from the rule's `unit` annotation, else the metric's base-unit suffix. */
  readonly unit?: string;
  /** What is measured, in few words ("p99 latency"), from the rule's `metric` annotation, where it has one. */
  readonly metric?: string;
  /** Equidistant points that end at `trendAt` and span `trendSpanMs`; null where there was no data. May be empty. */
  readonly trend: readonly (number | null)[];
  readonly trendAt: number;
  readonly trendSpanMs: number;
}

/** Where an alert came from. */
export type AlertSource =
  | { readonly kind: 'rule'; readonly group: string; readonly alertname: string }
  | { readonly kind: 'api' }
  /** A person's words: no condition that anything could see. */
  | { readonly kind: 'page' };

/**
 * What is known of the condition behind an alert.
 * - `firing`: true at the last look. For API alerts `until` is when silence from the sender ends it.
 * - `no_data`: was true, cannot be seen now. Not resolved.
 * - `resolved`: seen to be false, or said so by the sender.
 * - `sender_silent`: an API alert whose `until` passed without a word. Never green.
 */
export type AlertCondition =
  | {
      readonly kind: 'firing';
      readonly until?: number;
      /** `until` is our resolve timeout, not an end the sender gave: a later, earlier `until` then overrides it. */
      readonly timeout?: boolean;
    }
  | { readonly kind: 'no_data'; readonly since: number }
  | { readonly kind: 'resolved'; readonly at: number }
  | { readonly kind: 'sender_silent'; readonly at: number };

/** An alert that keeps ending and coming back. Known to routing alone; rules and senders never set it. */
export interface Flapping {
  /** Ends and returns in this bout, the first end included. */
  readonly changes: number;
  /** The first of them, and the last. */
  readonly since: number;
  readonly changedAt: number;
  /** It has ended, but is held open until `until` to see whether it stays away. */
  readonly held?: { readonly endedAt: number; readonly until: number };
}

/** The fact that crosses from rules (or the API) into routing. Identity is the fingerprint of its labels. */
export interface Alert {
  readonly fingerprint: Fingerprint;
  /** Includes `alertname`. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  readonly updatedAt: number;
  readonly condition: AlertCondition;
  /** Display only, never fetched. May be empty. */
  readonly generatorUrl: string;
  readonly source: AlertSource;
  readonly evidence?: Evidence;
  readonly flapping?: Flapping;
}

/** The instant the alert ended, or undefined while it is open (firing or without data). */
export function endedAt(alert: Alert): number | undefined {
  switch (alert.condition.kind) {
    case 'firing':
    case 'no_data':
      return undefined;
    case 'resolved':
    case 'sender_silent':
      return alert.condition.at;
  }
}

/** Open alerts are those that still want attention; `no_data` is open on purpose. */
export function isOpen(alert: Alert): boolean {
  return endedAt(alert) === undefined;
}

/** Applies an API alert's own end: `firing` whose `until` has passed becomes `sender_silent`. */
export function alertAt(alert: Alert, now: number): Alert {
  if (alert.condition.kind !== 'firing') return alert;
  const { until } = alert.condition;
  if (until === undefined || until > now) return alert;
  return { ...alert, condition: { kind: 'sender_silent', at: until } };
}

export function alertName(alert: Alert): string {
  return alert.labels.get('alertname');
}

export function alertIdentity(labels: Labels): Fingerprint {
  return fingerprint(labels);
}
