import { type Alert, alertAt, alertName, endedAt, isOpen } from '../alert/alert.ts';
import { comparePriority } from '../alert/priority.ts';
import type { Notification } from '../delivery/notification.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { GroupView, Mute, RoutingEffects } from '../routing/effects.ts';
import type { CardPost } from './card-post.ts';
import type { Incident } from './incident.ts';
import { settleLadder } from './ladder.ts';
import type { Lifecycle } from './lifecycle.ts';
import { formatMeasure } from './measure.ts';
import { distinguishing } from './member-label.ts';
import { lookAt, mergeSnapshot, type SnapshotChange, worstOf } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';
import type { Episode, EpisodeMember } from './store.ts';

/** What one look at a group brought, before it is told. */
interface Intake {
  readonly touched: Map<string, SnapshotChange>;
  readonly newcomers: Map<string, Alert[]>;
  /** The incidents that this look opened, and whether nothing of their group is muted. */
  readonly opened: Map<string, { readonly unmuted: boolean }>;
  /** The incidents that newcomers joined, by home group, as this look left them. */
  readonly homes: Map<string, Incident>;
  /** The environments that an incident's members come from; read once per incident. */
  readonly environments: Map<string, Set<string>>;
}

const MOST_LABELS_TOLD = 3;
/** A card that counts what it mutes is edited at most this often for that. */
const MUTES_REFRESH_MS = 10_000;

/** Routing's effects: turns what groups say into incidents, episodes and cards. Runs inside the dispatcher's transaction. */
export class IncidentDesk implements RoutingEffects {
  readonly #ports: IncidentsPorts;
  readonly #lifecycle: Lifecycle;
  readonly #post: CardPost;

  constructor(ports: IncidentsPorts, lifecycle: Lifecycle, post: CardPost) {
    this.#ports = ports;
    this.#lifecycle = lifecycle;
    this.#post = post;
  }

