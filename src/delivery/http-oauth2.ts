import { systemClock } from '../time/clock.ts';
import type { HttpOutcome, HttpRequest } from './http.ts';
import type { HttpClient } from './http-tunnel.ts';

/** Prometheus' `oauth2`, its secret read: the client credentials grant (RFC 6749 §4.4). */
export interface Oauth2 {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly endpointParams: ReadonlyMap<string, string>;
  readonly client: HttpClient;
}

/** How a request is made; handed in, because asking for a token is a request as well. */
type Ask = (request: HttpRequest) => Promise<HttpOutcome>;

/** A token is renewed so long before its end that a request under way does not lose it. */
const EARLY_MS = 10_000;
/** Of a token that names no end. */
const USUAL_LIFE_MS = 300_000;
const MOST_TOKENS = 100;

const tokens = new Map<string, { readonly token: string; readonly until: number }>();

/** A token that is good now, or why there is none. */
export async function tokenFor(
  oauth2: Oauth2,
  request: Pick<HttpRequest, 'signal' | 'secrets'>,
  ask: Ask,
): Promise<{ readonly token: string; readonly isFresh: boolean } | { readonly reason: string }> {
  const key = keyOf(oauth2);
  const now = systemClock.now();
  const known = tokens.get(key);
  if (known && now < known.until && known.until - now <= LONGEST_LIFE_MS) return { token: known.token, isFresh: false };
  tokens.delete(key);
  // As Go's client: by Basic first, and as fields for servers that only know those.
  let reason = '';
  for (const style of ['basic', 'fields'] as const) {
    const outcome = await ask(tokenRequest(oauth2, style, request));
    const read = readToken(outcome);
    if ('token' in read) {
      if (tokens.size >= MOST_TOKENS) tokens.clear();
      tokens.set(key, { token: read.token, until: now + Math.min(LONGEST_LIFE_MS, read.lifeMs) - EARLY_MS });
      return { token: read.token, isFresh: true };
    }
    reason = read.reason;
    if (outcome.kind !== 'response' || (outcome.status !== 400 && outcome.status !== 401)) break;
  }
  return { reason: `no OAuth2 token: ${reason}` };
}

const LONGEST_LIFE_MS = 86_400_000;

/** The token was refused: the next request asks for another. */
export function forgetToken(oauth2: Oauth2): void {
  tokens.delete(keyOf(oauth2));
}

function keyOf({ clientId, clientSecret, tokenUrl, scopes, endpointParams }: Oauth2): string {
  return JSON.stringify([tokenUrl, clientId, clientSecret, scopes, [...endpointParams]]);
}

function tokenRequest(
  { clientId, clientSecret, tokenUrl, scopes, endpointParams, client }: Oauth2,
  style: 'basic' | 'fields',
  { signal, secrets }: Pick<HttpRequest, 'signal' | 'secrets'>,
): HttpRequest {
  const fields = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(style === 'fields' ? { client_id: clientId, client_secret: clientSecret } : {}),
  });
  for (const [name, value] of endpointParams) fields.set(name, value);
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const basic = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  return {
    method: 'POST',
    url: tokenUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(style === 'basic' ? basic : {}) },
    body: fields.toString(),
    signal,
    secrets: [...secrets, clientSecret],
    client,
  };
}

function readToken(outcome: HttpOutcome): { token: string; lifeMs: number } | { reason: string } {
  if (outcome.kind !== 'response') return { reason: outcome.reason };
  if (outcome.status !== 200) return { reason: `HTTP ${outcome.status}` };
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(outcome.body) as Record<string, unknown>;
    if (typeof token !== 'string' || token === '') return { reason: 'an answer without a token' };
    const lifeMs = Number(seconds) * 1000;
    return { token, lifeMs: lifeMs > 0 ? lifeMs : USUAL_LIFE_MS };
  } catch {
    return { reason: 'an answer that is no JSON' };
  }
}
