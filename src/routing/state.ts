import { type Alert, endedAt } from '../alert/alert.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { heldUntil } from './flap.ts';
import type { AlertGroup, Member } from './group.ts';
import { InhibitedMembers } from './inhibited-members.ts';
import { type InhibitionConfig, Inhibitors } from './inhibitors.ts';
import { OpenAlerts } from './limits.ts';
import type { NotificationLogEntry } from './notification-log.ts';
import type { Silence } from './silence.ts';
import type { PlainMember, RoutingStore, SilenceStore } from './store.ts';

/**
 * The dispatcher's memory: a copy of the database with the indexes that decisions need. Every change is written through in the
 * caller's transaction; `sync` reads everything anew where the database disagrees.
 */
export class RoutingState {
  readonly #store: RoutingStore;
  readonly #silenceStore: SilenceStore;
  #inhibition: InhibitionConfig;
  #revision = -1;
  #alerts = new Map<Fingerprint, Alert>();
  #groups = new Map<string, AlertGroup & { readonly members: Map<Fingerprint, Member> }>();
  #groupsOf = new Map<Fingerprint, readonly string[]>();
  #log = new Map<string, Map<string, NotificationLogEntry>>();
  #silences = new Map<string, Silence>();
  #sources: Inhibitors;
  #open = new OpenAlerts();
  #inhibited = new InhibitedMembers();
  #groupDeadlines = new DeadlineQueue();
  #alertDeadlines = new DeadlineQueue();
  /** Silence boundaries; kept by whoever knows the time (`setSilenceDeadline`). */
  #silenceDeadlines = new DeadlineQueue();
  /** Put in this transaction and not written yet. */
  #unwritten: PlainMember[] = [];
  /** Counts full reads, so that a caller notices that derived knowledge is gone. */
  #loads = 0;

  constructor(store: RoutingStore, silences: SilenceStore, inhibition: InhibitionConfig) {
    this.#store = store;
    this.#silenceStore = silences;
    this.#inhibition = inhibition;
    this.#sources = new Inhibitors(inhibition);
  }

  get loads(): number {
    return this.#loads;
  }

