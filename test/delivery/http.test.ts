import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type HttpRequest,
  httpRequest,
  isForbiddenAddress,
  LARGEST_REQUEST_BYTES,
  redact,
} from '../../src/delivery/http.ts';
import { resultOf, retryAfterMs } from '../../src/delivery/http-result.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(handler);
  open.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cr3t-path`;
}

function post(url: string, more: Partial<HttpRequest> = {}) {
  return httpRequest({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    signal: new AbortController().signal,
    secrets: ['s3cr3t-path'],
    ...more,
  });
}

describe('an outgoing request', () => {
  it('arrives as it was meant, and gives the answer', async () => {
    const seen: unknown[] = [];
    const url = await listen((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push(request.method, request.headers['content-type'], body);
        response.writeHead(202, { 'x-thing': 'yes' }).end('ok');
      });
    });
    const outcome = await post(url);
    expect(seen).toEqual(['POST', 'application/json', '{"a":1}']);
    expect(outcome).toMatchObject({ kind: 'response', status: 202, body: 'ok' });
    expect(outcome.kind === 'response' && outcome.headers.get('x-thing')).toBe('yes');
  });

  it('of a burst goes over the connection of the one before, and an idle connection is given up within about a second', async () => {
    const connections = new Set<unknown>();
    let closed = 0;
    const url = await listen((request, response) => {
      if (!connections.has(request.socket)) request.socket.once('close', () => (closed += 1));
      connections.add(request.socket);
      response.end('ok');
    });
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', warned);
    for (let message = 0; message < 20; message += 1) expect(await post(url)).toMatchObject({ status: 200 });
    process.off('warning', warned);
    expect(warnings).toEqual([]);
    expect(connections.size).toBe(1);
    expect(closed).toBe(0);
    await expect.poll(() => closed, { timeout: 4000 }).toBe(1);
    expect(await post(url)).toMatchObject({ status: 200 });
  });

  it('that nobody took has certainly not arrived', async () => {
    const url = await listen(() => undefined);
    for (const server of open.splice(0)) server.close();
    expect(await post(url)).toEqual({ kind: 'failed', reason: 'ECONNREFUSED', ambiguous: false });
  });

  it('to a name that does not exist has certainly not arrived', async () => {
    const outcome = await post('http://no-such-host.invalid/');
    expect(outcome).toMatchObject({ kind: 'failed', ambiguous: false });
  });

  it('that was written and never answered may have arrived', async () => {
    const url = await listen((request) => request.resume());
    expect(await post(url, { deadlineMs: 150 })).toEqual({
      kind: 'failed',
      reason: 'no answer in time (after the request was written)',
      ambiguous: true,
    });
  });

  it('whose connection breaks after it was written may have arrived', async () => {
    const url = await listen((request) => {
      request.resume();
      request.on('end', () => request.socket.destroy());
    });
    expect(await post(url)).toMatchObject({ kind: 'failed', ambiguous: true });
  });

  it('whose answer breaks off half way may have arrived', async () => {
    const url = await listen((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.destroy());
    });
    expect(await post(url)).toMatchObject({ kind: 'failed', ambiguous: true });
  });

  it('ends when the courier says so', async () => {
    const url = await listen((request) => request.resume());
    const stop = new AbortController();
    const pending = post(url, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    expect((await pending).kind).toBe('failed');
  });

  it('that meets something other than HTTP fails, and does not throw', async () => {
    const server = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH\r\n');
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect((await post(url)).kind).toBe('failed');
    expect((await post(url.replace('http:', 'https:'))).kind).toBe('failed');
  });

  it('does not follow a redirect', async () => {
    let calls = 0;
    const url = await listen((_request, response) => {
      calls += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await post(url)).toMatchObject({ kind: 'response', status: 302 });
    expect(calls).toBe(1);
  });

  it('does not read an endless answer', async () => {
    const url = await listen((_request, response) => {
      response.writeHead(500);
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', pour);
      response.on('error', () => undefined);
      pour();
    });
    const outcome = await post(url);
    expect(outcome).toMatchObject({ kind: 'response', status: 500 });
    expect(outcome.kind === 'response' ? outcome.body.length : 0).toBe(65_536);
  });

  it('to the metadata service, link-local, multicast or nowhere is refused before a packet leaves', async () => {
    for (const host of ['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '[fe80::1]', '[::]', '[ff02::1]'])
      expect(await post(`http://${host}/x`), host).toMatchObject({ kind: 'refused', scope: 'destination' });
    expect(await post('http://[::ffff:169.254.169.254]/x')).toMatchObject({ kind: 'refused' });
    // Other spellings of the same address, as URL parses them.
    expect(await post('http://2852039166/x')).toMatchObject({ kind: 'refused' });
    expect(await post('http://0xa9fea9fe/x')).toMatchObject({ kind: 'refused' });
    for (const address of ['127.0.0.1', '10.1.2.3', '192.168.0.1', '::1', '8.8.8.8'])
      expect(isForbiddenAddress(address), address).toBe(false);
  });

  it('to a name that leads there is refused too, and takes the harmless one of several addresses', async () => {
    const resolvesTo = (...addresses: string[]) =>
      ((_name: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) => {
        setImmediate(() =>
          done(
            null,
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          ),
        );
      }) as unknown as NonNullable<HttpRequest['resolver']>;
    expect(await post('http://metadata.example/x', { resolver: resolvesTo('169.254.169.254', 'fe80::1') })).toEqual({
      kind: 'refused',
      scope: 'destination',
      reason: 'forbidden address',
    });
    const url = await listen((_request, response) => response.end('ok'));
    const named = url.replace('127.0.0.1', 'hooks.example');
    expect(await post(named, { resolver: resolvesTo('169.254.1.1', '127.0.0.1') })).toMatchObject({ status: 200 });
  });

  it('with an address that is none, or a header that is none, is refused', async () => {
    for (const url of ['', 'hooks.example', 'file:///etc/passwd', 'javascript:alert(1)'])
      expect(await post(url), url).toMatchObject({ kind: 'refused', scope: 'destination' });
    const url = await listen((_request, response) => response.end());
    expect(await post(url, { headers: { 'x-bad': 'a\r\nb: c' } })).toMatchObject({ kind: 'refused' });
  });

  it('beyond the size limit is refused as content', async () => {
    expect(await post('http://127.0.0.1:9/', { body: 'x'.repeat(LARGEST_REQUEST_BYTES + 1) })).toMatchObject({
      kind: 'refused',
      scope: 'content',
    });
  });
});

