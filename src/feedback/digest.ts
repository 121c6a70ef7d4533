import { humanDuration } from '../time/duration.ts';
import { isoWeek } from '../time/weekly.ts';
import { wallClockAt } from '../time/zone.ts';
import { fleetQuality, LOW_EVIDENCE, noisiest, type RuleQuality, type StaleRule } from './quality.ts';
import type { IncidentOutcome } from './verdict.ts';

/** Whether the alerts of a week were worth it, as figures. Shares are 0–1, absent where nothing was there to count. No names. */
export interface DigestReport {
  /** `week 47`. */
  readonly period: string;
  readonly from: number;
  readonly to: number;
  readonly notifications: number;
  /** Incidents with a verdict. */
  readonly tagged: number;
  readonly precision?: number;
  /** Wilson 95 %. */
  readonly precisionRange?: { readonly low: number; readonly high: number };
  readonly incidents: number;
  /** Incidents that people reported and no alert had caught. */
  readonly missed: number;
  /** Absent where no incident was a true positive. */
  readonly alertsPerIncident?: number;
  /** Incidents that somebody acknowledged. */
  readonly acknowledged: number;
  /** Of those that paged somebody. */
  readonly acknowledgedShare?: number;
  readonly acknowledgeMedianMs?: number;
  readonly pages: number;
  readonly nightPages: number;
  /** The same figures of the week before. */
  readonly before: { readonly precision?: number; readonly acknowledgeMedianMs?: number; readonly nightPages: number };
  /** Every rule that fired, most incidents first: what it was worth, as far as people said. */
  readonly rules: readonly {
    readonly alertName: string;
    readonly incidents: number;
    readonly truePositives: number;
    readonly tagged: number;
    /** Wilson 95 %; absent where nothing is tagged. */
    readonly precisionRange?: { readonly low: number; readonly high: number };
  }[];
  /** Rules that cost most attention for least use, worst first, at most three. */
  readonly costly: readonly {
    readonly alertName: string;
    readonly truePositives: number;
    readonly falsePositives: number;
    readonly notActionable: number;
    readonly note: string;
  }[];
  readonly stale: readonly StaleRule[];
  /** A line per model, where the caller draws them. */
  readonly models: readonly {
    readonly model: string;
    readonly measure: string;
    readonly trend: readonly (number | null)[];
  }[];
  readonly notes: readonly string[];
}

export interface DigestInput {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
  readonly outcomes: readonly IncidentOutcome[];
  readonly outcomesBefore: readonly IncidentOutcome[];
  readonly stale: readonly StaleRule[];
  readonly missed: number;
  /** How often a person had to call somebody, because no alert did. */
  readonly pagesByHand?: number;
  readonly models: DigestReport['models'];
  /** What else was, in few words each. */
  readonly notes?: readonly string[];
}

const NIGHT_FROM = 22;
const NIGHT_TO = 8;

/** 22:00 to 08:00 on the team's wall clock. */
export function nightIn(zone: string): (at: number) => boolean {
  return (at) => {
    const { hour } = wallClockAt(at, zone);
    return hour >= NIGHT_FROM || hour < NIGHT_TO;
  };
}

export function digestReport(input: DigestInput): DigestReport {
  const isNight = nightIn(input.zone);
  const week = fleetQuality(input.outcomes, isNight);
  const before = fleetQuality(input.outcomesBefore, isNight);
  const tagged = week.truePositives + week.falsePositives + week.notActionable;
  const { precision } = week;
  return {
    period: `week ${isoWeek((input.from + input.to) / 2, input.zone)}`,
    from: input.from,
    to: input.to,
    notifications: week.notifications,
    tagged,
    ...(precision ? { precision: precision.value, precisionRange: { low: precision.low, high: precision.high } } : {}),
    incidents: week.incidents,
    missed: input.missed,
    ...(week.alertsPerIncident === undefined ? {} : { alertsPerIncident: week.alertsPerIncident }),
    acknowledged: input.outcomes.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).length,
    ...(week.acknowledgedShare ? { acknowledgedShare: week.acknowledgedShare.value } : {}),
    ...(week.acknowledgeMedianMs === undefined ? {} : { acknowledgeMedianMs: week.acknowledgeMedianMs }),
    pages: week.pages,
    nightPages: week.nightPages,
    before: {
      ...(before.precision ? { precision: before.precision.value } : {}),
      ...(before.acknowledgeMedianMs === undefined ? {} : { acknowledgeMedianMs: before.acknowledgeMedianMs }),
      nightPages: before.nightPages,
    },
    rules: week.rules
      .toSorted((a, b) => b.incidents - a.incidents || (a.rule < b.rule ? -1 : 1))
      .map(({ rule, incidents, truePositives, falsePositives, notActionable, precision: share }) => ({
        alertName: rule,
        incidents,
        truePositives,
        tagged: truePositives + falsePositives + notActionable,
        ...(share && { precisionRange: { low: share.low, high: share.high } }),
      })),
    costly: noisiest(week.rules, 3).map(costlyRule),
    stale: input.stale,
    models: input.models,
    notes: [
      ...notesOf(week.incidents, tagged, week.coverage),
      ...byHand(input.pagesByHand ?? 0),
      ...(input.notes ?? []),
    ],
  };
}

