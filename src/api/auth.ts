import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { UserError } from '../errors.ts';

/** What a token may do. `admin` may do everything. */
export const SCOPES = [
  'read',
  'alerts:write',
  'silences:write',
  'incidents:write',
  'oncall:write',
  'people:write',
  'push:write',
  'gate:read',
  'gate:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What a route asks for; `open` asks for nothing (health checks, signed requests). */
export type Needs = Scope | 'open';

/** Who sent a request. `local`: no token, and none is needed here. `unknown`: at an open door, without a token that is good. */
export type Caller =
  | { readonly kind: 'token'; readonly name: string; readonly scopes: readonly Scope[] }
  | { readonly kind: 'local' }
  | { readonly kind: 'unknown' };

export type Admission =
  | { readonly kind: 'admitted'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly code: 'unauthorized' | 'forbidden'; readonly message: string };

export interface Auth {
  /** @param authorization the request's header of that name */
  admit(authorization: string | undefined, needs: Needs): Admission;
}

export interface AuthSettings {
  /** The address that is listened on. */
  readonly host: string;
  readonly tokens: readonly { readonly name: string; readonly token: string; readonly scopes: readonly string[] }[];
  /** Nobody needs a token, whatever the address. */
  readonly anonymous: boolean;
}

const SHORTEST_TOKEN = 16;

/** An address that only this machine can reach. A name other than localhost is not: it may resolve to anything. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Decides who may come in. Tokens are kept as SHA-256 and compared in constant time. Where no token is needed a good one still gives
 * its bearer a name, and a wrong one is refused: somebody believes to be somebody.
 * @throws UserError `invalid_auth`: an address others can reach without any token, a token too short to be one, an unknown scope
 */
export function createAuth(settings: AuthSettings): Auth {
  const needed = !isLoopback(settings.host) && !settings.anonymous;
  if (needed && settings.tokens.length === 0) {
    throw new UserError(
      'invalid_auth',
      `http.listen: ${settings.host} can be reached from other machines, and nobody would need a token: configure auth.tokens, or allow it with auth: { anonymous: true }`,
    );
  }
  const tokens = settings.tokens.map(({ name, token, scopes }) => {
    if (token.length < SHORTEST_TOKEN) {
      throw new UserError('invalid_auth', `auth.tokens: ${name}: a token has at least ${SHORTEST_TOKEN} characters`);
    }
    return { name, digest: digestOf(token), scopes: scopes.map((scope) => scopeOf(name, scope)) };
  });
  const callerOf = (authorization: string): Caller | undefined => {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    // No early end: how long it takes must not tell which token was near.
    const found = tokens.filter((known) => timingSafeEqual(known.digest, digest));
    const [first] = found;
    return first && { kind: 'token', name: first.name, scopes: first.scopes };
  };
  return {
    admit(authorization, needs) {
      const presented = authorization !== undefined && (needed || tokens.length > 0);
      const caller = presented ? callerOf(authorization) : undefined;
      if (needs === 'open') return { kind: 'admitted', caller: caller ?? { kind: needed ? 'unknown' : 'local' } };
      if (presented && !caller) return { kind: 'refused', code: 'unauthorized', message: 'this token is not known' };
      if (!caller) {
        if (!needed) return { kind: 'admitted', caller: { kind: 'local' } };
        return { kind: 'refused', code: 'unauthorized', message: 'a token is needed: Authorization: Bearer TOKEN' };
      }
      if (caller.kind === 'token' && !caller.scopes.includes(needs) && !caller.scopes.includes('admin')) {
        return { kind: 'refused', code: 'forbidden', message: `the token ${caller.name} lacks the scope ${needs}` };
      }
      return { kind: 'admitted', caller };
    },
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function scopeOf(token: string, scope: string): Scope {
  const known = SCOPES.find((name) => name === scope);
  if (known) return known;
  throw new UserError('invalid_auth', `auth.tokens: ${token}: unknown scope ${scope}; there are ${SCOPES.join(', ')}`);
}
