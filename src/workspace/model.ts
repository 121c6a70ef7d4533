import type { JsonObject } from './strict/check.ts';

/** What the workspace holds, in Slack's words. Times are epoch milliseconds unless a name says `ts` (Slack's `seconds.micros`). */

export interface SeedUser {
  /** `U…`. */
  readonly id: string;
  /** Display name; the handle is its lower case. */
  readonly name: string;
  readonly realName?: string;
  readonly email?: string;
  /** IANA zone; default Asia/Kolkata. */
  readonly tz?: string;
  readonly admin?: boolean;
  /** A guest of a single channel. */
  readonly guest?: boolean;
  readonly deleted?: boolean;
  /** Do Not Disturb from and to, epoch ms; absent = never. */
  readonly dnd?: { readonly from: number; readonly to: number };
}

export interface SeedChannel {
  /** `C…`. */
  readonly id: string;
  /** Without `#`. */
  readonly name: string;
  readonly private?: boolean;
  readonly archived?: boolean;
  /** User ids; default everyone. */
  readonly members?: readonly string[];
  /** Whether the bot is a member; default true. */
  readonly botIsMember?: boolean;
  readonly topic?: string;
}

export interface SeedUsergroup {
  /** `S…`. */
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly users: readonly string[];
}

export interface User {
  readonly id: string;
  readonly handle: string;
  readonly displayName: string;
  readonly realName: string;
  readonly email: string;
  readonly tz: string;
  readonly admin: boolean;
  readonly guest: boolean;
  readonly bot: boolean;
  deleted: boolean;
  dnd: { readonly from: number; readonly to: number } | undefined;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im' | 'mpim';
  readonly created: number;
  readonly members: Set<string>;
  archived: boolean;
  topic: string;
}

export interface Usergroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  users: readonly string[];
  updated: number;
}

export interface Reaction {
  readonly name: string;
  readonly users: readonly string[];
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly size: number;
  readonly created: number;
  readonly user: string;
  /** Undefined until uploaded. */
  readonly bytes: Buffer | undefined;
  readonly channels: readonly string[];
  readonly completed: boolean;
}

/** A message as stored. Replaced, never changed in place, so that a reader keeps what it read. */
export interface Message {
  readonly ts: string;
  readonly channel: string;
  /** Author: a user id, the bot's included. */
  readonly user: string;
  readonly fromBot: boolean;
  readonly username?: string;
  readonly iconEmoji?: string;
  readonly text: string;
  readonly blocks?: readonly JsonObject[];
  readonly attachments?: readonly JsonObject[];
  readonly metadata?: JsonObject;
  readonly files?: readonly string[];
  readonly threadTs?: string;
  /** A thread reply that also stands in the channel. */
  readonly broadcast?: boolean;
  readonly edited?: { readonly user: string; readonly ts: string };
  readonly reactions: readonly Reaction[];
  /** Parent only. */
  readonly replies?: { readonly count: number; readonly users: readonly string[]; readonly latest: string };
  /** Set on ephemerals: the only reader. */
  readonly onlyFor?: string;
  /** Counts every change; readers use it to see what is newer. */
  readonly revision: number;
}

/** State of interactive elements: block_id → action_id → Slack's state value. */
export type StateValues = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

export interface View {
  readonly id: string;
  readonly type: 'modal' | 'home';
  readonly user: string;
  readonly hash: string;
  readonly callbackId: string;
  readonly externalId: string;
  readonly privateMetadata: string;
  readonly title?: JsonObject;
  readonly submit?: JsonObject;
  readonly close?: JsonObject;
  readonly blocks: readonly JsonObject[];
  readonly clearOnClose: boolean;
  readonly notifyOnClose: boolean;
  readonly values: StateValues;
  readonly rootId: string;
  readonly previousId?: string;
}

export interface ScheduledMessage {
  readonly id: string;
  readonly channel: string;
  /** Epoch seconds. */
  readonly postAt: number;
  readonly text: string;
  readonly blocks?: readonly JsonObject[];
  readonly attachments?: readonly JsonObject[];
  readonly metadata?: JsonObject;
  readonly threadTs?: string;
  readonly created: number;
}

/** The app under test, as its manifest and its bot user describe it. */
export interface Identity {
  readonly teamId: string;
  readonly teamName: string;
  readonly teamDomain: string;
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly botName: string;
}

/** What happened, for the page's live feed and for listeners in tests. */
export type Change =
  | { readonly kind: 'message'; readonly what: 'posted' | 'changed' | 'deleted'; readonly message: Message }
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'view'; readonly user: string }
  | { readonly kind: 'home'; readonly user: string }
  | { readonly kind: 'traffic'; readonly id: number; readonly verdict: 'accepted' | 'warned' | 'refused' }
  | { readonly kind: 'connection' }
  | { readonly kind: 'notice'; readonly user: string; readonly level: 'info' | 'error'; readonly text: string }
  | { readonly kind: 'reset' };