/** No rule is judged by them; each may be one that is missing. */
function byHand(pages: number): string[] {
  if (pages === 0) return [];
  return [`${pages} ${pages === 1 ? 'page' : 'pages'} by hand: was an alert missing?`];
}

function costlyRule(rule: RuleQuality): DigestReport['costly'][number] {
  const { truePositives, falsePositives, notActionable, nightPages } = rule;
  const notes = [
    ...(notActionable > 0 ? [`${notActionable} not actionable`] : []),
    ...(nightPages > 0 ? [`${nightPages} at night`] : []),
  ];
  return { alertName: rule.rule, truePositives, falsePositives, notActionable, note: notes.join(' · ') };
}

function notesOf(incidents: number, tagged: number, coverage: number): string[] {
  if (incidents === 0) return ['A quiet week: nothing fired.'];
  if (coverage >= LOW_EVIDENCE) return [];
  return [`Low evidence: ${tagged} of ${incidents} incidents have a verdict.`];
}

/** The report for a terminal, a log or a mail. */
export function digestText(report: DigestReport): string {
  const change = (text: string, now: number | undefined, before: number | undefined, show: (n: number) => string) =>
    now === undefined ? [] : [`${text} ${show(now)}${before === undefined ? '' : ` (was ${show(before)})`}`];
  const range = report.precisionRange;
  const lines = [
    `Alert hygiene, ${report.period}`,
    `${report.notifications} notifications, ${report.incidents} incidents, ${report.tagged} with a verdict, ${report.missed} missed`,
    ...change('precision', report.precision, report.before.precision, percent).map(
      (text) => `${text}${range ? `, 95 % between ${percent(range.low)} and ${percent(range.high)}` : ''}; goal 80 %`,
    ),
    report.alertsPerIncident === undefined
      ? 'no incident was a true positive, so there is no alerts-per-incident figure'
      : `${report.alertsPerIncident.toFixed(1)} alerts per true incident; goal below 3`,
    ...change('acknowledged in', report.acknowledgeMedianMs, report.before.acknowledgeMedianMs, humanDuration).map(
      (text) => `${text}, median`,
    ),
    ...(report.acknowledgedShare === undefined
      ? []
      : [`${percent(report.acknowledgedShare)} of the incidents that paged somebody were acknowledged`]),
    ...change('night pages', report.nightPages, report.before.nightPages, String),
    ...report.rules.map(
      ({ alertName, incidents, truePositives, tagged, precisionRange: own }) =>
        `fired ${incidents}×: ${alertName}${own ? `, right ${truePositives} of ${tagged}, 95 % between ${percent(own.low)} and ${percent(own.high)}` : ', no verdict'}`,
    ),
    ...report.costly.map(
      (rule) =>
        `costs most: ${rule.alertName}, ${rule.truePositives} true, ${rule.falsePositives} false${rule.note ? `, ${rule.note}` : ''}`,
    ),
    ...report.stale.map(staleText),
    ...report.notes,
  ];
  return `${lines.join('\n')}\n`;
}

function staleText(rule: StaleRule): string {
  switch (rule.kind) {
    case 'never_fired':
      return `never fired in 90 days: ${rule.rule}; test it or retire it`;
    case 'no_true_positive':
      return `no true positive in 90 days: ${rule.rule}, fired ${rule.incidents}×${rule.confident ? '; retire it' : ''}`;
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
