import { type Alert, alertAt } from '../alert/alert.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { GroupView, Mute, RoutingEffects } from './effects.ts';
import { type AlertGroup, inOrder } from './group.ts';
import type { Flush, MuteContext } from './pipeline.ts';
import { type Route, walkRoutes } from './route.ts';
import type { RoutingConfig } from './schema.ts';
import { silenceState } from './silence.ts';
import type { RoutingState } from './state.ts';

/** What the parts of the dispatcher share. `config` is swapped by a reload. */
export interface RoutingContext {
  readonly config: RoutingConfig;
  readonly routes: ReadonlyMap<string, Route>;
  readonly state: RoutingState;
  readonly effects: RoutingEffects;
  readonly newId: () => string;
  /** Sweeps for empty groups count from here. */
  readonly startedAt: number;
  /** Hears every decision of every flush, for traces, metrics and logs. */
  readonly decided: (group: AlertGroup, flush: Flush, now: number) => void;
  /** Hears of refusals by a limit. */
  readonly limited: (limit: 'silences') => void;
}

export function routesById(config: RoutingConfig): Map<string, Route> {
  return new Map([...walkRoutes(config.root)].map((route) => [route.id, route]));
}

/** What mutes at `now`; silences that are not in force are left out. */
export function muteContext(context: RoutingContext, now: number): MuteContext {
  const { state, config } = context;
  const silences = [...state.silences.values()].filter((silence) => silenceState(silence, now) === 'active');
  return { sources: state.sources, silences, timeIntervals: config.timeIntervals };
}

/** A group's members in Alertmanager's order, as of `now`. */
export function membersAt(context: RoutingContext, group: AlertGroup, now: number): Alert[] {
  const alerts: Alert[] = [];
  for (const fingerprint of group.members.keys()) {
    const alert = context.state.alerts.get(fingerprint);
    if (alert) alerts.push(alertAt(alert, now));
  }
  return inOrder(alerts);
}

/** The group for others, with the mutes that are on record. */
export function viewOf(context: RoutingContext, group: AlertGroup, now: number): GroupView {
  const mutes = new Map<Fingerprint, Mute>();
  for (const member of group.members.values()) if (member.mute) mutes.set(member.fingerprint, member.mute);
  return {
    key: group.id,
    receiver: group.receiver,
    labels: group.labels,
    alerts: membersAt(context, group, now),
    mutes,
  };
}

export function sameMute(a: Mute | undefined, b: Mute | undefined): boolean {
  return a?.kind === b?.kind && a?.by === b?.by && a?.until === b?.until;
}
