import type { MessageRef } from '../incident/card.ts';
import type { SlackStanding, SlackUser } from '../people/person.ts';

/** Slack's answer, read field by field. */
export type Answer = Readonly<Record<string, unknown>>;

/** Says, in a message's metadata, which card or outbox row it is: readable by other apps, so never a secret. */
export interface MessageMark {
  readonly type: 'watchroom_card' | 'watchroom_line';
  readonly id: string;
}

/** A message of ours found again by its metadata. */
export interface MarkedMessage {
  readonly ref: MessageRef;
  readonly mark: MessageMark;
}

export function refOf(answer: Answer): MessageRef | undefined {
  const channel = filled(answer['channel']);
  const ts = filled(answer['ts']);
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

/** undefined where the answer has no messages at all: that is not the same as none. */
export function markedIn(channel: string, answer: Answer): MarkedMessage[] | undefined {
  return listed(answer, 'messages')?.flatMap((message) => {
    const metadata = record(record(message)['metadata']);
    const type = metadata['event_type'];
    const id = filled(record(metadata['event_payload'])['id']);
    const ts = filled(record(message)['ts']);
    if ((type !== 'watchroom_card' && type !== 'watchroom_line') || id === undefined || ts === undefined) return [];
    return [{ ref: { channel, ts }, mark: { type, id } }];
  });
}

/** A user group with the ids of its members. */
export interface SlackUserGroup {
  readonly id: string;
  /** Without `@`. */
  readonly handle: string;
  readonly users: readonly string[];
}

/** undefined where the answer has no list of groups: nobody must lose a right to an answer that was cut short. */
export function groupsIn(answer: Answer): SlackUserGroup[] | undefined {
  return listed(answer, 'usergroups')
    ?.map(record)
    .map((group) => ({
      id: text(group['id']),
      handle: text(group['handle']),
      users: list(group['users']).filter((user): user is string => typeof user === 'string'),
    }));
}

/** A Slack account as the directory keeps it. */
export function userIn(user: Answer): SlackUser | undefined {
  const id = filled(user['id']);
  if (id === undefined) return undefined;
  const profile = record(user['profile']);
  const email = filled(profile['email']);
  const zone = filled(user['tz']);
  return {
    id,
    name: filled(profile['display_name']) ?? filled(user['real_name']) ?? filled(user['name']) ?? id,
    ...(email === undefined ? {} : { email }),
    ...(zone === undefined ? {} : { zone }),
    standing: standingOf(user),
  };
}

function standingOf(user: Answer): SlackStanding {
  if (user['deleted'] === true) return 'gone';
  if (user['is_bot'] === true) return 'bot';
  if (user['is_stranger'] === true) return 'stranger';
  if (user['is_restricted'] === true || user['is_ultra_restricted'] === true) return 'guest';
  return 'member';
}

/**
 * The answer of `dnd.info`. `dnd_enabled` only says that there are quiet hours at all (they begin at `next_dnd_start_ts`, which is
 * past while they last); a snooze is on from now until it ends.
 */
export function quietTimeIn(answer: Answer): { readonly from: number; readonly until: number } {
  if (answer['snooze_enabled'] === true) return { from: 0, until: 1000 * number(answer['snooze_endtime']) };
  if (answer['dnd_enabled'] !== true) return { from: 0, until: 0 };
  return { from: 1000 * number(answer['next_dnd_start_ts']), until: 1000 * number(answer['next_dnd_end_ts']) };
}

export function scopesOf(answer: Answer): readonly string[] {
  const scopes = record(answer['response_metadata'])['scopes'];
  return Array.isArray(scopes) ? scopes.filter((scope): scope is string => typeof scope === 'string') : [];
}

export function nextCursor(answer: Answer): string {
  return text(record(answer['response_metadata'])['next_cursor']);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A list that must be there; undefined where it is not. */
export function listed(answer: Answer, key: string): readonly unknown[] | undefined {
  return Array.isArray(answer[key]) ? list(answer[key]) : undefined;
}

export function record(value: unknown): Answer {
  return typeof value === 'object' && value !== null ? (value as Answer) : {};
}

export function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
