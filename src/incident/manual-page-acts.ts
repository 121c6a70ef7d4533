import { type Alert, alertIdentity } from '../alert/alert.ts';
import { Labels } from '../labels/labels.ts';
import type { Person } from '../people/person.ts';
import { decideRights } from '../people/rights.ts';
import type { Actor, ActResult } from './actions.ts';
import type { CardPost } from './card-post.ts';
import type { Incident } from './incident.ts';
import { runLadder } from './ladder.ts';
import { peopleOfLevel, written } from './level-people.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type ManualPage, policyOf } from './manual-page.ts';
import { type PageDirectory, pageTarget } from './page-target.ts';
import type { IncidentsPorts } from './ports.ts';

export interface PageRequest {
  /** A person, a user group, a schedule, a policy or a team, as it was typed. */
  readonly target: string;
  readonly message: string;
  /** Where it was asked for; a direct message is no place for a card. */
  readonly channel?: string;
}

/** Somebody who is called first, and on which ways that may happen. */
export interface CalledPerson {
  /** Slack id, else the name. */
  readonly who: string;
  readonly ways: readonly ('slack' | 'sms')[];
}

export interface PageDone {
  readonly kind: 'done';
  readonly incidentId: string;
  readonly to: string;
  readonly message: string;
  readonly first: readonly CalledPerson[];
  /** Who comes after them, and when; undefined where nobody does. */
  readonly next?: { readonly who: readonly string[]; readonly at: number };
  /** Where its card stands; undefined for nowhere. */
  readonly channel?: string;
}

export type PageResult = PageDone | Extract<ActResult, { readonly kind: 'refused' }>;

const LONGEST_MESSAGE = 1000;
/** What a headline has room for; a longer message stands below it as a whole. */
const LONGEST_SUMMARY = 88;

/** Pages by hand: an incident like any other, with a person's words in place of a condition. */
export class ManualPages {
  readonly #ports: IncidentsPorts;
  readonly #lifecycle: Lifecycle;
  readonly #post: CardPost;

  constructor(ports: IncidentsPorts, lifecycle: Lifecycle, post: CardPost) {
    this.#ports = ports;
    this.#lifecycle = lifecycle;
    this.#post = post;
  }

