import type { Migration } from '../migrate.ts';
import { alertContents } from './alert-contents.ts';
import { audit } from './audit.ts';
import { delivery, outboxBodies, outboxFewerIndexes, outboxPayloads } from './delivery.ts';
import { departures } from './departures.ts';
import { drill } from './drill.ts';
import { feed } from './feed.ts';
import { feedback } from './feedback.ts';
import { handoff } from './handoff.ts';
import { incident, incidentNumbers } from './incident.ts';
import { mailDigest } from './mail-digest.ts';
import { manualPage } from './manual-page.ts';
import { oncall } from './oncall.ts';
import { overrideEffects } from './override-effects.ts';
import { pagerduty } from './pagerduty.ts';
import { pathTest } from './path-test.ts';
import { people } from './people.ts';
import { routing, routingNumbers } from './routing.ts';
import { rules } from './rules.ts';
import { rulesSeen } from './rules-seen.ts';
import { samples } from './samples.ts';
import { slack } from './slack.ts';
import { storm } from './storm.ts';
import { swapReminders } from './swap-reminders.ts';
import { ticket } from './ticket.ts';
import { unanswered } from './unanswered.ts';

/** What people and routing live on: alerts, groups, silences, incidents, cards, outbox, verdicts, audit. */
export const stateMigrations: readonly Migration[] = [
  feed,
  routing,
  delivery,
  outboxPayloads,
  pagerduty,
  incident,
  people,
  oncall,
  feedback,
  rulesSeen,
  audit,
  slack,
  storm,
  ticket,
  handoff,
  manualPage,
  drill,
  pathTest,
  departures,
  swapReminders,
  overrideEffects,
  unanswered,
  mailDigest,
  routingNumbers,
  incidentNumbers,
  outboxFewerIndexes,
  alertContents,
  outboxBodies,
];

/** What the observer lives on: samples, rule state, the alert feed. */
export const metricsMigrations: readonly Migration[] = [samples, rules];
