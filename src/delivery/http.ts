import { lookup as resolve } from 'node:dns';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { DEADLINE, withDeadline } from '../time/deadline.ts';
import { forgetToken, type Oauth2, tokenFor } from './http-oauth2.ts';
import { type HttpClient, type RequestSettings, withRequest } from './http-tunnel.ts';

export const LARGEST_REQUEST_BYTES = 8 * 1024 * 1024;
const LARGEST_RESPONSE_BYTES = 64 * 1024;
const LONGEST_DEADLINE_MS = 10_000;
const MOST_REDIRECTS = 5;
/**
 * A connection serves the next message of a burst, and is given up long before servers close idle ones (5 s and more): one that the
 * other side closes at the moment of writing would make the failure ambiguous.
 */
const REUSE = { keepAlive: true, timeout: 1000, maxFreeSockets: 8, scheduling: 'lifo' } as const;
const CONNECTIONS = { 'http:': new HttpAgent(REUSE), 'https:': new HttpsAgent(REUSE) } as const;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the configuration only; never one that came in by an alert. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The courier's; ends the request early. */
  readonly signal: AbortSignal;
  /** Real time for everything: look-up, connection, writing, answer. 10 s where absent, never more. */
  readonly deadlineMs?: number;
  /** Texts that must appear in no reason: keys, tokens, the path of a webhook. */
  readonly secrets: readonly string[];
  /** A receiver's own way: TLS, proxy, redirects. */
  readonly client?: HttpClient;
  /** Whose token the request bears; asked for where none is known. */
  readonly oauth2?: Oauth2;
  /** The system's where absent. */
  readonly resolver?: typeof resolve;
}

export type HttpOutcome =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Lower-case names. */
      readonly headers: ReadonlyMap<string, string>;
      /** At most 64 KiB of it. */
      readonly body: string;
    }
  /** No whole answer. `ambiguous` once the request was handed to the network in full: it may have taken effect. */
  | { readonly kind: 'failed'; readonly reason: string; readonly ambiguous: boolean }
  /** The request may not be made at all: a bad address, a forbidden network, a body beyond the limit. */
  | { readonly kind: 'refused'; readonly reason: string; readonly scope: 'content' | 'destination' };

/**
 * Networks that no notification goes to, whatever the configuration says: unspecified, link-local (with the cloud metadata
 * services), multicast and reserved ones. Loopback and private ones are ordinary places for a webhook.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('0.0.0.0', 8, 'ipv4');
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('224.0.0.0', 3, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('::', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');

export function isForbiddenAddress(address: string): boolean {
  const known = judged.get(address);
  if (known !== undefined) return known;
  const isForbidden = isListed(address);
  if (judged.size >= MOST_JUDGED) judged.clear();
  judged.set(address, isForbidden);
  return isForbidden;
}

const MOST_JUDGED = 1000;
/** A block list makes an object of its own for every question. */
const judged = new Map<string, boolean>();

function isListed(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return FORBIDDEN.check(address, 'ipv4');
  // BlockList sees the IPv4 address inside ::ffff:a.b.c.d by itself.
  return version === 6 && FORBIDDEN.check(address, 'ipv6');
}

/**
 * A look-up that gives only addresses that may be called. The connection is made to what was checked, so that a second look-up
 * cannot give another answer.
 */
export function guarded(resolver: typeof resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolver(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '');
        return;
      }
      const allowed = addresses.filter(({ address }) => !isForbiddenAddress(address));
      const [first] = allowed;
      if (!first) callback(Object.assign(new Error('forbidden address'), { code: 'EFORBIDDEN' }), '');
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** One outgoing request. Redirects are not followed: a 3xx is an ordinary response. Never rejects. */
export async function httpRequest(options: HttpRequest): Promise<HttpOutcome> {
  const deadlineMs = Math.max(1, Math.min(LONGEST_DEADLINE_MS, options.deadlineMs ?? LONGEST_DEADLINE_MS));
  const outcome = await withDeadline(deadlineMs, (signal) => authorized({ ...options, signal }), options.signal);
  return outcome === DEADLINE ? { kind: 'failed', reason: 'no answer in time', ambiguous: true } : outcome;
}

async function authorized(options: HttpRequest): Promise<HttpOutcome> {
  const { oauth2, headers, secrets } = options;
  if (!oauth2) return await follow(options);
  for (;;) {
    const found = await tokenFor(oauth2, options, follow);
    if ('reason' in found) return { kind: 'failed', reason: redact(found.reason, secrets), ambiguous: false };
    const outcome = await follow({
      ...options,
      headers: { ...headers, authorization: `Bearer ${found.token}` },
      secrets: [...secrets, found.token],
    });
    if (outcome.kind !== 'response' || outcome.status !== 401) return outcome;
    // One that was taken back before its end; a new one gets one chance.
    forgetToken(oauth2);
    if (found.isFresh) return outcome;
  }
}

async function follow(options: HttpRequest): Promise<HttpOutcome> {
  let { url } = options;
  for (let hops = 0; ; hops += 1) {
    const outcome = await attempt({ ...options, url });
    const next =
      options.client?.followRedirects === true && hops < MOST_REDIRECTS ? redirectOf(outcome, url) : undefined;
    if (next === undefined) return outcome;
    url = next;
  }
}