describe('Retry-After', () => {
  const at = (text: string) => retryAfterMs(new Map([['retry-after', text]]), 1_790_000_000_000);
  it('is read as seconds or as a date', () => {
    expect(at('30')).toBe(30_000);
    expect(at('0.5')).toBe(500);
    expect(at(new Date(1_790_000_060_000).toUTCString())).toBe(60_000);
    expect(at(new Date(1_780_000_000_000).toUTCString())).toBe(0);
  });
  it('is ignored where it is nonsense', () => {
    for (const text of ['', 'soon', '-3', '99999999999999', '1e9', '2026'])
      expect([text, at(text)]).toEqual([text, text === '2026' ? 2_026_000 : undefined]);
    expect(retryAfterMs(new Map(), 0)).toBeUndefined();
  });
});

describe('the reading of an outcome', () => {
  const read = (status: number, body = '', headers: [string, string][] = []) =>
    resultOf(
      { kind: 'response', status, body, headers: new Map(headers) },
      { now: 0, secrets: ['s3cr3t'], scopeOf: () => 'content' },
    );
  it('takes 2xx as sent, tries 408, 429 and 5xx again, and gives up on the rest', () => {
    for (const status of [200, 201, 202, 204]) expect(read(status).kind, `${status}`).toBe('sent');
    for (const status of [408, 429, 500, 501, 502, 503, 504]) expect(read(status).kind, `${status}`).toBe('retry');
    for (const status of [301, 302, 400, 401, 403, 404, 410, 413, 422])
      expect(read(status).kind, `${status}`).toBe('rejected');
  });
  it('obeys Retry-After, and knows that a gateway may have passed the request on', () => {
    expect(read(429, '', [['retry-after', '7']])).toMatchObject({ afterMs: 7000 });
    expect(read(504)).toMatchObject({ ambiguous: true });
    expect(read(503)).not.toHaveProperty('ambiguous');
  });
  it('quotes the answer shortly and without secrets', () => {
    const result = read(400, `bad key s3cr3t ${'x'.repeat(10_000)}`);
    expect(result.kind === 'rejected' && result.reason).toMatch(/^HTTP 400: bad key <secret> x{10,190}$/);
  });
});

describe('redaction', () => {
  it('finds secrets within others and percent-encoded ones', () => {
    expect(redact('k=abcd+/efgh and abcd%2B%2Fefgh and abcd', ['abcd', 'abcd+/efgh'])).toBe(
      'k=<secret> and <secret> and <secret>',
    );
  });
  it('does not blank every short word', () => {
    expect(redact('a b c', ['a', ''])).toBe('a b c');
  });
});
