import { alertName, isOpen } from '../alert/alert.ts';
import { commonOf } from '../delivery/notification.ts';
import { clockTime } from '../time/wall-clock.ts';
import type { CardMember, CardPhase, CardState, OwnWords, PagedIncident } from './card.ts';
import { routingNotes } from './card-notes.ts';
import type { Incident } from './incident.ts';
import { ladderSteps } from './ladder-view.ts';
import { spoken, writtenKey } from './level-people.ts';
import { lockScreen } from './lock-screen.ts';
import { gist } from './manual-page.ts';
import { excess, formatMeasure } from './measure.ts';
import { distinguishing, sharedLabel } from './member-label.ts';
import { type IncidentLook, lookAt, type MemberLook, worstOf } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import type { CardRow } from './store.ts';

/** More members than this are counted, not listed. */
const MOST_MEMBERS = 100;
const LONGEST_TEXT = 3000;

/** Everything the card says at `now`, from the rows as they are. */
export function cardState(ports: IncidentsPorts, card: CardRow, now: number): CardState | undefined {
  const incident = ports.store.incident(card.incidentId);
  if (!incident) return undefined;
  const whole = lookAt(ports, incident.id, now);
  const look = card.view === 'page' ? whole : within(ports, card, whole, now);
  const shown = look.open.length > 0 ? look.open : look.members;
  const alerts = shown.map(({ alert }) => alert);
  const all = look.members.map(({ alert }) => alert);
  const worst = worstOf(shown);
  const [first] = alerts;
  if (!worst || !first) return undefined;
  const annotations = commonOf(alerts.map((alert) => alert.annotations));
  const text = (name: string): string =>
    (annotations.get(name) || worst.alert.annotations.get(name)).slice(0, LONGEST_TEXT).toWellFormed();
  const links = ports.links(worst.alert);
  const { alertName: opened } = incident;
  const silence = silenceOf(ports, look);
  const own = ownWordsOf(ports, card, look, now);
  const ladder = ports.store.ladders.ladder(incident.id);
  const state: Omit<CardState, 'lockScreen'> = {
    cardId: card.id,
    incidentId: incident.id,
    phase: phaseOf(ports, incident, look),
    priority: incident.priority,
    alertName: alerts.some((alert) => alertName(alert) === opened) ? opened : alertName(worst.alert),
    summary: text('summary'),
    description: text('description'),
    model: sharedLabel(alerts, 'model_name', 'model'),
    version: sharedLabel(alerts, 'model_version', 'version'),
    environment: sharedLabel(alerts, 'environment', 'env'),
    region: sharedLabel(alerts, 'region'),
    team: sharedLabel(alerts, 'team'),
    ...(worst.alert.evidence && { evidence: worst.alert.evidence }),
    openedAt: incident.openedAt,
    openMembers: look.open.length,
    totalMembers: look.members.length,
    members: listed(look).map((member) => cardMember(member, all)),
    ...acknowledgementOf(ports, incident),
    ladder: ladderSteps(ports, incident),
    ...(ports.policies().get(ladder?.policy ?? '')?.manner === 'notice' && { ladderManner: 'notice' as const }),
    ...(ladder?.stopped !== undefined && { ladderStopped: ladder.stopped }),
    ...(silence && { silence }),
    ...pageOf(ports, incident),
    runbookUrl: own?.runbookUrl || worst.alert.annotations.get('runbook_url') || links.runbookUrl,
    // A receiver with a button of its own wants that one, not the text that we keep.
    runbook: own?.runbookUrl ? '' : links.runbook,
    // A rule and a model know their own dashboard better than a receiver that serves many.
    dashboardUrl: worst.alert.annotations.get('dashboard_url') || links.dashboardUrl || (own?.dashboardUrl ?? ''),
    ...(own && { own: { title: own.title, text: own.text, links: own.links } }),
    ...(incident.verdict && {
      verdict: { verdict: incident.verdict.verdict, by: writtenKey(ports, incident.verdict.by.id) },
    }),
    notes: [...notesOf(ports, incident), ...(look.open.length > 0 ? routingNotes(ports, incident, look, now) : [])],
    pagedTogether: pagedTogether(ports, card, incident, now),
    ...questionOf(card, incident),
  };
  return { ...state, lockScreen: lockScreen(state, readerOf(ports, card, state, now)) };
}

