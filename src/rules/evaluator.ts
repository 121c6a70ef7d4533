import type { Alert } from '../alert/alert.ts';
import { failPoint } from '../fail-point.ts';
import { fingerprint } from '../labels/fingerprint.ts';
import { Labels } from '../labels/labels.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import type { Appender } from '../tsdb/queryable.ts';
import { type AlertInstance, alertOf } from './alert-instance.ts';
import { type EvaluationContext, evaluateAlerting, evaluateRecording, type RuleOutcome } from './evaluate.ts';
import { type HealthState, healthOf, type RuleHealth } from './health.ts';
import { DEFAULT_NO_DATA_END_MS, DEFAULT_OUTAGE_TOLERANCE_MS, isOpenInstance, removeRule } from './instance.ts';
import type { RuleQueries } from './queries.ts';
import type { Rule, RuleGroup } from './rule.ts';
import type { RulesStore } from './store.ts';

export interface EvaluatorOptions {
  readonly groups: readonly RuleGroup[];
  readonly queries: RuleQueries;
  readonly appender: Appender;
  readonly store: RulesStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly defaultIntervalMs: number;
  /** Called after a commit that added a feed row. */
  readonly onFeed: () => void;
  /** How long an alert may be without data before it ends; 24 h by default. */
  readonly noDataEndMs?: number;
  /** A monotonic stopwatch in ms, for durations only; without it they read 0. */
  readonly stopwatch?: () => number;
}

/** After a start, or after a pause longer than `LONG_PAUSE_MS`, missing data is our own doing for this long. */
const SETTLING_MS = 120_000;
const LONG_PAUSE_MS = 60_000;
/** What a reload may change beside the rules. */
export type EvaluatorSettings = Pick<EvaluatorOptions, 'externalLabels' | 'externalUrl' | 'defaultIntervalMs'>;

/** The most alerts in one row of the feed, so that applying one never takes long. */
const MOST_PER_ROW = 200;
/** A firing alert whose value moves is told again at most this often. */
const REFRESH_MS = 60_000;
/** The usual name of the alert that fires always. */
const WATCHDOG = 'Watchdog';

/** What has been counted since the start. */
export interface EvaluatorFigures {
  readonly evaluations: number;
  readonly failures: number;
  readonly missedIterations: number;
}

/** A group as it was last evaluated. */
export interface EvaluatedGroup {
  readonly group: RuleGroup;
  readonly intervalMs: number;
  readonly rules: readonly EvaluatedRule[];
}

export interface EvaluatedRule {
  readonly rule: Rule;
  readonly health: RuleHealth;
  /** Pending and open ones. */
  readonly instances: readonly AlertInstance[];
}

interface RuleState {
  instances: ReadonlyMap<string, AlertInstance>;
  /** Series the last evaluation appended, by key: what is gone next time gets a stale marker. */
  emitted: ReadonlyMap<string, Labels>;
  health: HealthState;
}

interface Schedule {
  readonly group: RuleGroup;
  readonly intervalMs: number;
  nextAt: number;
}

/** What one group's evaluation will change, applied to memory only once it is committed. */
interface Turn {
  readonly states: Map<string, RuleState>;
  readonly save: AlertInstance[];
  readonly touch: AlertInstance[];
  readonly remove: AlertInstance[];
  readonly alerts: Alert[];
}

/**
 * The runner of rules. Each group is due at instants aligned to its interval and shifted by its own hash, as in Prometheus.
 * Samples, instance states and the feed row of one group commit in one transaction.
 */