/** Only what repeats the request at the same host, and never without TLS what was sent with it. */
function redirectOf(outcome: HttpOutcome, from: string): string | undefined {
  if (outcome.kind !== 'response' || (outcome.status !== 307 && outcome.status !== 308)) return undefined;
  const location = outcome.headers.get('location');
  if (location === undefined || !URL.canParse(location, from)) return undefined;
  const [before, after] = [new URL(from), new URL(location, from)];
  const isSafer = after.protocol === before.protocol || after.protocol === 'https:';
  return after.hostname === before.hostname && isSafer ? after.href : undefined;
}

async function attempt(options: HttpRequest): Promise<HttpOutcome> {
  const url = urlOf(options.url);
  if (!url || !isWeb(url)) return { kind: 'refused', scope: 'destination', reason: 'not an http(s) address' };
  if (isForbiddenAddress(url.hostname.replace(/^\[|\]$/g, '')))
    return { kind: 'refused', scope: 'destination', reason: 'forbidden address' };
  const size = Buffer.byteLength(options.body);
  if (size > LARGEST_REQUEST_BYTES)
    return { kind: 'refused', scope: 'content', reason: `${size} bytes, more than ${LARGEST_REQUEST_BYTES}` };
  const settings: RequestSettings = {
    method: options.method,
    headers: { 'user-agent': 'watchroom', ...options.headers, 'content-length': size },
    agent: CONNECTIONS[url.protocol],
    lookup: guarded(options.resolver ?? resolve),
    signal: options.signal,
  };
  try {
    return await withRequest(url, settings, options.client, (request) => answerTo(request, options));
  } catch (error) {
    const reason = redact(describe(error), options.secrets);
    if (codeOf(error) === 'EFORBIDDEN') return { kind: 'refused', scope: 'destination', reason: 'forbidden address' };
    // A tunnel, or a certificate that can be read, may be had later; header values that HTTP does not allow never.
    return /^ERR_(?:INVALID|HTTP_INVALID|UNESCAPED)/.test(codeOf(error))
      ? { kind: 'refused', scope: 'destination', reason }
      : { kind: 'failed', reason: options.signal.aborted ? 'no answer in time' : reason, ambiguous: false };
  }
}

/** undefined where the text is no absolute address. */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function isWeb(url: URL): url is URL & { readonly protocol: keyof typeof CONNECTIONS } {
  return url.protocol in CONNECTIONS;
}

async function answerTo(request: ClientRequest, options: HttpRequest): Promise<HttpOutcome> {
  let written = false;
  // What was written before the handshake waits on our side.
  let reached = false;
  const failed = (error: unknown): HttpOutcome => {
    if (codeOf(error) === 'EFORBIDDEN') return { kind: 'refused', scope: 'destination', reason: 'forbidden address' };
    const what = options.signal.aborted ? 'no answer in time' : describe(error);
    const ambiguous = written && reached;
    const reason = redact(ambiguous ? `${what} (after the request was written)` : what, options.secrets);
    return { kind: 'failed', reason, ambiguous };
  };
  // Node's own `signal` option watches the request as a stream, which costs a fifth of it.
  const giveUp = (): void => void request.destroy(new Error('aborted'));
  options.signal.addEventListener('abort', giveUp);
  if (options.signal.aborted) giveUp();
  const outcome = new Promise<HttpOutcome>((resolvePromise) => {
    request.on('finish', () => {
      written = true;
    });
    request.on('socket', (socket) => {
      reached = request.reusedSocket;
      if (reached) return;
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
        reached = true;
      });
    });
    request.on('error', (error) => resolvePromise(failed(error)));
    request.on('response', (response) => {
      void bodyOf(response).then(
        (body) =>
          resolvePromise({
            kind: 'response',
            status: response.statusCode ?? 0,
            headers: new Map(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body,
          }),
        (error: unknown) => resolvePromise(failed(error)),
      );
    });
    request.end(options.body);
  });
  return outcome.finally(() => options.signal.removeEventListener('abort', giveUp));
}

/** At most 64 KiB; the rest is not waited for. Rejects where the answer ends before it is whole. */
function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolvePromise, reject) => {
    const done = (): void => resolvePromise(Buffer.concat(chunks).subarray(0, LARGEST_RESPONSE_BYTES).toString('utf8'));
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < LARGEST_RESPONSE_BYTES) return;
      done();
      response.destroy();
    });
    response.on('end', done);
    response.on('error', reject);
    response.on('close', () => reject(new Error('the answer was cut off')));
  });
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

function describe(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.message : String(error));
}

/** `<secret>` in place of every secret, longest first, in the plain and the percent-encoded form. */
export function redact(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= 4).toSorted((a, b) => b.length - a.length);
  let clean = text;
  for (const secret of known) {
    clean = clean.replaceAll(secret, '<secret>');
    const encoded = encodeURIComponent(secret);
    if (encoded !== secret) clean = clean.replaceAll(encoded, '<secret>');
  }
  return clean;
}
