import type { Notifier } from '../delivery/notifier.ts';
import { createPagerduty, type PagerdutyOptions } from './pagerduty.ts';
import { createWebhook, type WebhookOptions } from './webhook.ts';

/** What the notifiers need. One member per notifier; a member that is absent leaves its notifier out. */
export interface NotifierDependencies {
  readonly pagerduty: PagerdutyOptions;
  readonly webhook: WebhookOptions;
  /** Slack's is built by its own file, and is absent without `slack:` in the configuration. */
  readonly slack?: Notifier;
}

/** The registry: every way to tell somebody, for the courier. */
export function createNotifiers(dependencies: NotifierDependencies): readonly Notifier[] {
  const { pagerduty, webhook, slack } = dependencies;
  return [...(slack ? [slack] : []), createPagerduty(pagerduty), createWebhook(webhook)];
}
