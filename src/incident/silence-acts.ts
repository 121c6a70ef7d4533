import { isOpen } from '../alert/alert.ts';
import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import { type MatchOperator, matcher, printMatcher } from '../labels/matcher.ts';
import { decideRights, type RightsAct } from '../people/rights.ts';
import type { Dispatcher } from '../routing/dispatcher.ts';
import { type Silence, type SilenceEnd, silenceState } from '../routing/silence.ts';
import type { Actor, ActResult } from './actions.ts';
import { labelsToSilence } from './labels-to-silence.ts';
import { lookUp } from './lookup.ts';
import type { IncidentsPorts } from './ports.ts';
import { hiddenLastWeek, hiddenNow, type PastIncident, PREVIEWED_MS, type SilencePreview } from './silence-preview.ts';

/** One matcher as a person gave it. */
export interface WrittenMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** A silence that is in force or will be. */
export interface SilenceLine {
  readonly id: string;
  readonly matchers: readonly WrittenMatcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly author: string;
  readonly comment: string;
  /** Open alerts that it matches now. */
  readonly hides: number;
  /** What may end it before `endsAt`. */
  readonly end: SilenceEnd;
}

export type SilenceOutcome =
  | { readonly kind: 'done'; readonly silence: SilenceLine; readonly changed: boolean }
  | Extract<ActResult, { readonly kind: 'refused' }>;

type Ports = Pick<
  IncidentsPorts,
  'transact' | 'audit' | 'rights' | 'standing' | 'directory' | 'schedules' | 'store' | 'wake'
> & {
  /** Incidents opened in [from, to), as the ledger of verdicts knows them. */
  readonly outcomes: (from: number, to: number) => readonly PastIncident[];
};

/** What "until resolved" and "until unmatched" mean where nothing else is said. */
export const USUAL_END_MS = { resolved: 10 * 60_000, unmatched: 3_600_000 } as const;
const UNTIL_RESOLVED: SilenceEnd = { kind: 'resolved', forMs: USUAL_END_MS.resolved };
/** "Until" still ends some day: a forgotten silence hides the next real problem. */
export const LONGEST_UNTIL_MS = 7 * 86_400_000;
const SHORTEST_PREFIX = 4;
/** No label's value: whatever matches it matches about anything, as `alertname=~".+"` does. */
const ANYTHING = 'WhateverItIsCalled';

/**
 * Silences as people handle them, the same from Slack, HTTP and the command line: rights are asked at the moment of the act, and the
 * change and its audit row are one transaction.
 */
export class SilenceActs {
  readonly #ports: Ports;
  readonly #dispatcher: () => Dispatcher;
  /** Names of rules, which may be silenced before they fire. */
  readonly #ruleNames: () => readonly string[];

  constructor(ports: Ports, dispatcher: () => Dispatcher, ruleNames: () => readonly string[]) {
    this.#ports = ports;
    this.#dispatcher = dispatcher;
    this.#ruleNames = ruleNames;
  }

  create(
    draft: {
      readonly matchers: readonly WrittenMatcher[];
      readonly endsAt: number;
      readonly comment: string;
      readonly end?: SilenceEnd;
    },
    actor: Actor,
    now: number,
  ): SilenceOutcome {
    return this.#make({ ...draft, end: draft.end ?? { kind: 'at' } }, actor, now);
  }