  sync(): void {
    const revision = this.#store.revision();
    if (revision === this.#revision) return;
    this.#load();
    this.#revision = revision;
  }

  /** Call first in each transaction that changes anything. */
  begin(): void {
    this.#unwritten = [];
    this.sync();
    this.#revision = this.#store.bumpRevision();
  }

  /** Call last in that transaction. New members are written together: five hundred alerts of a request are one statement. */
  end(): void {
    if (this.#unwritten.length === 0) return;
    this.#store.putPlainMembers(this.#unwritten);
    this.#unwritten = [];
  }

  /** Forget everything: a transaction was rolled back. */
  invalidate(): void {
    this.#revision = -1;
  }

  setInhibition(inhibition: InhibitionConfig): void {
    this.#inhibition = inhibition;
    this.#sources = new Inhibitors(inhibition);
    for (const alert of this.#alerts.values()) this.#sources.set(alert);
  }

  get sources(): Inhibitors {
    return this.#sources;
  }

  get open(): OpenAlerts {
    return this.#open;
  }

  /** What each source mutes, as the groups recorded it. */
  get inhibited(): InhibitedMembers {
    return this.#inhibited;
  }

  get alerts(): ReadonlyMap<Fingerprint, Alert> {
    return this.#alerts;
  }

  get groups(): ReadonlyMap<string, AlertGroup> {
    return this.#groups;
  }

  get silences(): ReadonlyMap<string, Silence> {
    return this.#silences;
  }

  get groupDeadlines(): DeadlineQueue {
    return this.#groupDeadlines;
  }

  get alertDeadlines(): DeadlineQueue {
    return this.#alertDeadlines;
  }

  get silenceDeadlines(): DeadlineQueue {
    return this.#silenceDeadlines;
  }

  /** As they are now: what was given does not change. */
  groupsOf(fingerprint: Fingerprint): readonly string[] {
    return this.#groupsOf.get(fingerprint) ?? NO_GROUPS;
  }

  logEntry(groupKey: string, ref: IntegrationRef): NotificationLogEntry | undefined {
    return this.#log.get(groupKey)?.get(refKey(ref));
  }

  logEntries(groupKey: string): readonly NotificationLogEntry[] {
    return [...(this.#log.get(groupKey)?.values() ?? [])];
  }

  allLogEntries(): readonly NotificationLogEntry[] {
    return [...this.#log.values()].flatMap((entries) => [...entries.values()]);
  }

  /** @returns whether what the alert inhibits has changed. */
  putAlert(alert: Alert): boolean {
    this.#store.putAlert(alert);
    this.#alerts.set(alert.fingerprint, alert);
    this.#open.set(alert);
    this.#alertDeadlines.set(alert.fingerprint, untilOf(alert));
    return this.#sources.set(alert);
  }

  /** Only for an ended alert that is in no group. */
  deleteAlert(fingerprint: Fingerprint): void {
    this.end();
    this.#store.deleteAlert(fingerprint);
    this.#alerts.delete(fingerprint);
    this.#open.delete(fingerprint);
    this.#alertDeadlines.set(fingerprint, undefined);
  }

  /** Writes a group's own columns; its members stay as they are. */
  putGroup(group: AlertGroup): void {
    this.#store.putGroup(group);
    const members = this.#groups.get(group.id)?.members ?? new Map<Fingerprint, Member>();
    this.#groups.set(group.id, { ...group, members });
    this.#groupDeadlines.set(group.id, group.nextFlushAt ?? group.removeAt);
  }

  deleteGroup(id: string): void {
    for (const fingerprint of [...(this.#groups.get(id)?.members.keys() ?? [])]) this.deleteMember(id, fingerprint);
    this.end();
    this.#store.deleteGroup(id);
    this.#groups.delete(id);
    this.#groupDeadlines.set(id, undefined);
  }

  putMember(groupId: string, member: Member): void {
    const isNew = this.#groups.get(groupId)?.members.has(member.fingerprint) !== true;
    if (isNew && !member.mute && !member.retired) {
      this.#unwritten.push({ groupId, fingerprint: member.fingerprint });
    } else {
      this.end();
      this.#store.putMember(groupId, member);
    }
    this.#inhibited.set(groupId, member.fingerprint, member.mute);
    this.#groups.get(groupId)?.members.set(member.fingerprint, member);
    this.#join(member.fingerprint, groupId);
  }

  deleteMember(groupId: string, fingerprint: Fingerprint): void {
    this.end();
    this.#store.deleteMember(groupId, fingerprint);
    this.#inhibited.set(groupId, fingerprint, undefined);
    this.#groups.get(groupId)?.members.delete(fingerprint);
    const left = this.groupsOf(fingerprint).filter((id) => id !== groupId);
    if (left.length > 0) this.#groupsOf.set(fingerprint, left);
    else this.#groupsOf.delete(fingerprint);
  }

  putLogEntry(entry: NotificationLogEntry): void {
    this.#store.putLogEntry(entry);
    this.#keepEntry(entry);
  }

  deleteLogEntry(entry: NotificationLogEntry): void {
    this.#store.deleteLogEntry(entry.groupKey, entry.integration);
    const entries = this.#log.get(entry.groupKey);
    entries?.delete(refKey(entry.integration));
    if (entries?.size === 0) this.#log.delete(entry.groupKey);
  }

  putSilence(silence: Silence): void {
    this.#silenceStore.put(silence);
    this.#silences.set(silence.id, silence);
  }

  deleteSilence(id: string): void {
    this.#silenceStore.delete(id);
    this.#silences.delete(id);
    this.#silenceDeadlines.set(id, undefined);
  }

  #load(): void {
    const { alerts, groups, log } = this.#store.load();
    this.#alerts = new Map(alerts.map((alert) => [alert.fingerprint, alert]));
    this.#groups = new Map(groups.map((group) => [group.id, { ...group, members: new Map(group.members) }]));
    this.#groupsOf = new Map();
    this.#log = new Map();
    this.#silences = new Map(this.#silenceStore.load().map((silence) => [silence.id, silence]));
    this.#groupDeadlines = new DeadlineQueue();
    this.#alertDeadlines = new DeadlineQueue();
    this.#silenceDeadlines = new DeadlineQueue();
    this.#sources = new Inhibitors(this.#inhibition);
    this.#open = new OpenAlerts();
    this.#inhibited = new InhibitedMembers();
    for (const group of groups) {
      this.#groupDeadlines.set(group.id, group.nextFlushAt ?? group.removeAt);
      for (const { fingerprint, mute } of group.members.values()) {
        this.#join(fingerprint, group.id);
        this.#inhibited.set(group.id, fingerprint, mute);
      }
    }
    for (const alert of alerts) {
      this.#alertDeadlines.set(alert.fingerprint, untilOf(alert));
      this.#sources.set(alert);
      this.#open.set(alert);
    }
    for (const entry of log) this.#keepEntry(entry);
    this.#inhibited.drain();
    this.#loads += 1;
  }

  #join(fingerprint: Fingerprint, groupId: string): void {
    const groups = this.#groupsOf.get(fingerprint);
    if (!groups) this.#groupsOf.set(fingerprint, [groupId]);
    else if (!groups.includes(groupId)) this.#groupsOf.set(fingerprint, [...groups, groupId]);
  }

  #keepEntry(entry: NotificationLogEntry): void {
    const entries = this.#log.get(entry.groupKey) ?? new Map<string, NotificationLogEntry>();
    entries.set(refKey(entry.integration), entry);
    this.#log.set(entry.groupKey, entries);
  }
}

const NO_GROUPS: readonly string[] = [];

function refKey(ref: IntegrationRef): string {
  return `${ref.kind}[${ref.index}]${ref.receiver}`;
}

/** When an alert ends by itself: its sender's time is over, or it was held open for long enough. */
function untilOf(alert: Alert): number | undefined {
  const held = heldUntil(alert);
  if (held !== undefined) return held;
  return endedAt(alert) === undefined && alert.condition.kind === 'firing' ? alert.condition.until : undefined;
}
