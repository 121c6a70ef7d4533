import type { IncidentOutcome } from './verdict.ts';

/** A share with its Wilson 95 % interval: never a bare "100 %" on three verdicts. */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface RuleQuality {
  readonly rule: string;
  readonly incidents: number;
  readonly notifications: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly notActionable: number;
  /** True positives among all that have a verdict; absent where none has. */
  readonly precision?: Share;
  /** Share of incidents with a verdict; below `LOW_EVIDENCE` a precision says little. */
  readonly coverage: number;
  readonly pages: number;
  readonly nightPages: number;
  /** What its useless incidents cost people: see `COST`. */
  readonly noise: number;
}

export interface FleetQuality extends Omit<RuleQuality, 'rule'> {
  /**
   * Notifications per incident that was real (has a true positive). Absent where none was: then it is not a number, however many
   * were sent.
   */
  readonly alertsPerIncident?: number;
  /** Of the incidents that paged somebody, how many anybody acknowledged; absent where nobody was paged. */
  readonly acknowledgedShare?: Share;
  /** Opening to first acknowledgement, median over acknowledged incidents. */
  readonly acknowledgeMedianMs?: number;
  readonly rules: readonly RuleQuality[];
}

/** Below this share of verdicts a precision is low evidence. */
export const LOW_EVIDENCE = 0.6;
/** A useless page costs 1, at night 3; one that nobody was woken for a fifth. */
const COST = { page: 1, nightPage: 3, quiet: 0.2 } as const;
const Z_95 = 1.959_963_984_540_054;

/** Wilson's score interval (Wilson 1927); absent for no trials. */
export function wilson(successes: number, trials: number): Share | undefined {
  if (trials === 0) return undefined;
  const p = successes / trials;
  const z2 = Z_95 * Z_95;
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (Z_95 / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The probability that a rule's precision is below `limit`, given its verdicts and a flat prior: the CDF of
 * Beta(1 + successes, 1 + failures), which for whole numbers is a binomial tail.
 */
export function probabilityBelow(limit: number, successes: number, failures: number): number {
  const n = successes + failures + 1;
  // Sum of the binomial terms 0 … successes, in logarithms: a thousand verdicts would underflow otherwise.
  let logTerm = n * Math.log1p(-limit);
  let above = 0;
  for (let k = 0; k <= successes; k += 1) {
    above += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1)) + Math.log(limit / (1 - limit));
  }
  return Math.min(1, Math.max(0, 1 - above));
}

/** @param isNight whether an instant falls into the hours people sleep */
export function fleetQuality(outcomes: readonly IncidentOutcome[], isNight: (at: number) => boolean): FleetQuality {
  const byRule = new Map<string, IncidentOutcome[]>();
  for (const outcome of outcomes) {
    const own = byRule.get(outcome.rule);
    if (own) own.push(outcome);
    else byRule.set(outcome.rule, [outcome]);
  }
  const all = tally(outcomes, isNight);
  const paged = outcomes.filter((outcome) => outcome.pages.length > 0);
  const acknowledgedShare = wilson(paged.filter((o) => o.acknowledgedAt !== undefined).length, paged.length);
  const acknowledgeMedianMs = median(
    outcomes.flatMap((o) => (o.acknowledgedAt === undefined ? [] : [Math.max(0, o.acknowledgedAt - o.openedAt)])),
  );
  return {
    ...all,
    ...(all.truePositives === 0 ? {} : { alertsPerIncident: all.notifications / all.truePositives }),
    ...(acknowledgedShare ? { acknowledgedShare } : {}),
    ...(acknowledgeMedianMs === undefined ? {} : { acknowledgeMedianMs }),
    rules: [...byRule].map(([rule, own]) => ({ rule, ...tally(own, isNight) })),
  };
}

/** The rules whose useless incidents cost most, worst first; those that cost nothing are left out. */
export function noisiest(rules: readonly RuleQuality[], count: number): RuleQuality[] {
  return rules
    .filter((rule) => rule.noise > 0)
    .toSorted((a, b) => b.noise - a.noise || b.notifications - a.notifications || (a.rule < b.rule ? -1 : 1))
    .slice(0, count);
}

/** A rule that might go: it fired and was never right, or it never fired at all. */
export type StaleRule =
  | {
      readonly kind: 'no_true_positive';
      readonly rule: string;
      readonly incidents: number;
      readonly confident: boolean;
    }
  | { readonly kind: 'never_fired'; readonly rule: string };

export interface StaleInput {
  /** Of the last `STALE_AFTER_MS`. */
  readonly outcomes: readonly IncidentOutcome[];
  readonly firstFired: ReadonlyMap<string, number>;
  /** The rules that exist, with when they were first seen; may be empty. */
  readonly rules: readonly { readonly name: string; readonly since: number }[];
  /** Rules that fire, or stay silent, on purpose: watchdogs, drills. */
  readonly exempt: ReadonlySet<string>;
  readonly now: number;
}

export const STALE_AFTER_MS = 90 * 86_400_000;
/** A precision below a fifth, nine times out of ten: none of ten was right. */
const HOPELESS_PRECISION = 0.2;
const SURE = 0.9;

/**
 * Rules without a true positive in 90 days. One that is younger is named only when its verdicts leave no doubt; a rule that never
 * fired only once it has existed that long.
 */
export function staleRules({ outcomes, firstFired, rules, exempt, now }: StaleInput): StaleRule[] {
  const isOld = (since: number | undefined): boolean => since !== undefined && since <= now - STALE_AFTER_MS;
  const stale: StaleRule[] = [];
  for (const quality of fleetQuality(outcomes, () => false).rules) {
    if (quality.truePositives > 0 || exempt.has(quality.rule)) continue;
    const confident = probabilityBelow(HOPELESS_PRECISION, 0, quality.falsePositives + quality.notActionable) >= SURE;
    if (confident || isOld(firstFired.get(quality.rule)))
      stale.push({ kind: 'no_true_positive', rule: quality.rule, incidents: quality.incidents, confident });
  }
  for (const { name, since } of rules)
    if (!firstFired.has(name) && !exempt.has(name) && isOld(since)) stale.push({ kind: 'never_fired', rule: name });
  return stale.toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

function tally(outcomes: readonly IncidentOutcome[], isNight: (at: number) => boolean): Omit<RuleQuality, 'rule'> {
  const count = (verdict: IncidentOutcome['verdict']): number => outcomes.filter((o) => o.verdict === verdict).length;
  const truePositives = count('true_positive');
  const falsePositives = count('false_positive');
  const notActionable = count('not_actionable');
  const tagged = truePositives + falsePositives + notActionable;
  const precision = wilson(truePositives, tagged);
  return {
    incidents: outcomes.length,
    notifications: sum(outcomes.map((o) => o.notifications)),
    truePositives,
    falsePositives,
    notActionable,
    ...(precision ? { precision } : {}),
    coverage: outcomes.length === 0 ? 0 : tagged / outcomes.length,
    pages: sum(outcomes.map((o) => o.pages.length)),
    nightPages: sum(outcomes.map((o) => o.pages.filter(isNight).length)),
    noise: sum(outcomes.map((o) => costOf(o, isNight))),
  };
}

function costOf(outcome: IncidentOutcome, isNight: (at: number) => boolean): number {
  if (outcome.verdict === undefined || outcome.verdict === 'true_positive') return 0;
  if (outcome.pages.length === 0) return COST.quiet;
  return outcome.pages.some(isNight) ? COST.nightPage : COST.page;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}