  notify(notification: Notification, group: GroupView): void {
    const now = notification.at;
    this.#ports.transact(() => {
      const open = this.#take(group, now, notification.status === 'firing');
      const episode = open ?? this.#ports.store.episodes.latestOf(group.key);
      if (!episode) return;
      if (notification.status === 'resolved') this.#settle(episode, now);
      const told = this.#ports.store.incident(episode.incidentId);
      if (told) this.#ports.told?.(notification, told);
      if (notification.integration.kind === 'slack') this.#speakInSlack(notification, episode, now);
      else {
        this.#deliver(notification, episode);
        if (notification.status === 'firing') this.#showSomewhere(notification, episode, now);
      }
    });
  }

  changed(group: GroupView): void {
    const now = this.#ports.clock.now();
    this.#ports.transact(() => this.#take(group, now, false));
  }

  ended(group: GroupView): void {
    const now = this.#ports.clock.now();
    this.#ports.transact(() => {
      this.#take(group, now, false);
      const episode = this.#ports.store.episodes.openOf(group.key);
      if (!episode) return;
      this.#endStragglers(episode, group, now);
      this.#ports.store.episodes.save({ ...episode, endedAt: now });
      this.#settle(episode, now);
      const incident = this.#ports.store.incident(episode.incidentId);
      // The last word of the episode's cards, even where the incident lives on in another group.
      for (const card of this.#ports.store.cards.ofEpisode(episode.id)) {
        if (incident) this.#post.refresh(card, incident, now);
      }
    });
  }

  /** The cards of what mutes others count them. */
  inhibits(sources: ReadonlySet<Fingerprint>): void {
    const now = this.#ports.clock.now();
    this.#ports.transact(() => {
      for (const source of sources) {
        const incident = this.#ports.store.holding(source);
        if (incident) this.#post.refreshSpaced(incident, now, MUTES_REFRESH_MS);
      }
    });
  }

  /**
   * Brings members, mutes and incidents in line with the group. Only a firing notification (`join`) lets alerts in.
   * @returns the group's open episode
   */
  #take(group: GroupView, now: number, join: boolean): Episode | undefined {
    const { store } = this.#ports;
    const intake: Intake = {
      touched: new Map(),
      newcomers: new Map(),
      homes: new Map(),
      opened: new Map(),
      environments: new Map(),
    };
    let episode = store.episodes.openOf(group.key);
    const admitted: { alert: Alert; incident: Incident }[] = [];
    for (const alert of this.#byUrgency(group.alerts, now)) {
      const wanted = join && isOpen(alert) && !group.mutes.has(alert.fingerprint);
      const incident = this.#keep(alert, intake, now) ?? (wanted ? this.#admit(alert, group, intake, now) : undefined);
      if (incident && (episode || wanted)) admitted.push({ alert, incident });
    }
    const first = admitted[0];
    if (!episode && join && first) {
      const { key: groupKey, receiver, labels } = group;
      episode = store.episodes.open({ groupKey, receiver, labels, incidentId: first.incident.id, openedAt: now });
    }
    if (episode) {
      const links = new Map(store.episodes.linksOf(episode.id).map((link) => [link.fingerprint, link]));
      const changed: EpisodeMember[] = [];
      for (const { alert, incident } of admitted) {
        const mute = group.mutes.get(alert.fingerprint);
        const before = links.get(alert.fingerprint);
        const link = { episodeId: episode.id, incidentId: incident.id, fingerprint: alert.fingerprint };
        if (before?.incidentId === incident.id && sameMute(before.mute, mute)) continue;
        changed.push({ ...link, ...(mute && { mute }) });
        note(intake.touched, incident.id, 'state');
      }
      store.episodes.saveLinks(changed);
      episode = this.#rehome(episode, now);
    }
    this.#tell(intake, now);
    return episode;
  }

  /** The most urgent first, so that an incident opens at its highest priority. */
  #byUrgency(alerts: readonly Alert[], now: number): Alert[] {
    const ranked = alerts.map((alert) => ({
      alert: alertAt(alert, now),
      priority: this.#lifecycle.priorityOf(alert),
    }));
    return ranked.toSorted((a, b) => comparePriority(a.priority, b.priority)).map(({ alert }) => alert);
  }

  /** Feeds the incident that already holds the alert. */
  #keep(alert: Alert, intake: Intake, now: number): Incident | undefined {
    const { store } = this.#ports;
    const incident = store.holding(alert.fingerprint);
    const member = incident && store.member(incident.id, alert.fingerprint);
    if (!incident || !member) return undefined;
    const merged = mergeSnapshot(member.alert, alert);
    note(intake.touched, incident.id, merged.change);
    if (merged.change !== 'none') {
      const { leftAt: _, ...rest } = member;
      const end = endedAt(merged.alert);
      store.saveMember({ ...rest, alert: merged.alert, ...(end !== undefined && { leftAt: member.leftAt ?? now }) });
    }
    return incident;
  }

  /** Lets a firing alert into the incident of its home group, or opens one. */
  #admit(alert: Alert, group: GroupView, intake: Intake, now: number): Incident {
    const { store } = this.#ports;
    const home = this.#ports.homeGroup?.(alert) ?? { key: group.key, labels: group.labels };
    let incident = intake.homes.get(home.key) ?? store.ofHome(home.key);
    if (!incident) {
      incident = this.#lifecycle.open(alert, home, group, now);
      intake.opened.set(incident.id, { unmuted: group.mutes.size === 0 });
    } else {
      if (incident.state.kind === 'resolved') incident = this.#lifecycle.reopen(incident, 'new_member', now);
      // Who comes with the first is part of how it opened.
      if (!intake.opened.has(incident.id)) {
        const newcomers = intake.newcomers.get(incident.id);
        if (newcomers) newcomers.push(alert);
        else intake.newcomers.set(incident.id, [alert]);
        this.#lifecycle.record(incident, now, { kind: 'member_joined', fingerprint: alert.fingerprint });
      }
      const known = this.#environments(incident, intake);
      incident = this.#lifecycle.raise(incident, alert, now);
      if (!known.has(environmentOf(alert.labels)))
        incident = this.#lifecycle.retrigger(incident, 'other_environment', now);
    }
    intake.homes.set(home.key, incident);
    this.#environments(incident, intake).add(environmentOf(alert.labels));
    store.saveMember({ incidentId: incident.id, alert, joinedAt: now });
    note(intake.touched, incident.id, 'state');
    return incident;
  }

  #environments(incident: Incident, intake: Intake): Set<string> {
    let known = intake.environments.get(incident.id);
    if (!known) {
      const members = this.#ports.store.members(incident.id);
      known = new Set(members.map(({ alert: { labels } }) => environmentOf(labels)));
      intake.environments.set(incident.id, known);
    }
    return known;
  }

  /** An episode whose incident is over speaks of the next one that its group is part of. */
  #rehome(episode: Episode, now: number): Episode {
    const { store } = this.#ports;
    const present = store.incident(episode.incidentId);
    if (!present || present.state.kind !== 'resolved' || present.reopenAt !== undefined) return episode;
    const next = store.episodes
      .linksOf(episode.id)
      .map((link) => store.incident(link.incidentId))
      .find((incident) => incident !== undefined && incident.state.kind !== 'resolved');
    if (!next) return episode;
    const moved = { ...episode, incidentId: next.id };
    store.episodes.save(moved);
    for (const card of store.cards.ofEpisode(episode.id)) {
      store.cards.save({ ...card, incidentId: next.id });
      this.#post.refresh({ ...card, incidentId: next.id }, next, now);
    }
    return moved;
  }

  #tell(intake: Intake, now: number): void {
    const { store } = this.#ports;
    for (const [id, alerts] of intake.newcomers) {
      const incident = store.incident(id);
      if (incident) this.#announce(incident, alerts, now);
    }
    for (const [id, change] of intake.touched) {
      const incident = store.incident(id);
      if (!incident) continue;
      if (this.#isPlain(incident, intake)) continue;
      settleLadder(this.#lifecycle.tools, incident, lookAt(this.#ports, id, now), now);
      if (change === 'state') this.#post.refreshAll(incident, now, 'cards');
      else if (change === 'value') this.#post.refreshSpaced(incident, now);
    }
  }

  /** Opened in this look, unmuted, and without a ladder: there is nothing to settle, and no card yet to be edited. */
  #isPlain(incident: Incident, intake: Intake): boolean {
    return (
      intake.opened.get(incident.id)?.unmuted === true && this.#ports.store.ladders.ladder(incident.id) === undefined
    );
  }

  /** A line in the thread, and a word to whoever has it in hand. */
  #announce(incident: Incident, alerts: readonly Alert[], now: number): void {
    const hearers = this.#ports.store.cards.ofIncident(incident.id);
    if (hearers.length === 0) return;
    const all = this.#ports.store.members(incident.id).map(({ alert }) => alert);
    const [first] = alerts;
    if (!first) return;
    const line = {
      kind: 'member_joined',
      alertName: alertName(first),
      labels: alerts.slice(0, MOST_LABELS_TOLD).map((alert) => distinguishing(alert, all)),
      count: alerts.length,
      measure: formatMeasure(first.evidence),
    } as const;
    this.#post.lineOnCards(incident, line, now);
    if (incident.state.kind !== 'acknowledged') return;
    const user = this.#ports.directory.person(incident.state.by.id)?.slackId;
    const [card] = hearers;
    if (user !== undefined && card) this.#post.message(card, incident, line, now, { kind: 'user', user });
  }

  #speakInSlack(notification: Notification, episode: Episode, now: number): void {
    const { store } = this.#ports;
    const incident = store.incident(episode.incidentId);
    const channel = this.#ports.slackChannel(notification.integration, notification);
    if (!incident || channel === undefined) return;
    if (notification.status === 'resolved') {
      // No new message for an end: the card closes by an edit, whatever `send_resolved` says.
      for (const card of store.cards.ofEpisode(episode.id)) this.#post.refresh(card, incident, now);
      return;
    }
    const { card, posted } = this.#post.ensure(incident, episode.id, channel, now);
    if (posted) return;
    this.#post.refresh(card, incident, now);
    if (notification.reason !== 'repeat_interval' || incident.state.kind !== 'triggered') return;
    const { open } = lookAt(this.#ports, incident.id, now);
    const firingForMs = now - Math.min(now, ...open.map(({ alert }) => alert.startsAt));
    const measure = formatMeasure(worstOf(open)?.alert.evidence);
    this.#post.line(card, incident, { kind: 'repeat', openMembers: open.length, firingForMs, measure }, now, true);
  }

  /** PagerDuty has one incident for each of ours, so it hears of each apart; others get the notification as it is. */
  #deliver(notification: Notification, episode: Episode): void {
    const { store } = this.#ports;
    const home = store.incident(episode.incidentId);
    if (!home) return;
    const owner = new Map(store.episodes.linksOf(episode.id).map((link) => [link.fingerprint, link.incidentId]));
    const ids = new Set(notification.alerts.map(({ fingerprint }) => owner.get(fingerprint) ?? home.id));
    if (notification.integration.kind !== 'pagerduty' || ids.size <= 1) {
      const [only] = ids;
      this.#ports.deliver(notification, (only !== undefined && store.incident(only)) || home);
      return;
    }
    for (const id of ids) {
      const alerts = notification.alerts.filter(({ fingerprint }) => (owner.get(fingerprint) ?? home.id) === id);
      this.#ports.deliver({ ...notification, alerts }, store.incident(id) ?? home);
    }
  }

  /** Who is paged elsewhere finds a card in Slack all the same. The ladder posts its own where its paging entry names a channel. */
  #showSomewhere(notification: Notification, episode: Episode, now: number): void {
    const { store, fallbackChannel } = this.#ports;
    const incident = store.incident(episode.incidentId);
    if (!incident || incident.state.kind === 'resolved') return;
    const channel = fallbackChannel?.(incident, notification.alerts);
    if (channel === undefined) return;
    if (store.ladders.ladder(incident.id)?.channel !== undefined) return;
    if (store.cards.ofIncident(incident.id).some(({ view }) => view === 'card')) return;
    this.#post.ensure(incident, episode.id, channel, now);
  }

  /** Members that left the group without a word are over with it. */
  #endStragglers(episode: Episode, group: GroupView, now: number): void {
    const { store } = this.#ports;
    const told = new Set(group.alerts.map(({ fingerprint }) => fingerprint));
    for (const link of store.episodes.linksOf(episode.id)) {
      const member = store.member(link.incidentId, link.fingerprint);
      if (!member || told.has(link.fingerprint) || !isOpen(alertAt(member.alert, now))) continue;
      const elsewhere = store.episodes
        .openLinks(link.incidentId)
        .some((other) => other.fingerprint === link.fingerprint && other.episodeId !== episode.id);
      if (elsewhere) continue;
      const alert: Alert = { ...member.alert, condition: { kind: 'resolved', at: now } };
      store.saveMember({ ...member, alert, leftAt: now });
    }
  }

  #settle(episode: Episode, now: number): void {
    const { store } = this.#ports;
    const ids = new Set([episode.incidentId, ...store.episodes.linksOf(episode.id).map((link) => link.incidentId)]);
    for (const id of ids) {
      const incident = store.incident(id);
      if (incident) this.#lifecycle.settle(incident, now);
    }
  }
}

function sameMute(a: Mute | undefined, b: Mute | undefined): boolean {
  return a?.kind === b?.kind && a?.by === b?.by && a?.until === b?.until;
}

function environmentOf(labels: Alert['labels']): string {
  return labels.get('environment') || labels.get('env');
}

const WEIGHT: Readonly<Record<SnapshotChange, number>> = { none: 0, quiet: 1, value: 2, state: 3 };

function note(touched: Map<string, SnapshotChange>, id: string, change: SnapshotChange): void {
  const before = touched.get(id) ?? 'none';
  touched.set(id, WEIGHT[change] > WEIGHT[before] ? change : before);
}