function pageOf(ports: IncidentsPorts, { page }: Incident): Pick<CardState, 'page'> {
  if (!page) return {};
  const by = writtenKey(ports, page.by.id);
  // A token's or a terminal's name is all there is of some pagers.
  return {
    page: {
      by: by === page.by.id ? page.by.id : by,
      to: page.to,
      message: page.message,
      isOwn: page.chain.kind === 'own',
    },
  };
}

function ownWordsOf(ports: IncidentsPorts, card: CardRow, look: IncidentLook, now: number): OwnWords | undefined {
  const { destination } = card;
  const episode = destination.kind === 'channel' ? ports.store.episodes.episode(card.episodeId) : undefined;
  if (destination.kind !== 'channel' || !episode || !ports.ownWords) return undefined;
  return ports.ownWords({
    receiver: episode.receiver,
    channel: destination.channel,
    groupKey: episode.groupKey,
    groupLabels: episode.labels,
    alerts: look.members.filter(({ mute }) => mute === undefined).map(({ alert }) => alert),
    now,
  });
}

/** The members that the card's own episode has or had. */
function within(ports: IncidentsPorts, card: CardRow, whole: IncidentLook, now: number): IncidentLook {
  const links = ports.store.episodes.linksOf(card.episodeId);
  const others = [...new Set(links.map((link) => link.incidentId))].filter((id) => id !== card.incidentId);
  const everyone = [...whole.members, ...others.flatMap((id) => lookAt(ports, id, now).members)];
  const mine = new Set(links.map((link) => `${link.incidentId} ${link.fingerprint}`));
  const members = everyone.filter(({ member }) => mine.has(`${member.incidentId} ${member.alert.fingerprint}`));
  if (members.length === 0) return whole;
  const open = members.filter(({ alert }) => isOpen(alert));
  return { ...whole, members, open };
}

function phaseOf(ports: IncidentsPorts, incident: Incident, look: IncidentLook): CardPhase {
  const { state } = incident;
  if (state.kind === 'resolved') {
    switch (state.how) {
      case 'closed_by_hand': {
        const { conditionHolds } = look;
        return { kind: 'closed_by_hand', by: writtenKey(ports, state.by.id), at: state.at, conditionHolds };
      }
      case 'sender_silent':
        return { kind: 'sender_silent', at: lastEnd(look) ?? state.at };
      case 'members_ended':
        return { kind: 'resolved', at: lastEnd(look) ?? state.at };
    }
  }
  if (look.open.length === 0) {
    const at = lastEnd(look) ?? incident.openedAt;
    const silent = look.members.some(({ alert }) => alert.condition.kind === 'sender_silent');
    return { kind: silent ? 'sender_silent' : 'resolved', at };
  }
  const by = state.kind === 'acknowledged' ? writtenKey(ports, state.by.id) : undefined;
  const since = look.open.map(({ alert }) => (alert.condition.kind === 'no_data' ? alert.condition.since : undefined));
  if (since.every((at) => at !== undefined)) {
    return { kind: 'no_data', since: Math.min(...since), ...(by !== undefined && { acknowledgedBy: by }) };
  }
  if (state.kind === 'acknowledged' && by !== undefined) return { kind: 'acknowledged', by, at: state.at };
  return { kind: 'firing' };
}

