import { alertName, isOpen } from '../alert/alert.ts';
import type { PartHealth } from '../api/operations.ts';
import type { Config } from '../config/load.ts';
import type { Enqueue } from '../delivery/outbox.ts';
import { heartbeatDraft } from '../notifiers/heartbeat.ts';
import type { Dispatcher } from '../routing/dispatcher.ts';
import { Heartbeat, type LoopState } from '../telemetry/heartbeat.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';

/** The alert that always fires, by the name that everybody gives it. */
const WATCHDOG = 'Watchdog';
const SHORTEST_STALE_MS = 60_000;
/** Of one that another Prometheus sends, every minute or somewhat more. */
const OUTSIDE_STALE_MS = 180_000;

export interface PulseOptions {
  readonly config: () => Config;
  readonly clock: Clock;
  readonly wire: Clock;
  readonly dispatcher: Dispatcher;
  readonly enqueue: Enqueue;
  readonly transact: <T>(fn: () => T) => T;
  readonly loop: () => Pick<LoopState, 'databaseAnswers' | 'slackRefuses' | 'disconnectedMs' | 'unheard'>;
  readonly log: Log;
}

/** The heartbeat of the running bot. */
export interface Pulse {
  readonly job: Heartbeat;
  /** Why only a new process helps; undefined where that is not known. */
  readonly stuck: () => string | undefined;
  /** Empty where no rule of ours is watched. */
  readonly health: () => readonly PartHealth[];
}

export function createPulse(options: PulseOptions): Pulse {
  const { config, clock, wire, dispatcher, enqueue, transact } = options;
  const log = options.log.child({ part: 'heartbeat' });
  const startedAt = wire.now();
  const watchdog = () =>
    dispatcher.alerts(clock.now()).filter((alert) => alertName(alert) === WATCHDOG && isOpen(alert));
  const job = new Heartbeat({
    wire,
    intervalMs: () => config().settings.heartbeat?.interval,
    watchdogAt: () => {
      const seen = watchdog().map(({ updatedAt }) => updatedAt);
      return seen.length === 0 ? undefined : Math.max(...seen);
    },
    state: () => ({ ...options.loop(), staleAfterMs: staleAfter(config()) }),
    send: (now) => {
      const intervalMs = config().settings.heartbeat?.interval;
      if (intervalMs !== undefined) transact(() => enqueue(heartbeatDraft(intervalMs, now)));
    },
    onChange: (silence) => {
      if (silence === undefined) log.info('every part of the loop works');
      else log.warn('the loop is broken, so no heartbeat is sent', { reason: silence });
    },
  });
  const health = (): readonly PartHealth[] => {
    if (ownInterval(config()) === undefined) return [];
    const now = wire.now();
    const wholeAt = job.wholeAt();
    const age = now - (wholeAt ?? startedAt);
    const seen = wholeAt === undefined ? 'not seen to work yet' : `seen to work ${Math.round(age / 1000)} s ago`;
    return [{ part: 'loop', ok: age <= 2 * staleAfter(config()), detail: `rules to delivery: ${seen}` }];
  };
  const stuck = (): string | undefined => {
    const silence = job.silence();
    const wholeAt = job.wholeAt();
    // Whoever sends alerts from elsewhere, and Slack, are no part of this process.
    if (ownInterval(config()) === undefined || (silence !== 'stale' && silence !== 'no_watchdog')) return undefined;
    const sinceMs = wire.now() - (wholeAt ?? startedAt);
    return sinceMs > 2 * staleAfter(config()) ? 'rules are not evaluated, or their alerts do not arrive' : undefined;
  };
  return { job, health, stuck };
}

function staleAfter(config: Config): number {
  const interval = ownInterval(config);
  return interval === undefined ? OUTSIDE_STALE_MS : Math.max(SHORTEST_STALE_MS, 2 * interval);
}

/** How often our own watchdog rule is evaluated; undefined where we have none. */
function ownInterval(config: Config): number | undefined {
  const group = config.ruleGroups.find(({ rules }) =>
    rules.some((rule) => rule.kind === 'alerting' && rule.name === WATCHDOG),
  );
  return group && (group.intervalMs ?? config.scrape.global.evaluationIntervalMs);
}
