import type { MatchOperator } from '../../src/labels/matcher.ts';

/** Something that happens to a scenario, `at` milliseconds after its start. */
export type ScenarioEvent =
  | {
      readonly at: number;
      readonly kind: 'fire';
      readonly labels: readonly Record<string, string>[];
      readonly agedMs: number;
      readonly endsInMs?: number;
    }
  | { readonly at: number; readonly kind: 'resolve'; readonly labels: readonly Record<string, string>[] }
  | {
      readonly at: number;
      readonly kind: 'silence';
      readonly key: string;
      readonly matchers: readonly MatcherJson[];
      readonly forMs: number;
    }
  | { readonly at: number; readonly kind: 'unsilence'; readonly key: string };

interface MatcherJson {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

export interface Scenario {
  readonly id: string;
  readonly kind: string;
  readonly route: unknown;
  readonly inhibitRules: readonly unknown[];
  readonly events: readonly ScenarioEvent[];
}

/** Seeded, so that a failing scenario can be run again: mulberry32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  some<T>(items: readonly T[], p: number): T[] {
    return items.filter(() => this.chance(p));
  }
}

export const RECEIVERS = ['plain', 'quiet', 'both', 'capped', 'nobody'] as const;
const NAMES = ['Up', 'Down', 'Slow'];
const SEVERITIES = ['critical', 'warning'];
const TEAMS = ['a', 'b', ''];
const INSTANCES = ['1', '2', '3'];
const KINDS = [
  'grouping',
  'inhibition',
  'continue',
  'silence',
  'repeat',
  'inhibition',
  'intervals',
  'silence',
  'ending',
] as const;

/** No event and no sweep for empty groups fall together: events keep away from these seconds. */
const SWEEP_MS = 30_000;
const LAST_EVENT_MS = 34_000;
export const HORIZON_MS = 40_000;

export function scenario(index: number, dice: Dice, prefix: string): Scenario {
  const id = `${prefix}${index}`;
  const kind = KINDS[index % KINDS.length] as (typeof KINDS)[number];
  const route = {
    ...randomRoute(dice, kind, 0),
    matchers: [`scenario="${id}"`],
    receiver: dice.pick(RECEIVERS.slice(0, 4)),
  };
  const inhibitRules =
    kind === 'inhibition' ? [inhibitRule(dice, id), ...(dice.chance(0.4) ? [inhibitRule(dice, id)] : [])] : [];
  return { id, kind, route, inhibitRules, events: events(dice, kind, id) };
}

function matcherText(dice: Dice): string {
  return dice.pick([
    () => `severity="${dice.pick(SEVERITIES)}"`,
    () => `severity=~"${dice.pick(['crit.*', 'warn.*|none', '.*'])}"`,
    () => `team=${dice.pick(['a', 'b', '""'])}`,
    () => `team!="${dice.pick(TEAMS)}"`,
    () => `alertname=~"${dice.pick(['U.*', 'Up|Down', 'S[a-z]+'])}"`,
    () => `{alertname!~"Up|Slow", severity!="none"}`,
  ])();
}

function randomRoute(dice: Dice, kind: string, depth: number): Record<string, unknown> {
  const interval = dice.pick([2, 3]);
  const children = depth < 2 && dice.chance(depth === 0 ? 0.85 : 0.4) ? dice.pick([1, 2, 3]) : 0;
  const mutes = kind === 'intervals' && depth > 0;
  return {
    ...(dice.chance(depth === 0 ? 0.8 : 0.4) && {
      group_by: dice.pick([['alertname'], ['alertname', 'team'], ['severity'], ['...'], ['team', 'nolabel'], []]),
    }),
    ...((depth === 0 || dice.chance(0.5)) && { group_wait: dice.pick(['200ms', '1s', '2s', '1500ms']) }),
    ...((depth === 0 || dice.chance(0.5)) && { group_interval: `${interval}s` }),
    // Never a multiple of a group_interval: there Alertmanager itself depends on how fast a receiver answers.
    ...((depth === 0 || dice.chance(0.4)) && { repeat_interval: kind === 'repeat' ? dice.pick(['5s', '7s']) : '1h' }),
    ...(depth > 0 && { matchers: [matcherText(dice), ...(dice.chance(0.2) ? [matcherText(dice)] : [])] }),
    ...(depth > 0 && dice.chance(0.7) && { receiver: dice.pick(RECEIVERS) }),
    ...(depth > 0 && dice.chance(kind === 'continue' ? 0.7 : 0.2) && { continue: true }),
    ...(mutes && dice.chance(0.5) && { mute_time_intervals: dice.some(['always', 'never', 'tomorrow'], 0.5) }),
    ...(mutes && dice.chance(0.5) && { active_time_intervals: dice.some(['always', 'never', 'today'], 0.5) }),
    ...(children > 0 && { routes: Array.from({ length: children }, () => randomRoute(dice, kind, depth + 1)) }),
  };
}

function inhibitRule(dice: Dice, id: string): unknown {
  const source = dice.pick(['severity="critical"', 'alertname="Down"', 'severity=~"crit.*|warning"']);
  const target = dice.pick(['severity="warning"', 'alertname=~"Up|Slow"', 'team!=""', 'severity=~".*"']);
  const equal = dice.pick([[], ['team'], ['alertname'], ['nolabel', 'team'], ['instance']]);
  return { source_matchers: [`scenario="${id}"`, source], target_matchers: [`scenario="${id}"`, target], equal };
}

function randomLabels(dice: Dice, id: string): Record<string, string> {
  const team = dice.pick(TEAMS);
  return {
    scenario: id,
    alertname: dice.pick(NAMES),
    severity: dice.pick(SEVERITIES),
    instance: dice.pick(INSTANCES),
    ...(team !== '' && { team }),
    ...(dice.chance(0.3) && { job: dice.pick(['x', 'y']) }),
  };
}

/** Each event has its own fraction of a second, so that none falls on a tick that another began. */
function events(dice: Dice, kind: string, id: string): ScenarioEvent[] {
  const population = [
    ...Array.from({ length: dice.pick([2, 3, 4, 5]) }, () => randomLabels(dice, id)),
    // Somebody to inhibit, and somebody who does.
    ...(kind === 'inhibition'
      ? [
          { scenario: id, alertname: 'Down', severity: 'critical', instance: '1' },
          {
            scenario: id,
            alertname: 'Slow',
            severity: 'warning',
            instance: '1',
            ...(dice.chance(0.5) && { team: 'a' }),
          },
        ]
      : []),
  ];
  const slots = [0, 120, 240, 360, 480, 600, 720, 840];
  const list: ScenarioEvent[] = [];
  for (const [order, fraction] of slots.entries()) {
    const second = order < 2 ? dice.pick([0, 1, 2]) : Math.floor(dice.next() * (LAST_EVENT_MS / 1000 - 1)) + 1;
    if (Math.abs(second * 1000 - SWEEP_MS) <= 2000) continue;
    list.push(randomEvent(dice, { kind, order, at: second * 1000 + fraction + 50, population }));
  }
  return list.toSorted((a, b) => a.at - b.at);
}

function randomEvent(
  dice: Dice,
  asked: {
    readonly kind: string;
    readonly order: number;
    readonly at: number;
    readonly population: readonly Record<string, string>[];
  },
): ScenarioEvent {
  const { kind, order, at, population } = asked;
  const some = dice.some(population, 0.5);
  const labels = some.length > 0 ? some : [dice.pick(population)];
  const silences = kind === 'silence';
  if (order > 0 && silences && dice.chance(0.6)) {
    const key = dice.pick(['s1', 's2']);
    if (dice.chance(0.3)) return { at, kind: 'unsilence', key };
    const scenario = { name: 'scenario', operator: '=' as const, value: population[0]?.['scenario'] ?? '' };
    const matcher = dice.pick<MatcherJson>([
      { name: 'alertname', operator: '=~', value: dice.pick(['Up|Down', '.*']) },
      { name: 'team', operator: '=', value: dice.pick(TEAMS) },
      { name: 'severity', operator: '!=', value: dice.pick(SEVERITIES) },
    ]);
    return { at, kind: 'silence', key, matchers: [scenario, matcher], forMs: dice.pick([3370, 9410, 25_430]) };
  }
  // Ends are rare where mutes are tried: an end that passes a mute is ours alone, and ends the comparison.
  const muting = silences || kind === 'inhibition';
  if (order > 0 && dice.chance(muting ? 0.15 : 0.4)) return { at, kind: 'resolve', labels };
  const ends = kind === 'ending' && dice.chance(0.6);
  // What is flushed at once goes alone: of several, Alertmanager may flush the first before it has seen the second.
  const aged = kind !== 'inhibition' && dice.chance(0.15);
  return {
    at,
    kind: 'fire',
    labels: aged ? labels.slice(0, 1) : labels,
    agedMs: aged ? 60_000 : 0,
    ...(ends && { endsInMs: dice.pick([1330, 4370, 9410]) }),
  };
}