  /** Silences an incident's group until it has been resolved for ten minutes (or until what `end` says), at most a week. */
  untilResolved(
    id: string,
    actor: Actor,
    now: number,
    comment: string,
    end: SilenceEnd = UNTIL_RESOLVED,
  ): SilenceOutcome {
    const found = lookUp(this.#ports.store, id);
    if (found.kind === 'refused') return refused('not_found', found.refusal.message);
    const labels = labelsToSilence(this.#ports.store, found.incident);
    if (typeof labels === 'string') return refused('invalid', labels);
    const matchers = groupMatchers(labels);
    const endsAt = now + LONGEST_UNTIL_MS;
    return this.#make({ matchers, endsAt, comment, end }, actor, now);
  }

  /** Lets a silence that is in force last this much longer. */
  extend(id: string, forMs: number, actor: Actor, now: number): SilenceOutcome {
    return this.#prolong(id, (silence) => ({ endsAt: silence.endsAt + forMs, end: silence.end }), actor, now);
  }

  /** Lets a silence that is in force last until what it hides has been resolved for ten minutes, at most a week. */
  extendUntilResolved(id: string, actor: Actor, now: number): SilenceOutcome {
    return this.#prolong(id, () => ({ endsAt: now + LONGEST_UNTIL_MS, end: UNTIL_RESOLVED }), actor, now);
  }

  #prolong(
    id: string,
    change: (silence: Silence) => Pick<Silence, 'endsAt' | 'end'>,
    actor: Actor,
    now: number,
  ): SilenceOutcome {
    return this.#ports.transact(() => {
      const found = this.#find(id, now);
      if ('kind' in found) return found;
      if (silenceState(found, now) === 'expired') return refused('invalid', 'This silence has ended already.');
      const next = change(found);
      const refusal = this.#refusal(this.#act(found, next.endsAt - now), actor, now, found.comment);
      if (refusal) return refusal;
      const silence = this.#dispatcher().updateSilence(found.id, { ...found, ...next }, now);
      this.#audit('silence.extend', silence.id, actor, now, { endsAt: silence.endsAt, end: silence.end });
      this.#ports.wake?.();
      return { kind: 'done', silence: this.#line(silence, now), changed: true };
    });
  }

