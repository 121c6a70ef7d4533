import type { Alert } from '../alert/alert.ts';
import type { IntegrationRef } from '../delivery/notification.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import type { AlertGroup, Member } from './group.ts';
import type { NotificationLogEntry } from './notification-log.ts';
import type { Silence } from './silence.ts';

export interface PlainMember {
  readonly groupId: string;
  readonly fingerprint: Fingerprint;
}

/** Everything the dispatcher remembers. */
export interface RoutingRows {
  readonly alerts: readonly Alert[];
  readonly groups: readonly AlertGroup[];
  readonly log: readonly NotificationLogEntry[];
}

/**
 * Where alerts, groups and the notification log live. The dispatcher keeps a copy in memory and writes through; `revision` tells
 * it when that copy is no longer what the database holds (an outer transaction was rolled back, another process wrote).
 */
export interface RoutingStore {
  revision(): number;
  /** Marks the state as changed and returns the new revision. */
  bumpRevision(): number;
  load(): RoutingRows;
  putAlert(alert: Alert): void;
  deleteAlert(fingerprint: Fingerprint): void;
  /** Writes the group's own columns, not its members. */
  putGroup(group: AlertGroup): void;
  /** Deletes a group whose members have been deleted. */
  deleteGroup(id: string): void;
  /** Of a group and an alert that were put. */
  putMember(groupId: string, member: Member): void;
  /** Members that nothing mutes and that are not retired, each once, of groups and alerts that were put. */
  putPlainMembers(members: readonly PlainMember[]): void;
  deleteMember(groupId: string, fingerprint: Fingerprint): void;
  putLogEntry(entry: NotificationLogEntry): void;
  deleteLogEntry(groupKey: string, integration: IntegrationRef): void;
}

export interface SilenceStore {
  load(): Silence[];
  put(silence: Silence): void;
  delete(id: string): void;
}
