import type { Alert } from '../alert/alert.ts';
import type { IntegrationKind, IntegrationRef } from '../delivery/notification.ts';
import { Labels } from '../labels/labels.ts';
import type { Mute } from '../routing/effects.ts';
import type { AlertGroup, Member } from '../routing/group.ts';
import type { NotificationLogEntry } from '../routing/notification-log.ts';
import type { PlainMember, RoutingRows, RoutingStore } from '../routing/store.ts';
import { AlertRows } from './alert-rows.ts';
import type { Db } from './db.ts';

interface GroupRow {
  readonly id: string;
  readonly group_key: string;
  readonly route_id: string;
  readonly receiver: string;
  readonly labels: string;
  readonly created_at: number;
  readonly next_flush_at: number | null;
  readonly flushed_at: number | null;
  readonly remove_at: number | null;
  readonly is_open: number;
}

interface MemberRow {
  readonly group_id: string;
  readonly fingerprint: string;
  readonly mute_kind: Mute['kind'] | null;
  readonly mute_by: string | null;
  readonly mute_until: number | null;
  readonly retired: number;
}

interface LogRow {
  readonly group_key: string;
  readonly receiver: string;
  readonly kind: IntegrationKind;
  readonly idx: number;
  readonly group_id: string;
  readonly firing: string;
  readonly resolved: string;
  readonly heard: string;
  readonly sent_at: number;
}

/** Alerts, groups and the notification log in the state database. */
export class SqliteRoutingStore implements RoutingStore {
  readonly #db: Db;
  readonly #alerts: AlertRows;
  #revision = 0;
  /** The database's version at which it was read. */
  #readAt = -1;
  /** Numbers of groups, by id. */
  readonly #groups = new Map<string, number>();
  #rollbacks = 0;

  constructor(db: Db, alerts = new AlertRows(db)) {
    this.#db = db;
    this.#alerts = alerts;
  }

  revision(): number {
    // Asked for each alert of thousands; nothing but this connection writes.
    if (this.#readAt !== this.#db.version) {
      this.#revision =
        this.#db.get<{ revision: number }>('SELECT revision FROM routing_revision WHERE id = 1')?.revision ?? 0;
      this.#readAt = this.#db.version;
    }
    return this.#revision;
  }

  bumpRevision(): number {
    this.#db.run('UPDATE routing_revision SET revision = revision + 1 WHERE id = 1');
    return this.revision();
  }

