import type { Alert } from '../alert/alert.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import { muteContext, type RoutingContext } from './context.ts';
import type { Mute } from './effects.ts';
import { silenceMatches } from './silence.ts';
import { timeMute } from './time-interval.ts';

/** What suppresses an alert, apart from the hours of its routes: as Alertmanager's API shows it. */
export interface AlertStatus {
  /** Silence ids, in order of the ids. */
  readonly silencedBy: readonly string[];
  /** The source that mutes it, at most one. */
  readonly inhibitedBy: readonly Fingerprint[];
}

/** Reads the status of many alerts at one instant; each is looked at once, however often it is asked for. */
export function statusReader(context: RoutingContext, now: number): (alert: Alert) => AlertStatus {
  const { silences, sources } = muteContext(context, now);
  const known = new Map<Fingerprint, AlertStatus>();
  return ({ fingerprint, labels }) => {
    const before = known.get(fingerprint);
    if (before) return before;
    const inhibition = sources.inhibiting(labels);
    const status: AlertStatus = {
      silencedBy: silences
        .filter((silence) => silenceMatches(silence, labels))
        .map((silence) => silence.id)
        .sort(),
      inhibitedBy: inhibition ? [inhibition.source.fingerprint] : [],
    };
    known.set(fingerprint, status);
    return status;
  };
}

/** The groups that the hours of their route mute now, by `GroupView.key`. */
export function groupTimeMutes(context: RoutingContext, now: number): Map<string, Mute> {
  const mutes = new Map<string, Mute>();
  for (const group of context.state.groups.values()) {
    const route = context.routes.get(group.routeId);
    const mute = route && timeMute(route, context.config.timeIntervals, now);
    if (mute) mutes.set(group.id, mute);
  }
  return mutes;
}
