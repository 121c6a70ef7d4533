import type { Context } from '../context.ts';
import type { Tier } from '../limiter.ts';
import type { Channel, User } from '../model.ts';
import { type JsonObject, problemText } from '../strict/check.ts';
import type { Refusal } from '../strict/message.ts';

/** Ends a call with `ok: false`. */
export class ApiError extends Error {
  readonly code: string;
  readonly extra: JsonObject;

  constructor(code: string, extra: JsonObject = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** A refusal in Slack's shape: `errors` and `response_metadata.messages` name each place. */
export function refused(refusal: Refusal): ApiError {
  const texts = refusal.problems.map(problemText);
  if (texts.length === 0) return new ApiError(refusal.error);
  return new ApiError(refusal.error, {
    errors: texts,
    response_metadata: { messages: texts.map((text) => `[ERROR] ${text}`) },
  });
}

export interface Method {
  readonly tier: Tier;
  /** Which token may call it. */
  readonly token: 'bot' | 'app';
  /** Scopes of which the app needs one; depends on arguments where channels come in several kinds. */
  readonly scopes?: (call: Call) => readonly string[];
  /** Returns the body beside `ok: true`; throws ApiError to refuse. */
  readonly run: (call: Call) => JsonObject;
}

/** One Web API call: its arguments as Slack reads them, whatever the encoding. */
export class Call {
  readonly context: Context;
  readonly args: JsonObject;
  /** For the traffic log: what works here and would hurt elsewhere. */
  readonly warnings: string[] = [];

  constructor(context: Context, args: JsonObject) {
    this.context = context;
    this.args = args;
  }

  text(name: string): string {
    const value = this.args[name];
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === '') {
      const message = `missing required field: ${name}`;
      throw new ApiError('invalid_arguments', { response_metadata: { messages: [`[ERROR] ${message}`] } });
    }
    return value;
  }

  has(name: string): boolean {
    return this.args[name] !== undefined && this.args[name] !== null && this.args[name] !== '';
  }

  flag(name: string): boolean {
    const value = this.args[name];
    return value === true || value === 'true' || value === '1' || value === 1;
  }

  integer(name: string, otherwise: number): number {
    const value = Number(this.args[name]);
    return this.has(name) && Number.isInteger(value) ? value : otherwise;
  }

  /** A structured argument: JSON text in forms, the thing itself in JSON bodies. Throws `formatError` on bad JSON. */
  structured(name: string, formatError: string): unknown {
    const value = this.args[name];
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new ApiError(formatError);
    }
  }

  /** Comma-separated text, JSON array text, or an array. */
  names(name: string): string[] {
    const value = this.args[name];
    if (Array.isArray(value)) return value.map(String);
    const text = this.text(name).trim();
    if (text.startsWith('[')) {
      const parsed = this.structured(name, 'invalid_arguments');
      return Array.isArray(parsed) ? parsed.map(String) : [];
    }
    return text === '' ? [] : text.split(',').map((part) => part.trim());
  }

  /** A channel by id, or by name where the method allows names; a user id opens the direct messages where `opensIm`. */
  channel(name = 'channel', allow: { readonly names?: boolean; readonly opensIm?: boolean } = {}): Channel {
    const reference = this.required(name);
    const { state } = this.context;
    const byId = state.channels.get(reference);
    const found = byId ?? (allow.names === true ? state.findChannel(reference) : undefined);
    if (found && this.#sees(found)) return found;
    if (allow.opensIm === true && /^[UW]/.test(reference)) {
      const user = state.users.get(reference);
      if (user && !user.deleted && !user.bot) return state.directChannel(user.id);
    }
    throw new ApiError('channel_not_found');
  }

  user(name = 'user'): User {
    const user = this.context.state.users.get(this.required(name));
    if (!user) throw new ApiError('user_not_found');
    return user;
  }

  /** Slices a list by `limit` and `cursor`, and returns Slack's `response_metadata`. */
  page<T>(all: readonly T[], fallback: number, max: number): { readonly items: T[]; readonly meta: JsonObject } {
    const limit = Math.min(this.integer('limit', fallback), max);
    if (limit < 1) throw new ApiError('invalid_limit');
    const start = decodeCursor(this.text('cursor'));
    const items = all.slice(start, start + limit);
    const next = start + limit < all.length ? encodeCursor(start + limit) : '';
    return { items, meta: { next_cursor: next } };
  }

  #sees(channel: Channel): boolean {
    return channel.kind === 'public' || channel.members.has(this.context.state.identity.botUserId);
  }
}

function encodeCursor(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64');
}

function decodeCursor(cursor: string): number {
  if (cursor === '') return 0;
  const match = /^offset:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString());
  if (!match) throw new ApiError('invalid_cursor');
  return Number(match[1]);
}

/** The scope of a family for one kind of channel: `channels:history`, `groups:history`, `im:history`, `mpim:history`. */
export function scopeByKind(call: Call, family: string, argument = 'channel'): readonly string[] {
  const reference = call.text(argument);
  const channel = call.context.state.findChannel(reference);
  const prefixes = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' } as const;
  return [`${channel ? prefixes[channel.kind] : 'channels'}:${family}`];
}