  load(): RoutingRows {
    const members = new Map<string, Map<string, Member>>();
    const rows = this.#db.all<MemberRow>(
      `SELECT g.id AS group_id, a.fingerprint, m.mute_kind, m.mute_by, m.mute_until, m.retired
       FROM group_members m JOIN alerts a ON a.seq = m.alert JOIN alert_groups g ON g.seq = m.alert_group
       ORDER BY m.alert`,
    );
    for (const row of rows) {
      const group = members.get(row.group_id) ?? new Map<string, Member>();
      group.set(row.fingerprint, memberOf(row));
      members.set(row.group_id, group);
    }
    return {
      alerts: this.#alerts.load(),
      groups: this.#db
        .all<GroupRow>('SELECT * FROM alert_groups ORDER BY seq')
        .map((row) => groupOf(row, members.get(row.id) ?? new Map<string, Member>())),
      log: this.#db.all<LogRow>('SELECT * FROM notification_log').map(entryOf),
    };
  }

  putAlert(alert: Alert): void {
    this.#alerts.put(alert);
  }

  deleteAlert(fingerprint: string): void {
    this.#alerts.delete(fingerprint);
  }

  putGroup(group: AlertGroup): void {
    this.#db.run(
      `INSERT INTO alert_groups (id, group_key, route_id, receiver, labels, created_at, next_flush_at, flushed_at, remove_at, is_open)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET receiver = excluded.receiver, next_flush_at = excluded.next_flush_at,
         flushed_at = excluded.flushed_at, remove_at = excluded.remove_at, is_open = excluded.is_open`,
      group.id,
      group.key,
      group.routeId,
      group.receiver,
      JSON.stringify(group.labels),
      group.createdAt,
      group.nextFlushAt ?? null,
      group.flushedAt ?? null,
      group.removeAt ?? null,
      group.open ? 1 : 0,
    );
  }

  deleteGroup(id: string): void {
    this.#groups.delete(id);
    this.#db.run('DELETE FROM alert_groups WHERE id = ?', id);
  }

  putMember(groupId: string, member: Member): void {
    this.#db.run(
      `INSERT INTO group_members (alert, alert_group, mute_kind, mute_by, mute_until, retired) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (alert, alert_group) DO UPDATE SET mute_kind = excluded.mute_kind, mute_by = excluded.mute_by,
         mute_until = excluded.mute_until, retired = excluded.retired`,
      this.#alertSeq(member.fingerprint),
      this.#groupSeq(groupId),
      member.mute?.kind ?? null,
      member.mute?.by ?? null,
      member.mute?.until ?? null,
      member.retired ? 1 : 0,
    );
  }

  putPlainMembers(members: readonly PlainMember[]): void {
    const rows = members.map(({ groupId, fingerprint }) => [this.#alertSeq(fingerprint), this.#groupSeq(groupId), 0]);
    this.#db.insert('INSERT INTO group_members (alert, alert_group, retired)', rows, {
      onConflict: '(alert, alert_group) DO UPDATE SET mute_kind = NULL, mute_by = NULL, mute_until = NULL, retired = 0',
    });
  }

  deleteMember(groupId: string, fingerprint: string): void {
    this.#db.run(
      'DELETE FROM group_members WHERE alert = ? AND alert_group = ?',
      this.#alertSeq(fingerprint),
      this.#groupSeq(groupId),
    );
  }

  putLogEntry(entry: NotificationLogEntry): void {
    this.#db.run(
      `INSERT INTO notification_log (group_key, receiver, kind, idx, group_id, firing, resolved, heard, sent_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (group_key, receiver, kind, idx) DO UPDATE SET group_id = excluded.group_id, firing = excluded.firing,
         resolved = excluded.resolved, heard = excluded.heard, sent_at = excluded.sent_at`,
      entry.groupKey,
      entry.integration.receiver,
      entry.integration.kind,
      entry.integration.index,
      entry.groupId,
      JSON.stringify([...entry.firing]),
      JSON.stringify([...entry.resolved]),
      JSON.stringify([...entry.heard]),
      entry.at,
    );
  }

  deleteLogEntry(groupKey: string, integration: IntegrationRef): void {
    this.#db.run(
      'DELETE FROM notification_log WHERE group_key = ? AND receiver = ? AND kind = ? AND idx = ?',
      groupKey,
      integration.receiver,
      integration.kind,
      integration.index,
    );
  }

  #alertSeq(fingerprint: string): number {
    const seq = this.#alerts.seqOf(fingerprint);
    if (seq === undefined) throw new Error(`alert ${fingerprint} was not put`);
    return seq;
  }

  #groupSeq(id: string): number {
    if (this.#rollbacks !== this.#db.rollbacks) this.#groups.clear();
    this.#rollbacks = this.#db.rollbacks;
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const row = this.#db.get<{ seq: number }>('SELECT seq FROM alert_groups WHERE id = ?', id);
    if (!row) throw new Error(`group ${id} was not put`);
    this.#groups.set(id, row.seq);
    return row.seq;
  }
}

function memberOf(row: MemberRow): Member {
  const mute: Mute | undefined =
    row.mute_kind === null
      ? undefined
      : { kind: row.mute_kind, by: row.mute_by ?? '', ...(row.mute_until !== null && { until: row.mute_until }) };
  return { fingerprint: row.fingerprint, ...(mute && { mute }), retired: row.retired === 1 };
}

function groupOf(row: GroupRow, members: ReadonlyMap<string, Member>): AlertGroup {
  return {
    id: row.id,
    key: row.group_key,
    routeId: row.route_id,
    receiver: row.receiver,
    labels: Labels.of(JSON.parse(row.labels) as Record<string, string>),
    createdAt: row.created_at,
    ...(row.next_flush_at !== null && { nextFlushAt: row.next_flush_at }),
    ...(row.flushed_at !== null && { flushedAt: row.flushed_at }),
    ...(row.remove_at !== null && { removeAt: row.remove_at }),
    open: row.is_open === 1,
    members,
  };
}

function entryOf(row: LogRow): NotificationLogEntry {
  const set = (json: string): ReadonlySet<string> => new Set(JSON.parse(json) as string[]);
  return {
    groupKey: row.group_key,
    integration: { receiver: row.receiver, kind: row.kind, index: row.idx },
    groupId: row.group_id,
    firing: set(row.firing),
    resolved: set(row.resolved),
    heard: set(row.heard),
    at: row.sent_at,
  };
}
