import type { Config } from '../config/load.ts';
import type { IncidentsPorts } from '../incident/ports.ts';
import type { Labels } from '../labels/labels.ts';
import { matcher } from '../labels/matcher.ts';
import type { Dispatcher } from '../routing/dispatcher.ts';
import { groupKeyOf, groupLabelsOf, matchRoutes, type Route } from '../routing/route.ts';
import { silenceMatches, silenceState } from '../routing/silence.ts';

type RoutingPorts = Pick<
  IncidentsPorts,
  'silences' | 'homeGroup' | 'muteOf' | 'causeOf' | 'mutedBy' | 'storm' | 'flapHoldMs'
>;

/** What incidents ask of routing. */
export function routingPorts(dispatcher: () => Dispatcher, config: () => Config, now: () => number): RoutingPorts {
  let home: { readonly route: Route; readonly key: string; readonly labels: Labels } | undefined;
  return {
    silences: {
      create: ({ labels, startsAt, endsAt, createdBy, comment }) =>
        dispatcher().createSilence(
          {
            matcherSets: [labels.pairs.map(([name, value]) => matcher(name, '=', value, 'alertmanager'))],
            startsAt,
            endsAt,
            createdBy,
            comment,
          },
          now(),
        ).id,
      author: (id) => dispatcher().silence(id)?.createdBy,
      lastEnded: (labels, from, to) => {
        const ended = dispatcher()
          .listSilences()
          .filter((silence) => silence.endsAt > from && silence.endsAt <= to && silence.startsAt < silence.endsAt)
          .filter((silence) => silenceState(silence, now()) === 'expired' && silenceMatches(silence, labels))
          .toSorted((a, b) => b.endsAt - a.endsAt)[0];
        return ended && { by: ended.createdBy, endedAt: ended.endsAt };
      },
    },
    homeGroup: (alert) => {
      const [route] = matchRoutes(config().routing.config.root, alert.labels);
      if (!route) return undefined;
      const labels = groupLabelsOf(route, alert.labels);
      // The alerts of a group come one after the other.
      if (home?.route !== route || !home.labels.equals(labels))
        home = { route, key: groupKeyOf(route, labels), labels };
      return home;
    },
    muteOf: (alert, at) => dispatcher().mutesOf(alert, at)[0],
    causeOf: (alert) => dispatcher().rootCauseOf(alert.labels)?.source,
    mutedBy: (source, at) => dispatcher().mutedBy(source, at),
    storm: () => config().settings.storm,
    flapHoldMs: () => config().settings.flapping.hold,
  };
}
