import type { DigestReport } from '../feedback/digest.ts';
import type { Incidents } from '../incident/ports.ts';
import type { SilenceActs } from '../incident/silence-acts.ts';
import type { Handoff, HandoffBrief } from '../oncall/handoff.ts';
import type { OnCall } from './on-call.ts';

const MOST_RULES = 3;

/** What whoever comes on call should know: gathered from the parts that know it. */
export function handoffBrief(
  handoff: Handoff,
  now: number,
  parts: {
    readonly onCall: Pick<OnCall, 'secondaries'>;
    readonly incidents: Pick<Incidents, 'actions'>;
    readonly silences: Pick<SilenceActs, 'list'>;
    readonly digest: (now: number) => DigestReport;
  },
): HandoffBrief {
  const silences = parts.silences.list(now).filter(({ endsAt }) => endsAt > now && endsAt <= handoff.end);
  return {
    open: parts.incidents.actions.list({ open: true }, now).map(({ id, priority, alertName, model, measure }) => ({
      id,
      priority,
      text: [alertName, model, measure].filter(Boolean).join(' · '),
    })),
    silences: silences
      .toSorted((a, b) => a.endsAt - b.endsAt)
      .map(({ matchers, endsAt }) => ({
        text: matchers.map(({ name, operator, value }) => `${name}${operator}"${value}"`).join(', '),
        endsAt,
      })),
    noisy: parts
      .digest(now)
      .rules.slice(0, MOST_RULES)
      .map(({ alertName: rule, incidents, truePositives }) => ({ rule, incidents, truePositives })),
    secondary: parts.onCall
      .secondaries(handoff.schedule, now)
      .filter(({ key }) => key !== handoff.incoming)
      .map(({ slackId, name }) => slackId ?? name),
  };
}