function lastEnd(look: IncidentLook): number | undefined {
  const ends = look.members.flatMap(({ alert: { condition } }) =>
    condition.kind === 'resolved' || condition.kind === 'sender_silent' ? [condition.at] : [],
  );
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

function listed(look: IncidentLook): readonly MemberLook[] {
  return look.members
    .toSorted((a, b) => {
      const open = Number(isOpen(b.alert)) - Number(isOpen(a.alert));
      if (open !== 0) return open;
      const [x, y] = [excess(a.alert.evidence), excess(b.alert.evidence)];
      return x === y ? a.member.joinedAt - b.member.joinedAt : y - x;
    })
    .slice(0, MOST_MEMBERS);
}

function cardMember(look: MemberLook, all: readonly MemberLook['alert'][]): CardMember {
  const { alert, mute } = look;
  return {
    fingerprint: alert.fingerprint,
    label: distinguishing(alert, all),
    state: mute ? 'muted' : alert.condition.kind,
    ...(alert.evidence && { evidence: alert.evidence }),
  };
}

function acknowledgementOf(ports: IncidentsPorts, incident: Incident): Pick<CardState, 'acknowledgement'> {
  const facts = ports.store.events(incident.id);
  // Who took it before it called again, or before it was closed in vain, has not taken it now.
  const last = facts.findLast(
    (event) => event.kind === 'acknowledged' || event.kind === 'retriggered' || event.kind === 'reopened',
  );
  if (last?.kind !== 'acknowledged') return {};
  return { acknowledgement: { by: writtenKey(ports, last.by.id), at: last.at } };
}

function silenceOf(ports: IncidentsPorts, look: IncidentLook): CardState['silence'] {
  const mute = look.allMuted;
  if (mute?.kind !== 'silenced' || mute.until === undefined) return undefined;
  const by = ports.silences.author(mute.by) ?? '';
  return { id: mute.by, by: writtenKey(ports, by), endsAt: mute.until };
}

/** Quiet lines that tell why the card looks as it does; the newest of each kind. */
function notesOf(ports: IncidentsPorts, incident: Incident): readonly string[] {
  const notes: string[] = [];
  if (incident.state.kind === 'resolved') return notes;
  const events = ports.store.events(incident.id);
  const unmuted = events.findLast((event) => event.kind === 'muted' || event.kind === 'unmuted');
  if (unmuted?.kind === 'unmuted') {
    const { mute, at } = unmuted;
    const author = mute.kind === 'silenced' ? ports.silences.author(mute.by) : undefined;
    const what = mute.kind === 'silenced' ? `silence${author ? ` by ${spoken(ports, author)}` : ''}` : 'the mute';
    notes.push(`firing again: ${what} ended ${clockTime(at, zoneOf(ports, author))}`);
  }
  const reopened = events.findLast((event) => event.kind === 'reopened');
  if (reopened?.kind === 'reopened') {
    const closed = events.findLast((event) => event.kind === 'resolved');
    const by = closed?.kind === 'resolved' ? ` by ${spoken(ports, closed.by.id)}` : '';
    const why = reopened.reason === 'new_member' ? 'another alert joined' : 'the condition was still true';
    notes.push(`reopened: closed${by}, but ${why}`);
  }
  return notes;
}

function zoneOf(ports: IncidentsPorts, key: string | undefined): string {
  return (key !== undefined && ports.directory.person(key)?.zone) || 'UTC';
}

/** The other incidents that a direct message speaks of. */
function pagedTogether(ports: IncidentsPorts, card: CardRow, incident: Incident, now: number): PagedIncident[] {
  if (card.view !== 'page') return [];
  const ids = ports.store.ladders.bundleOf(card.id)?.incidentIds ?? [];
  return ids.filter((id) => id !== incident.id).flatMap((id) => pagedIncident(ports, id, now) ?? []);
}

/** An incident in one line. */
export function pagedIncident(ports: IncidentsPorts, id: string, now: number): PagedIncident | undefined {
  const incident = ports.store.incident(id);
  return incident && inOneLine(incident, lookAt(ports, id, now));
}

/** The same of an incident whose members have been read. */
export function inOneLine(incident: Incident, look: Pick<IncidentLook, 'members' | 'open'>): PagedIncident {
  const shown = look.open.length > 0 ? look.open : look.members;
  const alerts = shown.map(({ alert }) => alert);
  return {
    incidentId: incident.id,
    priority: incident.priority,
    alertName: incident.alertName,
    model: sharedLabel(alerts, 'model_name', 'model'),
    environment: sharedLabel(alerts, 'environment', 'env'),
    measure: incident.page ? gist(incident.page) : formatMeasure(worstOf(shown)?.alert.evidence),
    state: incident.state.kind,
  };
}

function questionOf(card: CardRow, incident: Incident): Pick<CardState, 'question'> {
  const check = incident.acknowledgementCheck;
  if (card.view !== 'page' || !check?.asked || incident.state.kind !== 'acknowledged') return {};
  if (card.destination.kind !== 'user' || card.destination.user !== incident.state.by.id) return {};
  return { question: { kind: 'still_on_it', answerBy: check.at } };
}

function readerOf(
  ports: IncidentsPorts,
  card: CardRow,
  state: Omit<CardState, 'lockScreen'>,
  now: number,
): Parameters<typeof lockScreen>[1] {
  const you = card.destination.kind === 'user' ? card.destination.user : undefined;
  const told = state.ladder.find((step) => step.state === 'told')?.who[0];
  return {
    ...(you !== undefined && { you }),
    zone: zoneOf(ports, you ?? told ?? state.ladder[0]?.who[0]),
    name: (who) => spoken(ports, who),
    now,
  };
}
