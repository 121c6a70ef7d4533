import { type Alert, alertAt, isOpen } from '../alert/alert.ts';
import { failPoint } from '../fail-point.ts';
import type { Labels } from '../labels/labels.ts';
import { breathe } from '../time/breathe.ts';
import type { Job } from '../time/loop.ts';
import { collect, ENDED_ALERT_RETENTION_MS, removeGroup } from './collect.ts';
import { muteContext, type RoutingContext, routesById, viewOf } from './context.ts';
import type { RootCause } from './dependency.ts';
import type { GroupView, Mute, RoutingEffects } from './effects.ts';
import { type Explanation, explainLabels } from './explain.ts';
import { flushGroup } from './flush.ts';
import type { AlertGroup } from './group.ts';
import { expireAlerts, type Touched, takeIn } from './intake.ts';
import type { OpenAlerts } from './limits.ts';
import { forgetSilences, observeSilences, recheckMutes, silenceDeadline, turnSilences } from './mute-watch.ts';
import { allMutesOf, type Flush } from './pipeline.ts';
import { reroute } from './reroute.ts';
import { matchRoutes } from './route.ts';
import type { RoutingConfig } from './schema.ts';
import { type Silence, type SilenceDraft, silenceMatches, silenceState } from './silence.ts';
import { addSilence, changeSilence, endSilence, type SilenceChange } from './silence-change.ts';
import { RoutingState } from './state.ts';
import { type AlertStatus, groupTimeMutes, statusReader } from './status.ts';
import type { RoutingStore, SilenceStore } from './store.ts';

export interface DispatcherOptions {
  readonly config: RoutingConfig;
  readonly store: RoutingStore;
  readonly silences: SilenceStore;
  readonly effects: RoutingEffects;
  /** Runs a change in one transaction of the database that the stores write to. */
  readonly transact: <T>(fn: () => T) => T;
  /** Unique ids for notifications and silences. */
  readonly newId: () => string;
  /** Domain instant at which the dispatcher starts. */
  readonly startedAt: number;
  /** Hears every decision of every flush; inside the flush's transaction. */
  readonly decided?: (group: AlertGroup, flush: Flush, now: number) => void;
  /** A limit refused something. */
  readonly limited?: (limit: 'silences') => void;
  /** Called after a change from outside moved a deadline; pokes the loop. */
  readonly poke?: () => void;
}

const GROUPS_AT_ONCE = 24;

/**
 * Alertmanager's dispatcher with a memory: takes alerts in, groups them by route, and at each group's ticks decides who hears what.
 * Decisions, notification log and effects commit together. It never sends.
 *
 * Where it differs from Alertmanager 0.25 on purpose:
 * - whoever heard an alert firing hears its end, also while it is silenced, inhibited or outside the route's hours;
 * - an alert without data is open; one ended only by its `until` is `sender_silent`, which ends it without calling it resolved;
 * - a restart keeps alerts, groups, pending flushes and ticks; a reload keeps the state of groups whose route and labels stay, and
 *   who heard of an alert in a group that goes away still hears its end;
 * - ticks do not drift with the time that sending takes, and a failed delivery is retried by the outbox, not by the next tick;
 * - a silence's end is exclusive, and what the notification log knows is not forgotten while its group lives.
 */