  /** Opens the incident, its card and its ladder in one transaction; the escalator calls the first level at once. */
  page(request: PageRequest, actor: Actor, now: number): PageResult {
    const people = this.#ports.pageDirectory;
    if (!people) return refuse('invalid', 'Nobody can be paged by hand here.');
    return this.#ports.transact(() => {
      const result = this.#refusal(actor) ?? this.#open(request, people, actor, now);
      const after = result.kind === 'done' ? { ...result } : { refused: result.message };
      // What was mistyped is no act; who was not allowed to is.
      if (result.kind === 'done' || result.code === 'forbidden') {
        const target = result.kind === 'done' ? result.incidentId : request.target.slice(0, 200);
        this.#ports.audit({ at: now, actor, action: 'oncall.page', target, after });
      }
      return result;
    });
  }

  #refusal(actor: Actor): Extract<ActResult, { kind: 'refused' }> | undefined {
    const { rights, standing } = this.#ports;
    const facts = { ...standing(actor, []), onCall: false, onCallForCard: false, reason: '' };
    const decision = decideRights({ kind: 'page' }, facts, rights());
    return decision.allowed ? undefined : refuse('forbidden', decision.message);
  }

  #open(request: PageRequest, people: PageDirectory, actor: Actor, now: number): PageResult {
    const message = request.message.toWellFormed().replaceAll(/\s+/gu, ' ').trim();
    if (request.target.trim() === '') return refuse('invalid', 'Whom? Mention a person, or name a schedule or a team.');
    const target = pageTarget(this.#ports, people, request.target);
    if (target.kind === 'unknown') return refuse('not_found', target.message);
    if (message === '') return refuse('invalid', 'Say what it is about: whoever wakes up reads that first.');
    if (message.length > LONGEST_MESSAGE) return refuse('invalid', `At most ${LONGEST_MESSAGE} characters.`);
    const { to, chain } = target;
    const page: ManualPage = { by: actor, to, message, chain };
    const channel = request.channel !== undefined && /^[CG]/.test(request.channel) ? request.channel : people.channel();
    const incident = this.#begin(page, channel, now);
    const ladder = this.#ports.store.ladders.ladder(incident.id);
    const levels = policyOf(this.#ports, incident, ladder)?.levels ?? [];
    const told = levels.map((level) => peopleOfLevel(this.#ports, level, now).people);
    const reached = told.findIndex((level) => level.length > 0);
    const first = told[reached] ?? [];
    const next = told.findIndex((level, index) => index > reached && level.length > 0);
    const wait = levels
      .slice(Math.max(0, reached), next)
      .reduce((sum, { delayMs }, index) => (told[reached + index]?.length ? sum + delayMs : sum), 0);
    return {
      kind: 'done',
      incidentId: incident.id,
      to,
      message,
      first: first.map((person) => ({ who: written(person), ways: waysTo(person, people) })),
      ...(next > 0 && { next: { who: (told[next] ?? []).map(written), at: now + wait } }),
      ...(channel !== undefined && { channel }),
    };
  }

  /** Everything that an incident of alerts has, so that nothing after this needs to know how it came about. */
  #begin(page: ManualPage, channel: string | undefined, now: number): Incident {
    const { store } = this.#ports;
    let home = `page:${now}`;
    while (store.ofHome(home)) home = `${home}+`;
    const labels = Labels.of({ alertname: 'Page', to: page.to, page: home.slice('page:'.length) });
    const incident = store.open({
      state: { kind: 'triggered' },
      priority: 'P1',
      alertName: 'Page',
      homeGroup: home,
      groupLabels: labels,
      openedAt: now,
      page,
    });
    const alert = alertOf(page, labels, now);
    const episode = store.episodes.open({
      groupKey: home,
      receiver: '',
      labels,
      incidentId: incident.id,
      openedAt: now,
    });
    store.saveMember({ incidentId: incident.id, alert, joinedAt: now });
    store.episodes.saveLinks([{ episodeId: episode.id, incidentId: incident.id, fingerprint: alert.fingerprint }]);
    this.#lifecycle.record(incident, now, { kind: 'paged_by_hand', by: page.by, to: page.to });
    // Its own chain bears no configured policy's name.
    const policy = page.chain.kind === 'policy' ? page.chain.name : 'page';
    runLadder(this.#lifecycle.tools, incident, now, {
      policy,
      businessHours: false,
      ...(channel !== undefined && { channel }),
    });
    if (channel !== undefined) this.#post.ensure(incident, episode.id, channel, now);
    return incident;
  }
}

/** A person's words as the one member of their incident; it holds until somebody says that it is over. */
function alertOf({ message }: ManualPage, labels: Labels, now: number): Alert {
  const isLong = message.length > LONGEST_SUMMARY;
  const summary = isLong ? beginning(message) : message;
  return {
    fingerprint: alertIdentity(labels),
    labels,
    annotations: Labels.of({ summary, ...(isLong && { description: message }) }),
    startsAt: now,
    updatedAt: now,
    condition: { kind: 'firing' },
    generatorUrl: '',
    source: { kind: 'page' },
  };
}

/** As many whole words as a headline has room for. */
function beginning(message: string): string {
  const cut = message.slice(0, LONGEST_SUMMARY - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > LONGEST_SUMMARY / 2 ? cut.slice(0, space) : cut).toWellFormed()}…`;
}

/** In the order in which they are tried. */
function waysTo(person: Person, people: PageDirectory): ('slack' | 'sms')[] {
  const other = people.otherWay(person);
  return [...(person.slackId === undefined ? [] : (['slack'] as const)), ...(other === undefined ? [] : [other])];
}

function refuse(
  code: Extract<ActResult, { kind: 'refused' }>['code'],
  message: string,
): Extract<ActResult, { kind: 'refused' }> {
  return { kind: 'refused', code, message };
}
