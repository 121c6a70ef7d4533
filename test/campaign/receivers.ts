import { TICKET_MODEL } from './accounts.ts';
import type { Outside } from './outside.ts';
import { alertmanagerConfig, type Severity } from './stage.ts';

/** The parts of the configuration by which every notifier has something to say; `accounts.ts` knows what. */
export function everyReceiver(outside: Outside): Readonly<Record<string, unknown>> {
  const { pagerduty, webhook, email, msteams } = outside.destinations;
  const others: Readonly<Record<Severity, Readonly<Record<string, unknown>>>> = {
    critical: { pagerduty_configs: [pagerduty], webhook_configs: [webhook], email_configs: [email] },
    warning: { webhook_configs: [webhook], email_configs: [email], msteamsv2_configs: [msteams] },
    info: { webhook_configs: [webhook] },
    slow: {},
  };
  return {
    alertmanager_config: { ...alertmanagerConfig((severity) => others[severity]), global: outside.global },
    notifiers: outside.notifiers({ sms: ['severity="critical"'], ticket: [`model_name="${TICKET_MODEL}"`] }),
  };
}
