import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type House, Houses, START } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

/** Bytes as they are, and everything that comes back until the server closes or says nothing more. */
function raw(house: House, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(house.server.port, '127.0.0.1');
    let text = '';
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

const request = (line: string, ...headers: string[]): string =>
  [line, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', ''].join('\r\n');

describe('the HTTP server', () => {
  it('answers for this machine and the names it was given, and for no name that was made to point here', async () => {
    const house = await houses.open({ hosts: ['watchroom.example.com'] });
    const status = async (host: string) => {
      const text = await raw(house, `GET /-/healthy HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      return Number(text.split(' ')[1]);
    };
    for (const host of ['127.0.0.1', '127.0.0.1:9095', 'LOCALHOST:1', '[::1]:9095', 'watchroom.example.com']) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    for (const host of ['evil.example.com', 'localhost.evil.example.com', '127.0.0.1.evil.example.com', '']) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  it('lets no page of another site change anything', async () => {
    const house = await houses.open();
    const from = async (origin: string) => (await house.send('POST', '/-/reload', { headers: { origin } })).status;
    expect(await from('http://localhost:3000')).toBe(200);
    expect(await from('https://evil.example.com')).toBe(403);
    expect(await from('null')).toBe(403);
    expect((await house.get('/api/v2/alerts')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('says whether it is healthy, ready, and has read its configuration anew', async () => {
    const house = await houses.open();
    expect((await house.get('/-/healthy')).text).toBe('Watchroom is healthy.\n');
    expect((await house.get('/-/ready')).text).toBe('Watchroom is ready.\nok   database: answers\n');
    expect((await house.send('POST', '/-/reload')).text).toBe('Reloaded.\na warning\n');
    expect((await house.get('/metrics')).text).toBe('up 1\n');
  });

  it('refuses bodies beyond its limits: 1 MiB, and 8 MiB of alerts', async () => {
    const house = await houses.open();
    const body = (bytes: number) => `["${'x'.repeat(bytes - 4)}"]`;
    expect((await house.post('/api/v2/silences', body(1024 * 1024 + 1))).status).toBe(413);
    expect((await house.post('/api/v2/silences', body(1024 * 1024))).status).toBe(400);
    expect((await house.post('/api/v2/alerts', body(8 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await house.post('/api/v2/alerts', body(8 * 1024 * 1024))).status).toBe(400);
    const form = {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `query=${'1'.repeat(1024 * 1024)}`,
    };
    expect(await house.send('POST', '/api/v1/query', form)).toMatchObject({
      status: 413,
      json: { status: 'error', errorType: 'bad_data' },
    });
    expect((await house.get('/-/healthy')).status).toBe(200);
  });

  it.each([
    ['a path that climbs', request('GET //api/v2/../status HTTP/1.1'), /^HTTP\/1\.1 404 /],
    ['an encoded path that climbs', request('GET /api/v2/%2e%2e/status HTTP/1.1'), /^HTTP\/1\.1 404 /],
    ['a bad percent sign', request('GET /api/v2/%zz HTTP/1.1'), /^HTTP\/1\.1 400 /],
    ['NUL in the path', request('GET /api/v2/silence/%00 HTTP/1.1'), /^HTTP\/1\.1 422 /],
    ['headers of 20 KB', request('GET /-/healthy HTTP/1.1', `X: ${'a'.repeat(20_000)}`), /^HTTP\/1\.1 431 /],
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a method nobody knows', request('BREW /api/v2/alerts HTTP/1.1'), /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      request(
        'POST /api/v2/alerts HTTP/1.1',
        'Content-Type: application/json',
        'Content-Length: 2',
        'Content-Length: 3',
      ),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      `${request('POST /api/v2/alerts HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
  ])('stands %s', async (_name, bytes, expected) => {
    const house = await houses.open();
    expect(await raw(house, bytes)).toMatch(expected);
    expect((await house.get('/-/healthy')).status).toBe(200);
    expect(house.defects).toEqual([]);
  });

  it('answers every method on every path with a plain word, never with a stack', async () => {
    const house = await houses.open();
    const paths = [
      '/',
      '/-/healthy',
      '/-/reload',
      '/metrics',
      '/api/v2',
      '/api/v2/alerts',
      '/api/v2/alerts/groups',
      '/api/v2/silences',
      '/api/v2/silence/x',
      '/api/v2/status',
      '/api/v2/why',
      '/api/v1/query',
      '/api/v1/query_range',
      '/api/v1/label/x/values',
      '/api/v1/rules',
      '/api/v1/nope',
    ];
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        for (const body of [undefined, '{"a":', '\u0000', '[[[[']) {
          if (body !== undefined && (method === 'GET' || method === 'HEAD')) continue;
          const init = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } };
          const reply = await house.send(method, path, init);
          const at = `${method} ${path} ${String(body)}: ${reply.status} ${reply.text}`;
          expect(reply.status, at).toBeLessThan(500);
          expect(reply.text, at).not.toMatch(/\.ts:\d|node_modules|\n\s+at /);
        }
      }
    }
    expect(house.defects).toEqual([]);
    expect(house.dispatcher.alerts(START)).toEqual([]);
  });
});
