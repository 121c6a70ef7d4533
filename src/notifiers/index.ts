import type { Notifier } from '../delivery/notifier.ts';
import { createEmail, type EmailOptions } from './email.ts';
import { createMsteams, type MsteamsOptions } from './msteams.ts';
import { createPagerduty, type PagerdutyOptions } from './pagerduty.ts';
import { createSms, type SmsOptions } from './sms.ts';
import { createTicket, type TicketOptions } from './ticket.ts';
import { createWebhook, type WebhookOptions } from './webhook.ts';

/** What the notifiers need. One member per notifier. Slack's are built by their own file, with the rest of Slack. */
export interface NotifierDependencies {
  readonly pagerduty: PagerdutyOptions;
  readonly webhook: WebhookOptions;
  readonly email: EmailOptions;
  readonly msteams: MsteamsOptions;
  readonly sms: SmsOptions;
  readonly ticket: TicketOptions;
}

/** The registry: every way to tell somebody, for the courier. */
export function createNotifiers(dependencies: NotifierDependencies): readonly Notifier[] {
  const { pagerduty, webhook, email, msteams, sms, ticket } = dependencies;
  return [
    createPagerduty(pagerduty),
    createWebhook(webhook),
    createEmail(email),
    createMsteams(msteams),
    createSms(sms),
    createTicket(ticket),
  ];
}