  /** What a silence is in the eyes of rights: hiding everything is another thing than hiding something. */
  #act(silence: Pick<Silence, 'matcherSets'>, forMs: number): RightsAct {
    const everything = silence.matcherSets.some((set) =>
      set.every((m) => m.operator !== '=' && (m.matches('') || m.matches(ANYTHING))),
    );
    return { kind: 'silence', forMs, scope: everything ? 'everything' : 'other' };
  }

  expire(id: string, actor: Actor, now: number): SilenceOutcome {
    return this.#ports.transact(() => {
      const found = this.#find(id, now);
      if ('kind' in found) return found;
      const refusal = this.#refusal({ kind: 'silence', forMs: 0, scope: 'group' }, actor, now, '');
      if (refusal) return refusal;
      const changed = silenceState(found, now) !== 'expired';
      const before = this.#line(found, now);
      this.#dispatcher().expireSilence(found.id, now);
      if (changed) this.#audit('silence.expire', found.id, actor, now, { matchers: before.matchers });
      this.#ports.wake?.();
      return { kind: 'done', silence: before, changed };
    });
  }

  /** In force or to come, soonest end first. */
  list(now: number): readonly SilenceLine[] {
    return this.#dispatcher()
      .listSilences()
      .filter((silence) => silenceState(silence, now) !== 'expired')
      .toSorted((a, b) => a.endsAt - b.endsAt)
      .map((silence) => this.#line(silence, now));
  }

  /** What these matchers hide now (this one, just made, counts as well) and would have hidden last week. @throws UserError */
  preview(matchers: readonly WrittenMatcher[], now: number): SilencePreview {
    const { store, outcomes } = this.#ports;
    const compiled = compile(matchers);
    const past = outcomes(now - PREVIEWED_MS, now);
    const labelsOf = (id: string): Labels[] => store.members(id).map(({ alert }) => alert.labels);
    return {
      ...hiddenNow(compiled, this.#dispatcher().groups(now)),
      lastWeek: hiddenLastWeek(compiled, past, labelsOf),
    };
  }

  /** What a silence of an incident's group matches; undefined where the incident is unknown, or cannot be silenced. */
  matchersOf(id: string): readonly WrittenMatcher[] | undefined {
    const found = lookUp(this.#ports.store, id);
    const labels = found.kind === 'found' ? labelsToSilence(this.#ports.store, found.incident) : '';
    return typeof labels === 'string' ? undefined : groupMatchers(labels);
  }

  alertNames(now: number): readonly string[] {
    const open = this.#dispatcher().alerts(now).filter(isOpen);
    return [...new Set([...open.map((alert) => alert.labels.get('alertname')), ...this.#ruleNames()])].filter(
      (name) => name !== '',
    );
  }

  #make(
    draft: {
      readonly matchers: readonly WrittenMatcher[];
      readonly endsAt: number;
      readonly comment: string;
      readonly end: SilenceEnd;
    },
    actor: Actor,
    now: number,
  ): SilenceOutcome {
    return this.#ports.transact(() => {
      const matcherSets = [compile(draft.matchers)];
      const refusal = this.#refusal(this.#act({ matcherSets }, draft.endsAt - now), actor, now, draft.comment);
      if (refusal) return refusal;
      try {
        const silence = this.#dispatcher().createSilence(
          {
            matcherSets,
            startsAt: now,
            endsAt: draft.endsAt,
            createdBy: actor.id,
            comment: draft.comment,
            end: draft.end,
          },
          now,
        );
        const line = this.#line(silence, now);
        this.#audit('silence.create', silence.id, actor, now, {
          matchers: line.matchers.map(printMatcher),
          endsAt: line.endsAt,
          comment: line.comment,
        });
        this.#ports.wake?.();
        return { kind: 'done', silence: line, changed: true };
      } catch (error) {
        if (error instanceof UserError) return refused('invalid', error.message);
        throw error;
      }
    });
  }

  #find(id: string, now: number): Silence | Extract<SilenceOutcome, { kind: 'refused' }> {
    const all = this.#dispatcher().listSilences();
    const exact = all.find((silence) => silence.id === id);
    if (exact) return exact;
    if (id.length < SHORTEST_PREFIX) return refused('not_found', `No silence is called “${id}”.`);
    const near = all.filter((silence) => silence.id.startsWith(id) && silenceState(silence, now) !== 'expired');
    const [only, second] = near;
    if (second) return refused('invalid', `“${id}” could be ${near.length} silences: give more of the id.`);
    return only ?? refused('not_found', `No silence in force is called “${id}”.`);
  }

  #line(silence: Silence, now: number): SilenceLine {
    return {
      id: silence.id,
      matchers: silence.matcherSets.flatMap((set) =>
        set.map(({ name, operator, value }) => ({ name, operator, value })),
      ),
      startsAt: silence.startsAt,
      endsAt: silence.endsAt,
      author: silence.createdBy,
      comment: silence.comment,
      end: silence.end,
      hides: this.#dispatcher().silencedBy(silence.id, now).length,
    };
  }

  #refusal(
    act: RightsAct,
    actor: Actor,
    now: number,
    reason: string,
  ): Extract<SilenceOutcome, { kind: 'refused' }> | undefined {
    const { directory, schedules, standing, rights } = this.#ports;
    const me = directory.person(actor.id)?.key ?? actor.id;
    const onCall = schedules
      .names()
      .some((name) => schedules.onCall(name, now)?.some((reference) => directory.person(reference)?.key === me));
    const decision = decideRights(act, { ...standing(actor, []), onCall, onCallForCard: false, reason }, rights());
    return decision.allowed ? undefined : refused('forbidden', decision.message);
  }

  #audit(action: string, target: string, actor: Actor, at: number, after: unknown): void {
    this.#ports.audit({ at, actor, action, target, after });
  }
}

function compile(matchers: readonly WrittenMatcher[]): ReturnType<typeof matcher>[] {
  return matchers.map((m) => matcher(m.name, m.operator, m.value, 'alertmanager'));
}

function groupMatchers(labels: Labels): WrittenMatcher[] {
  return labels.pairs.map(([name, value]) => ({ name, operator: '=', value }));
}

function refused(
  code: 'not_found' | 'forbidden' | 'invalid',
  message: string,
): Extract<SilenceOutcome, { kind: 'refused' }> {
  return { kind: 'refused', code, message };
}