export class Evaluator implements Job {
  readonly name = 'evaluator';
  #options: EvaluatorOptions;
  #schedules: Schedule[] = [];
  #states = new Map<string, RuleState>();
  /** Open instances whose rule is gone, to be ended by the next run. */
  #orphans: AlertInstance[] = [];
  /** From when on missing data says something about its source. */
  #settledAt: number;
  #figures = { evaluations: 0, failures: 0, missedIterations: 0 };

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#settledAt = options.clock.now() + SETTLING_MS;
    for (const [key, instances] of byRule(options.store.instances())) {
      this.#states.set(key, { instances, emitted: new Map(), health: UNKNOWN });
    }
    this.#adopt(options.groups);
  }

  /** Swaps the rules. Instances of rules that are still there (same group, name and labels) go on; the others end with the next run. */
  reload(groups: readonly RuleGroup[], settings: Partial<EvaluatorSettings> = {}): void {
    this.#options = { ...this.#options, ...settings };
    this.#adopt(groups);
  }

  #adopt(groups: readonly RuleGroup[]): void {
    const now = this.#options.clock.now();
    const before = new Map(this.#schedules.map((schedule) => [identity(schedule.group), schedule]));
    this.#schedules = groups.map((group) => {
      const intervalMs = group.intervalMs ?? this.#options.defaultIntervalMs;
      const known = before.get(identity(group));
      const nextAt = known?.intervalMs === intervalMs ? known.nextAt : firstSlot(group, intervalMs, now);
      return { group, intervalMs, nextAt };
    });
    const keys = new Set(groups.flatMap((group) => group.rules.map((rule) => rule.key)));
    for (const [key, state] of this.#states) {
      if (keys.has(key)) continue;
      this.#orphans.push(...state.instances.values());
      for (const labels of state.emitted.values()) this.#options.appender.appendStale(labels, now);
      this.#states.delete(key);
    }
  }

  nextDue(): number | undefined {
    if (this.#orphans.length > 0) return 0;
    if (this.#schedules.length === 0) return undefined;
    const now = this.#options.clock.now();
    for (const schedule of this.#schedules) {
      // The clock was set back: waiting for the old deadline would stop all rules for that long.
      if (schedule.nextAt - now > schedule.intervalMs)
        schedule.nextAt = firstSlot(schedule.group, schedule.intervalMs, now);
    }
    return Math.min(...this.#schedules.map((schedule) => schedule.nextAt));
  }

  async run(now: number): Promise<void> {
    if (this.#orphans.length > 0) this.#endOrphans(now);
    const due = this.#schedules.filter((schedule) => schedule.nextAt <= now);
    if (due.some((schedule) => now - schedule.nextAt > LONG_PAUSE_MS)) this.#settledAt = now + SETTLING_MS;
    for (const schedule of due) {
      const late = Math.floor((now - schedule.nextAt) / schedule.intervalMs);
      this.#figures.missedIterations += late;
      const at = schedule.nextAt + late * schedule.intervalMs;
      schedule.nextAt = at + schedule.intervalMs;
      this.#evaluate(schedule, at);
    }
  }

  figures(): EvaluatorFigures {
    return this.#figures;
  }

  /** Pending and open instances, for `/api/v1/alerts`. */
  instances(): AlertInstance[] {
    return [...this.#states.values()].flatMap((state) => [...state.instances.values()]);
  }

  /** Every rule in the order of its file. */
  health(): RuleHealth[] {
    return this.groups().flatMap(({ rules }) => rules.map((rule) => rule.health));
  }

  /** Every group with its rules and their instances. */
  groups(): EvaluatedGroup[] {
    return this.#schedules.map(({ group, intervalMs }) => ({
      group,
      intervalMs,
      rules: group.rules.map((rule) => {
        const state = this.#states.get(rule.key);
        const instances = [...(state?.instances.values() ?? [])];
        return { rule, instances, health: healthOf(rule, group, state?.health ?? UNKNOWN, instances) };
      }),
    }));
  }

  #endOrphans(now: number): void {
    const ended = this.#orphans.map((instance) => ({ ...instance, state: removeRule(instance.state, now) }));
    const alerts = ended.flatMap((instance) => alertOf(instance, now) ?? []);
    const { store, appender } = this.#options;
    store.tx(() => {
      appender.commit();
      for (const instance of ended) store.remove(instance);
      this.#addFeed(alerts);
    });
    this.#orphans = [];
    if (alerts.length > 0) this.#options.onFeed();
  }

  #addFeed(alerts: readonly Alert[]): void {
    for (let i = 0; i < alerts.length; i += MOST_PER_ROW)
      this.#options.store.addFeed(alerts.slice(i, i + MOST_PER_ROW));
  }

  #evaluate(schedule: Schedule, now: number): void {
    const turn: Turn = { states: new Map(), save: [], touch: [], remove: [], alerts: [] };
    const context = this.#context(schedule.intervalMs, now < this.#settledAt ? 'ignore' : 'hold');
    for (const rule of schedule.group.rules) {
      const before = this.#states.get(rule.key) ?? { instances: new Map(), emitted: new Map(), health: UNKNOWN };
      const started = this.#options.stopwatch?.() ?? 0;
      const outcome = evaluateRule(rule, schedule.group, before, context, now);
      const durationMs = (this.#options.stopwatch?.() ?? 0) - started;
      this.#figures.evaluations += 1;
      if (outcome.kind === 'error') {
        this.#figures.failures += 1;
        const health: HealthState = { kind: 'err', lastError: outcome.message, at: now, durationMs };
        turn.states.set(rule.key, { ...before, health });
        continue;
      }
      const emitted = this.#append(before, outcome, now - schedule.group.queryOffsetMs);
      const instances = this.#settle(turn, before, outcome.instances, now);
      turn.states.set(rule.key, { instances, emitted, health: { kind: 'ok', at: now, durationMs } });
    }
    this.#commit(turn);
  }

  #context(intervalMs: number, missing: 'hold' | 'ignore'): EvaluationContext {
    const { queries, externalLabels, externalUrl, noDataEndMs } = this.#options;
    return {
      queries,
      externalLabels,
      externalUrl,
      trends: true,
      hold: {
        intervalMs,
        missing,
        outageToleranceMs: DEFAULT_OUTAGE_TOLERANCE_MS,
        noDataEndMs: noDataEndMs ?? DEFAULT_NO_DATA_END_MS,
      },
    };
  }

  /** Appends the rule's samples, so that the group's next rule sees them, and ends the series that are gone. */
  #append(before: RuleState, outcome: RuleOutcome & { kind: 'ok' }, at: number): ReadonlyMap<string, Labels> {
    const { appender } = this.#options;
    const emitted = new Map<string, Labels>();
    for (const { labels, v } of outcome.samples) {
      appender.append(labels, at, v);
      emitted.set(labels.key, labels);
    }
    for (const [key, labels] of before.emitted) if (!emitted.has(key)) appender.appendStale(labels, at);
    return emitted;
  }

  /** Decides what to store and what to tell; returns the instances that live on. */
  #settle(
    turn: Turn,
    before: RuleState,
    after: readonly AlertInstance[],
    now: number,
  ): ReadonlyMap<string, AlertInstance> {
    const living = new Map<string, AlertInstance>();
    for (const instance of after) {
      const prev = before.instances.get(instance.labels.key);
      const tells = mustTell(prev, instance, now);
      const told = tells ? { ...instance, toldAt: now, toldValue: instance.value } : instance;
      const alert = tells ? alertOf(told, now) : undefined;
      if (alert) turn.alerts.push(alert);
      if (told.state.kind === 'resolved') {
        turn.remove.push(told);
        continue;
      }
      living.set(told.labels.key, told);
      if (prev?.state.kind === 'pending' && told.state.kind === 'pending') turn.touch.push(told);
      else if (prev?.state !== told.state || prev.peak !== told.peak || tells) turn.save.push(told);
    }
    const kept = new Set(after.map((instance) => instance.labels.key));
    for (const [key, instance] of before.instances) if (!kept.has(key)) turn.remove.push(instance);
    return living;
  }

  #commit(turn: Turn): void {
    const { store, appender, onFeed } = this.#options;
    store.tx(() => {
      appender.commit();
      for (const instance of turn.remove) store.remove(instance);
      for (const instance of turn.save) store.save(instance);
      for (const instance of turn.touch) store.touch(instance);
      this.#addFeed(turn.alerts);
      if (turn.alerts.length > 0) failPoint('feed.writing');
    });
    if (turn.alerts.length > 0) failPoint('feed.written');
    for (const [key, state] of turn.states) this.#states.set(key, state);
    if (turn.alerts.length > 0) onFeed();
  }
}