export class Dispatcher implements Job {
  readonly name = 'dispatcher';
  readonly #options: DispatcherOptions;
  #context: RoutingContext;
  /** The state was read anew: mutes on record may be out of date. Compared with `state.loads`. */
  #checkedLoad = 0;
  /** When to look for what can be forgotten; undefined while nothing is remembered. */
  #collectAt: number | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#collectAt = options.startedAt;
    const { config, store, silences, effects, newId, startedAt } = options;
    this.#context = {
      config,
      routes: routesById(config),
      state: new RoutingState(store, silences, config),
      effects,
      newId,
      startedAt,
      decided: options.decided ?? (() => undefined),
      limited: options.limited ?? (() => undefined),
    };
  }

  get config(): RoutingConfig {
    return this.#context.config;
  }

  /**
   * Takes in alerts: new ones, news of known ones, ends. One transaction. Alerts of the API carry `firing.until`; `now` must not be
   * before what was passed earlier.
   */
  ingest(alerts: readonly Alert[], now: number): void {
    if (alerts.length === 0) return;
    this.#change(() => this.#tell(takeIn(this.#context, alerts, now), now));
    this.#collectAt ??= now + ENDED_ALERT_RETENTION_MS;
    this.#options.poke?.();
  }

  nextDue(): number | undefined {
    const { state } = this.#context;
    state.sync();
    if (state.loads !== this.#checkedLoad) return Number.NEGATIVE_INFINITY;
    const dues = [
      state.groupDeadlines.next(),
      state.alertDeadlines.next(),
      state.silenceDeadlines.next(),
      this.#collectAt,
    ].filter((at) => at !== undefined);
    return dues.length > 0 ? Math.min(...dues) : undefined;
  }

  /** Does everything due at `now`. A group that fails is rolled back alone: it stays due and hinders no other. */
  async run(now: number): Promise<void> {
    this.#change(() => this.#catchUp(now));
    const failures: unknown[] = [];
    const due = this.#context.state.groupDeadlines.due(now);
    for (let start = 0; start < due.length; start += GROUPS_AT_ONCE) {
      // Whoever is to be paged for the first of a thousand groups does not wait for the last one.
      if (start > 0) await breathe();
      failures.push(...this.#runGroups(due.slice(start, start + GROUPS_AT_ONCE), now));
    }
    if (this.#collectAt !== undefined && this.#collectAt <= now)
      this.#collectAt = this.#change(() => collect(this.#context, now));
    if (failures.length > 0) throw failures[0];
  }

  /** Takes over a new configuration: all of it, or (on a throw) nothing. */
  reload(config: RoutingConfig, now: number): void {
    const previous = this.#context;
    try {
      this.#change(() => {
        this.#context = { ...previous, config, routes: routesById(config) };
        this.#context.state.setInhibition(config);
        const groups = reroute(this.#context, now);
        for (const id of recheckMutes(this.#context, () => true, now)) groups.add(id);
        this.#tell({ groups, sources: [] }, now);
      });
    } catch (error) {
      this.#context = previous;
      previous.state.setInhibition(previous.config);
      throw error;
    }
    this.#options.poke?.();
  }

  /** The groups that have members, ordered by key. */
  groups(now: number): GroupView[] {
    const { state } = this.#read();
    const filled = [...state.groups.values()].filter((group) => group.members.size > 0);
    return filled.map((group) => viewOf(this.#context, group, now)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Every alert that is known, ended ones too for half an hour. */
  alerts(now: number): Alert[] {
    return [...this.#read().state.alerts.values()].map((alert) => alertAt(alert, now));
  }

  alert(fingerprint: string, now: number): Alert | undefined {
    const stored = this.#read().state.alerts.get(fingerprint);
    return stored && alertAt(stored, now);
  }

  /** The receivers an alert's routes lead to, in order of the file. */
  receiversOf(labels: Labels): string[] {
    return matchRoutes(this.#context.config.root, labels).map((route) => route.receiver);
  }

  /** The open alerts that an alert mutes, by rule or by dependency. */
  mutedBy(source: string, now: number): Alert[] {
    const { state } = this.#read();
    return [...state.inhibited.of(source)].flatMap((fingerprint) => {
      const stored = state.alerts.get(fingerprint);
      const alert = stored && alertAt(stored, now);
      return alert && isOpen(alert) ? [alert] : [];
    });
  }

  /** The open alert about something that the part with these labels depends on, where there is one. */
  rootCauseOf(labels: Labels): RootCause | undefined {
    return this.#read().state.sources.rootCause(labels);
  }

  /** Everything that suppresses the alert now, on any of its routes; each cause once. */
  mutesOf(alert: Alert, now: number): Mute[] {
    const context = this.#read();
    const muting = muteContext(context, now);
    const mutes = matchRoutes(context.config.root, alert.labels).flatMap((route) =>
      allMutesOf(alert, route, muting, now),
    );
    return mutes.filter((mute, index) => mutes.findIndex((m) => m.kind === mute.kind && m.by === mute.by) === index);
  }

  /** How many alerts are open, for limits. */
  get openAlerts(): OpenAlerts {
    return this.#read().state.open;
  }

  /** Tells of any alert what suppresses it at `now`; keep it no longer than that instant. */
  statusAt(now: number): (alert: Alert) => AlertStatus {
    return statusReader(this.#read(), now);
  }

  /** The groups that their route's hours mute now, by key. */
  groupTimeMutes(now: number): ReadonlyMap<string, Mute> {
    return groupTimeMutes(this.#read(), now);
  }

  explain(labels: Labels, now: number): Explanation {
    return explainLabels(this.#read(), labels, now);
  }

  /** @throws UserError `invalid_silence`, `too_many_silences` */
  createSilence(draft: SilenceDraft, now: number): Silence {
    return this.#changeSilences((context) => addSilence(context, draft, now), now);
  }

  /**
   * Changes a silence as far as history allows; else expires it and makes a new one.
   * @returns the silence in force, whose id may be new. @throws UserError `not_found`, `invalid_silence`, `too_many_silences`
   */
  updateSilence(id: string, draft: SilenceDraft, now: number): Silence {
    return this.#changeSilences((context) => changeSilence(context, id, draft, now), now);
  }

  /** Ends it now; nothing happens to one that has ended. @throws UserError `not_found` */
  expireSilence(id: string, now: number): Silence {
    return this.#changeSilences((context) => endSilence(context, id, now), now);
  }

  /** All silences, expired ones too for five days. Their state is `silenceState(silence, now)`. */
  listSilences(): Silence[] {
    return [...this.#read().state.silences.values()];
  }

  silence(id: string): Silence | undefined {
    return this.#read().state.silences.get(id);
  }

  /** The open alerts that a silence is hiding. */
  silencedBy(id: string, now: number): Alert[] {
    const silence = this.silence(id);
    if (!silence || silenceState(silence, now) !== 'active') return [];
    return this.alerts(now).filter((alert) => isOpen(alert) && silenceMatches(silence, alert.labels));
  }

  #read(): RoutingContext {
    this.#context.state.sync();
    return this.#context;
  }

  #change<T>(fn: () => T): T {
    try {
      return this.#options.transact(() => {
        const { state, effects } = this.#context;
        state.begin();
        const result = fn();
        const sources = state.inhibited.drain();
        if (sources.size > 0) effects.inhibits?.(sources);
        state.end();
        return result;
      });
    } catch (error) {
      this.#context.state.invalidate();
      throw error;
    }
  }

  /** Tells the rest of the house what an operation changed, mutes that follow from it included. */
  #tell(touched: Touched, now: number): void {
    const { state, effects } = this.#context;
    const { sources } = touched;
    const groups = new Set(touched.groups);
    if (sources.length > 0) {
      for (const id of recheckMutes(this.#context, state.sources.reachOf(sources), now)) groups.add(id);
    }
    observeSilences(this.#context, now);
    for (const id of groups) {
      const group = state.groups.get(id);
      if (group?.flushedAt !== undefined && group.open) effects.changed(viewOf(this.#context, group, now));
    }
  }

  #catchUp(now: number): void {
    const { state } = this.#context;
    if (state.loads !== this.#checkedLoad) {
      for (const silence of state.silences.values())
        state.silenceDeadlines.set(silence.id, silenceDeadline(silence, now));
      this.#checkedLoad = state.loads;
      this.#tell({ groups: recheckMutes(this.#context, () => true, now), sources: [] }, now);
    }
    const expired = expireAlerts(this.#context, now);
    const { turned } = turnSilences(this.#context, now);
    if (turned.length > 0) {
      const concerns = (labels: Labels): boolean => turned.some((silence) => silenceMatches(silence, labels));
      for (const id of recheckMutes(this.#context, concerns, now)) expired.groups.add(id);
    }
    this.#tell(expired, now);
  }

  /** Several groups in one transaction: a commit costs more than a group. Where one fails, each in its own. */
  #runGroups(ids: readonly string[], now: number): unknown[] {
    try {
      this.#change(() => {
        for (const id of ids) this.#runGroup(id, now);
        failPoint('group.flushing');
      });
      failPoint('group.flushed');
      return [];
    } catch (error) {
      if (ids.length === 1) return [error];
      return ids.flatMap((id) => this.#runGroups([id], now));
    }
  }

  #runGroup(id: string, now: number): void {
    const group = this.#context.state.groups.get(id);
    if (!group) return;
    if (group.nextFlushAt !== undefined && group.nextFlushAt <= now) flushGroup(this.#context, group, now);
    else if (group.removeAt !== undefined && group.removeAt <= now) removeGroup(this.#context, group);
  }

  #changeSilences(make: (context: RoutingContext) => SilenceChange, now: number): Silence {
    const silence = this.#change(() => {
      const made = make(this.#context);
      this.#tell({ groups: made.groups, sources: [] }, now);
      forgetSilences(this.#context, now);
      return made.silence;
    });
    this.#options.poke?.();
    return silence;
  }
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new Dispatcher(options);
}
