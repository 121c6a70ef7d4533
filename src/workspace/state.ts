import { randomBytes } from 'node:crypto';
import type {
  Change,
  Channel,
  Identity,
  Message,
  ScheduledMessage,
  SeedChannel,
  SeedUser,
  SeedUsergroup,
  StateValues,
  StoredFile,
  User,
  Usergroup,
  View,
} from './model.ts';

export interface Seed {
  readonly users: readonly SeedUser[];
  readonly channels: readonly SeedChannel[];
  readonly usergroups: readonly SeedUsergroup[];
}

/** A message before the workspace gives it its place in time. */
export type NewMessage = Omit<Message, 'ts' | 'reactions' | 'revision'>;

/** Everything the workspace knows, in memory. Every write announces itself to the listeners. */
export class WorkspaceState {
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly usergroups = new Map<string, Usergroup>();
  readonly files = new Map<string, StoredFile>();
  readonly scheduled = new Map<string, ScheduledMessage>();
  readonly views = new Map<string, View>();
  readonly homes = new Map<string, View>();
  /** Modal stacks by user, bottom first. */
  readonly stacks = new Map<string, string[]>();
  /** Element state of messages, by `user channel ts`. */
  readonly messageValues = new Map<string, StateValues>();
  readonly identity: Identity;
  readonly now: () => number;
  readonly #seed: Seed;
  readonly #listeners = new Set<(change: Change) => void>();
  /** Per channel in the order of ts; ephemerals included. */
  readonly #messages = new Map<string, Message[]>();
  #lastMicros = 0;
  #revision = 0;
  #serial = 0;

  constructor(identity: Identity, seed: Seed, now: () => number) {
    this.identity = identity;
    this.now = now;
    this.#seed = seed;
    this.#plant();
  }

