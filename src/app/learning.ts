import type { Config } from '../config/load.ts';
import type { Enqueue } from '../delivery/outbox.ts';
import { type DigestReport, digestText } from '../feedback/digest.ts';
import { createFeedbackLedger } from '../feedback/ledger.ts';
import { modelRows } from '../feedback/model-rows.ts';
import { createReporter, type DigestSchedule } from '../feedback/reporter.ts';
import type { IncidentOutcome } from '../feedback/verdict.ts';
import type { SlackMessagePayload } from '../incident/card.ts';
import type { Incident } from '../incident/incident.ts';
import type { IncidentsPorts } from '../incident/ports.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import { renderDigest } from '../slack/view/digest.ts';
import type { Db } from '../sqlite/db.ts';
import { SqliteFeedbackStore } from '../sqlite/feedback-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import { parseWeekly } from '../time/weekly.ts';
import { alertNamesOf } from './facts.ts';

export interface LearningOptions {
  readonly config: () => Config;
  readonly db: Db;
  readonly clock: Clock;
  readonly enqueue: Enqueue;
  readonly incidentStore: IncidentStore;
  readonly log: Log;
  /** What else was in a week, for its digest. */
  readonly notes: (from: number, to: number) => readonly string[];
}

/** What the bot learns from verdicts: the ledger, and the weekly digest. */
export interface Learning {
  readonly observe: (event: IncidentEvent, incident: Incident) => void;
  readonly told: NonNullable<IncidentsPorts['told']>;
  readonly digest: (now: number) => DigestReport;
  /** Incidents opened in [from, to). */
  readonly outcomes: (from: number, to: number) => readonly IncidentOutcome[];
  readonly jobs: readonly Job[];
  /** The rules that exist from now on: one that has never fired is told of only once it is old enough. */
  noteRules(now: number): void;
}

/** Rules that always fire, or never mean anything by themselves: field names for them. */
const FIRES_ON_PURPOSE: ReadonlySet<string> = new Set(['Watchdog', 'DeadMansSwitch', 'InfoInhibitor']);

export function createLearning(options: LearningOptions): Learning {
  const { config, db, clock, enqueue, incidentStore, log } = options;
  const store = new SqliteFeedbackStore(db);
  const ledger = createFeedbackLedger({
    store,
    modelOf: (incident) => {
      const models = new Set(incidentStore.members(incident.id).map(({ alert }) => alert.labels.get('model_name')));
      return models.size === 1 ? ([...models][0] ?? '') : '';
    },
  });
  const reporter = createReporter({
    store,
    transact: (fn) => db.tx(fn),
    schedule: () => scheduleOf(config()),
    publish: (report, now) => {
      const { slack, settings } = config();
      if (!slack) {
        log.info('the weekly digest', { digest: digestText(report) });
        return;
      }
      const channel = settings.digest?.channel ?? slack.fallbackChannel;
      const payload: SlackMessagePayload = { destination: { kind: 'channel', channel }, ...renderDigest(report) };
      enqueue({ kind: 'slack.message', destination: `slack:${channel}`, payload, priority: 'P4', causedAt: now });
    },
    rules: () => {
      const seen = store.rulesSeen();
      return [...new Set(alertNamesOf(config()))].map((name) => ({ name, since: seen.get(name) ?? clock.now() }));
    },
    exempt: () => FIRES_ON_PURPOSE,
    notes: options.notes,
    pagesByHand: (from, to) => incidentStore.between(from, to).filter(({ page }) => page !== undefined).length,
    models: (from, to) => modelRows(Object.keys(config().settings.models), store.outcomes(from, to), { from, to }),
  });
  return {
    observe: (event, incident) => ledger.observe(event, incident),
    told: ({ status, reason }, incident) => {
      // An end is an edit, and so is a repeat once somebody has it in hand: neither calls anybody.
      const heard = status === 'firing' && (reason !== 'repeat_interval' || incident.state.kind === 'triggered');
      if (heard) ledger.notified(incident.id);
    },
    digest: (now) => reporter.report(now),
    outcomes: (from, to) => store.outcomes(from, to),
    jobs: [reporter],
    noteRules: (now) => db.tx(() => store.noteRules(alertNamesOf(config()), now)),
  };
}

function scheduleOf(config: Config): DigestSchedule | undefined {
  const { digest } = config.settings;
  const weekly = digest && parseWeekly(digest.at);
  return weekly && { weekly, zone: digest.timezone };
}
