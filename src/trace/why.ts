import type { Alert } from '../alert/alert.ts';
import type { ManualPage } from '../incident/manual-page.ts';
import { formatMeasure } from '../incident/measure.ts';
import type { Explanation, RouteExplanation } from '../routing/explain.ts';
import { humanDuration } from '../time/duration.ts';
import { clockTime, timeNear } from '../time/wall-clock.ts';
import { type Told, toldSteps } from './told.ts';

/** Why an alert was heard, or was not: what each station on its way decided, in order, in words for people. */
export interface Why {
  readonly title: string;
  readonly steps: readonly string[];
}

/**
 * @param zone IANA zone of the times in it; each is written with its zone, and with its day where that is not today.
 * @param nameOf how people are called.
 * @param told where it has come to; absent where that is not known here.
 */
export function whyOf(
  explanation: Explanation,
  zone: string,
  now: number,
  nameOf: (author: string) => string = (author) => author,
  told?: { readonly found: Told | undefined },
): Why {
  const { alert, labels, inhibitedBy, silencedBy, routes } = explanation;
  const time: Time = (at) => timeNear(at, now, zone);
  const steps: string[] = [
    alert ? conditionStep(alert, time, now) : `no alert ${labels.toString()} is known; this is what would happen`,
  ];
  for (const route of routes) steps.push(routeStep(route, time));
  steps.push(
    inhibitedBy
      ? `inhibited by ${inhibitedBy.source.labels.get('alertname')} ${inhibitedBy.source.labels.without('alertname').toString()}`
      : 'not inhibited',
  );
  steps.push(
    silencedBy.length === 0
      ? 'no silence matches'
      : silencedBy
          .map(
            (s) =>
              `silenced by ${nameOf(s.createdBy)} until ${time(s.endsAt)}${s.comment === '' ? '' : ` (${s.comment})`}`,
          )
          .join('; '),
  );
  for (const route of routes)
    steps.push(...route.integrations.map((integration) => tellingStep(integration, route, time)));
  if (told) steps.push(...toldSteps(told.found, time, nameOf));
  return { title: `Why ${labels.get('alertname') || labels.toString()}`, steps };
}

type Time = (at: number) => string;

function conditionStep(alert: Alert, time: Time, now: number): string {
  const measure = formatMeasure(alert.evidence);
  const since = time(alert.startsAt);
  const { condition } = alert;
  switch (condition.kind) {
    case 'firing':
      return `firing since ${since}, for ${humanDuration(now - alert.startsAt)}${measure === '' ? '' : `: ${measure}`}`;
    case 'no_data':
      return `no data since ${time(condition.since)}; before that firing since ${since}`;
    case 'resolved':
      return `resolved at ${time(condition.at)}; it had fired since ${since}`;
    case 'sender_silent':
      return `its sender went silent at ${time(condition.at)}; it had fired since ${since}`;
  }
}

function routeStep(route: RouteExplanation, time: Time): string {
  const mute = route.timeMute ? `; muted by time interval ${route.timeMute.by}` : '';
  const next = route.nextFlushAt === undefined ? '' : `; next look at ${time(route.nextFlushAt)}`;
  // The root matches everything and stands at the head of every path.
  const path = route.routeId.replace(/^\{\}\/?/, '');
  const names = route.groupLabels.pairs.map(([name]) => name);
  const grouped = names.length === 0 ? '' : `, grouped by ${names.join(', ')}`;
  return `${path === '' ? 'the default route' : `route ${path}`} → ${route.receiver}${grouped}${mute}${next}`;
}

function tellingStep(
  { integration, lastToldAt, next }: RouteExplanation['integrations'][number],
  route: RouteExplanation,
  time: Time,
): string {
  const { kind, receiver } = integration;
  const told = lastToldAt === undefined ? 'not told yet' : `last told at ${time(lastToldAt)}`;
  const repeat = `told again every ${humanDuration(route.repeatIntervalMs)} while it lasts`;
  const then = next === 'nothing_changed' ? repeat : `next: ${next.replaceAll('_', ' ')}`;
  return `${receiver} (${kind}): ${told}; ${then}`;
}

/** The same of a page by hand: nothing decided about it but a person. */
export function whyPaged(
  page: ManualPage,
  openedAt: number,
  zone: string,
  nameOf: (id: string) => string = (id) => id,
): Why {
  const { chain } = page;
  const ladder =
    chain.kind === 'policy'
      ? `the ladder is ${chain.name}${chain.from > 0 ? ` from level ${chain.from + 1} on` : ''}`
      : 'no policy is about them, so just they are called, again and again';
  return {
    title: `Why ${nameOf(page.to)} was paged`,
    steps: [
      `${nameOf(page.by.id)} asked for it at ${clockTime(openedAt, zone)}: ${page.message}`,
      ladder,
      'no rule, no route and no silence has a say in it',
    ],
  };
}