  /** Back to the seed. Listeners stay. */
  reset(): void {
    for (const map of [this.users, this.channels, this.usergroups, this.files, this.scheduled, this.views, this.homes])
      map.clear();
    this.stacks.clear();
    this.messageValues.clear();
    this.#messages.clear();
    this.#plant();
    this.announce({ kind: 'reset' });
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Unique and increasing even when the clock stands still or goes back. */
  nextTs(): string {
    this.#lastMicros = Math.max(this.now() * 1000, this.#lastMicros + 1);
    const micros = Math.round(this.#lastMicros);
    return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
  }

  /** A fresh id with Slack's letter in front. */
  nextId(letter: string): string {
    this.#serial += 1;
    return `${letter}${this.#serial.toString(36).toUpperCase().padStart(4, '0')}${randomBytes(3).toString('hex').toUpperCase()}`;
  }

  post(draft: NewMessage): Message {
    const message: Message = { ...draft, ts: this.nextTs(), reactions: [], revision: this.#nextRevision() };
    this.#list(message.channel).push(message);
    if (message.threadTs !== undefined && message.onlyFor === undefined) this.#countReply(message);
    this.announce({ kind: 'message', what: 'posted', message });
    return message;
  }

  change(
    message: Message,
    next: Partial<NewMessage> & { readonly reactions?: Message['reactions']; readonly edited?: Message['edited'] },
  ): Message {
    const list = this.#list(message.channel);
    const changed: Message = { ...message, ...next, revision: this.#nextRevision() };
    list[this.#indexOf(list, message.ts)] = changed;
    this.announce({ kind: 'message', what: 'changed', message: changed });
    return changed;
  }

  /** Replaces as a whole: fields absent from `next` are gone. */
  replace(next: Message): Message {
    return this.change(next, {});
  }

  remove(message: Message): void {
    const list = this.#list(message.channel);
    const index = this.#indexOf(list, message.ts);
    if (index >= 0) list.splice(index, 1);
    if (message.threadTs !== undefined) this.#recount(message.channel, message.threadTs);
    this.announce({ kind: 'message', what: 'deleted', message });
  }

  /** A message that everyone in the channel can see. */
  message(channel: string, ts: string): Message | undefined {
    const found = this.#find(channel, ts);
    return found?.onlyFor === undefined ? found : undefined;
  }

  ephemeral(channel: string, ts: string): Message | undefined {
    const found = this.#find(channel, ts);
    return found?.onlyFor === undefined ? undefined : found;
  }

  /** Oldest first, replies and ephemerals included. */
  allMessages(channel: string): readonly Message[] {
    return this.#messages.get(channel) ?? [];
  }

  /** Oldest first: what stands in the channel itself for this reader. */
  channelMessages(channel: string, reader?: string): Message[] {
    return this.allMessages(channel).filter(
      (m) =>
        (m.threadTs === undefined || m.threadTs === m.ts || m.broadcast === true) &&
        (m.onlyFor === undefined || m.onlyFor === reader),
    );
  }

  /** The parent first, then replies, oldest first. */
  threadMessages(channel: string, parentTs: string, reader?: string): Message[] {
    return this.allMessages(channel).filter(
      (m) => (m.ts === parentTs || m.threadTs === parentTs) && (m.onlyFor === undefined || m.onlyFor === reader),
    );
  }

  /** The direct-message channel between a user and the bot, made at first need. */
  directChannel(user: string): Channel {
    const id = `D0${user.slice(1)}`;
    const known = this.channels.get(id);
    if (known) return known;
    const members = new Set([user, this.identity.botUserId]);
    const channel: Channel = { id, name: '', kind: 'im', created: this.now(), members, archived: false, topic: '' };
    this.channels.set(id, channel);
    this.announce({ kind: 'channel', channel: id });
    return channel;
  }

  addChannel(channel: Channel): void {
    this.channels.set(channel.id, channel);
    this.announce({ kind: 'channel', channel: channel.id });
  }

  /** Accepts an id or a name, with or without `#`. */
  findChannel(reference: string): Channel | undefined {
    const byId = this.channels.get(reference);
    if (byId) return byId;
    const name = reference.replace(/^#/, '');
    return [...this.channels.values()].find((channel) => channel.name !== '' && channel.name === name);
  }

  #plant(): void {
    const { identity } = this;
    for (const seed of this.#seed.users) this.users.set(seed.id, userFrom(seed));
    this.users.set(identity.botUserId, {
      ...userFrom({ id: identity.botUserId, name: identity.botName, tz: 'Etc/UTC' }),
      bot: true,
    });
    const everyone = this.#seed.users.filter((user) => user.guest !== true).map((user) => user.id);
    for (const seed of this.#seed.channels) {
      const members = new Set(seed.members ?? everyone);
      if (seed.botIsMember !== false) members.add(identity.botUserId);
      const kind = seed.private === true ? 'private' : 'public';
      const { id, name } = seed;
      this.channels.set(id, {
        id,
        name,
        kind,
        members,
        created: this.now(),
        archived: seed.archived === true,
        topic: seed.topic ?? '',
      });
    }
    for (const group of this.#seed.usergroups) this.usergroups.set(group.id, { ...group, updated: this.now() });
  }

  #list(channel: string): Message[] {
    const list = this.#messages.get(channel) ?? [];
    this.#messages.set(channel, list);
    return list;
  }

  #find(channel: string, ts: string): Message | undefined {
    const list = this.#messages.get(channel) ?? [];
    return list[this.#indexOf(list, ts)];
  }

  /** Lists are in the order of ts, so a binary search finds the place. */
  #indexOf(list: readonly Message[], ts: string): number {
    let low = 0;
    let high = list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = list[middle]?.ts ?? '';
      if (at === ts) return middle;
      if (compareTs(at, ts) < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #countReply(reply: Message): void {
    const parent = reply.threadTs === undefined ? undefined : this.#find(reply.channel, reply.threadTs);
    if (!parent) return;
    const users = [...new Set([...(parent.replies?.users ?? []), reply.user])];
    const replies = { count: (parent.replies?.count ?? 0) + 1, users, latest: reply.ts };
    this.change(parent, { replies, threadTs: parent.ts });
  }

  #recount(channel: string, parentTs: string): void {
    const parent = this.#find(channel, parentTs);
    if (!parent) return;
    const rest = this.threadMessages(channel, parentTs).filter((m) => m.ts !== parentTs);
    const users = [...new Set(rest.map((m) => m.user))];
    this.change(parent, { replies: { count: rest.length, users, latest: rest.at(-1)?.ts ?? parentTs } });
  }

  #nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }
}

/** Slack compares ts as numbers of microseconds; as text they have equal width until 2286. */
export function compareTs(a: string, b: string): number {
  if (a === b) return 0;
  return Number(a) < Number(b) ? -1 : 1;
}

function userFrom(seed: SeedUser): User {
  return {
    id: seed.id,
    handle: seed.name.toLowerCase().replace(/[^a-z0-9._-]+/g, '.'),
    displayName: seed.name,
    realName: seed.realName ?? seed.name,
    email: seed.email ?? '',
    tz: seed.tz ?? 'Asia/Kolkata',
    admin: seed.admin === true,
    guest: seed.guest === true,
    bot: false,
    deleted: seed.deleted === true,
    dnd: seed.dnd,
  };
}
