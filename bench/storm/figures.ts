import Database from 'better-sqlite3';
import type { Message } from '../../src/workspace/model.ts';
import { CHANNELS, type Stage } from './stage.ts';

/** One number of the storm, and whether it is what was promised. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly limit: string;
  readonly ok: boolean;
}

const MINUTES_5 = 300_000;

export function atMost(name: string, value: number, limit: number, unit = ''): Figure {
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return { name, value: `${shown}${unit}`, limit: `≤ ${limit}${unit}`, ok: value <= limit };
}

export function equal(name: string, value: number | string, wanted: number | string): Figure {
  return { name, value: String(value), limit: `= ${wanted}`, ok: value === wanted };
}

export function postedAt(message: Message): number {
  return Number(message.ts) * 1000;
}

/** What stands in the channels themselves, threads left out. */
export function rootPosts({ world, startedAt }: Stage): Message[] {
  return CHANNELS.flatMap((channel) => world.workspace.state.messages(channel)).filter(
    (message) => (message.threadTs === undefined || message.threadTs === message.ts) && postedAt(message) >= startedAt,
  );
}

export function isCanopy(message: Message): boolean {
  return JSON.stringify(message.blocks).includes('"block_id":"storm"');
}

export function refusedByLimit({ calls }: Stage): number {
  return calls.filter(({ status }) => status === 429).length;
}

/** The most edits within any five minutes. */
export function updatesInFiveMinutes({ calls }: Stage): number {
  const at = calls.filter(({ name }) => name === 'chat.update').map((call) => call.at);
  let first = 0;
  let most = 0;
  for (const [index, instant] of at.entries()) {
    while ((at[first] ?? instant) <= instant - MINUTES_5) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

export function pagerdutyIncidents({ pagerduty }: Stage): number {
  return new Set(pagerduty.filter(({ action }) => action === 'trigger').map(({ dedupKey }) => dedupKey)).size;
}

/** Outbox rows by state, read from the file as another process would. */
export function outboxStates(path: string): ReadonlyMap<string, number> {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare('SELECT state, count(*) AS n FROM outbox GROUP BY state').all() as {
    state: string;
    n: number;
  }[];
  db.close();
  return new Map(rows.map(({ state, n }) => [state, n]));
}

/** What became of the alerts. `untold`: neither on a message that stands, nor muted for a reason that can be named. */
export interface Fates {
  readonly told: number;
  readonly muted: number;
  readonly underCanopy: number;
  readonly untold: number;
}

export function fatesOf({ world, clock }: Stage, path: string): Fates {
  const db = new Database(path, { readonly: true });
  const fingerprints = (sql: string): Set<string> =>
    new Set((db.prepare(sql).all() as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint));
  const standing = fingerprints(
    `SELECT DISTINCT m.fingerprint FROM incident_members m JOIN incidents i ON i.seq = m.incident JOIN cards c ON c.incident_id = i.id
     WHERE c.view = 'card' AND c.ref_ts IS NOT NULL`,
  );
  const held = fingerprints(
    `SELECT DISTINCT m.fingerprint FROM incident_members m JOIN incidents i ON i.seq = m.incident JOIN cards c ON c.incident_id = i.id
     JOIN canopies k ON k.storm_id = c.storm_id WHERE c.held = 1 AND k.ref_ts IS NOT NULL`,
  );
  db.close();
  let [told, muted, underCanopy, untold] = [0, 0, 0, 0];
  for (const alert of world.app.dispatcher.alerts(clock.now())) {
    if (standing.has(alert.fingerprint)) told += 1;
    else if (held.has(alert.fingerprint)) underCanopy += 1;
    else if (world.app.dispatcher.mutesOf(alert, clock.now()).length > 0) muted += 1;
    else untold += 1;
  }
  return { told, muted, underCanopy, untold };
}