const UNKNOWN: HealthState = { kind: 'unknown' };

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  return new Evaluator(options);
}

function byRule(instances: readonly AlertInstance[]): ReadonlyMap<string, ReadonlyMap<string, AlertInstance>> {
  const rules = new Map<string, Map<string, AlertInstance>>();
  for (const instance of instances) {
    const known = rules.get(instance.ruleKey) ?? new Map<string, AlertInstance>();
    rules.set(instance.ruleKey, known.set(instance.labels.key, instance));
  }
  return rules;
}

function evaluateRule(
  rule: Rule,
  group: RuleGroup,
  before: RuleState,
  context: EvaluationContext,
  now: number,
): RuleOutcome {
  return rule.kind === 'alerting'
    ? evaluateAlerting(rule, group, before.instances, context, now)
    : evaluateRecording(rule, group, context, now);
}

/**
 * Changes of state at once; a value that moved, once a minute; the alert that fires always, at every evaluation: that it comes anew
 * is the proof that rules are evaluated and arrive.
 */
function mustTell(prev: AlertInstance | undefined, next: AlertInstance, now: number): boolean {
  const { state } = next;
  if (state.kind === 'inactive' || state.kind === 'pending') return false;
  if (state.kind === 'resolved') return prev !== undefined && isOpenInstance(prev.state);
  if (prev?.state.kind !== state.kind) return true;
  if (state.kind !== 'firing') return false;
  const moved = !Object.is(next.value, prev.toldValue) && now - prev.toldAt >= REFRESH_MS;
  return moved || next.labels.get('alertname') === WATCHDOG;
}

function identity(group: RuleGroup): string {
  return `${group.file}\n${group.name}`;
}

/** The first aligned instant after `now`: a multiple of the interval, shifted by the group's hash so that groups do not crowd. */
function firstSlot(group: RuleGroup, intervalMs: number, now: number): number {
  const hash = BigInt(`0x${fingerprint(Labels.of({ file: group.file, name: group.name }))}`);
  const shift = Number(hash % BigInt(intervalMs));
  const slot = Math.floor((now - shift) / intervalMs) * intervalMs + shift;
  return slot > now ? slot : slot + intervalMs;
}
