import { afterEach, describe, expect, it } from 'vitest';
import { createAuth, isLoopback, SCOPES } from '../../src/api/auth.ts';
import { Houses, TOKEN } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

const OTHER = 'another-token-of-some-length';
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
/** An address that other machines reach, as far as auth knows. */
const PUBLIC = '0.0.0.0';

describe('who may come in', () => {
  it('refuses to start where others could come in without a token, and says what to do', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'watchroom.example.com', '127.evil.example.com']) {
      expect(() => createAuth({ host, tokens: [], anonymous: false })).toThrow(
        /http\.listen: .* auth\.tokens.*anonymous: true/,
      );
      expect(() => createAuth({ host, tokens: [], anonymous: true })).not.toThrow();
    }
    for (const host of ['127.0.0.1', '127.0.0.53', '::1', 'localhost']) {
      expect(isLoopback(host)).toBe(true);
      expect(() => createAuth({ host, tokens: [], anonymous: false })).not.toThrow();
    }
  });

  it('refuses tokens that are none: too short, or with a scope that nobody asks for', () => {
    const make = (token: string, scope: string) => () =>
      createAuth({ host: PUBLIC, tokens: [{ name: 'ci', token, scopes: [scope] }], anonymous: false });
    expect(make('short', 'read')).toThrow(/ci: a token has at least/);
    expect(make('', 'read')).toThrow(/ci/);
    expect(make(TOKEN, 'everything')).toThrow(/unknown scope everything; there are read,/);
  });

  it('asks for a token on an address that others reach, but for the health checks', async () => {
    const house = await houses.open({ host: PUBLIC, tokens: [{ name: 'ci', token: TOKEN, scopes: ['read'] }] });
    const paths = ['/api/v2/alerts', '/api/v2/status', '/api/v1/query?query=1', '/metrics'];
    for (const path of paths) {
      const reply = await house.get(path);
      expect([path, reply.status, reply.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer realm="watchroom"',
      ]);
      expect((await house.get(path, bearer(OTHER))).status).toBe(401);
      expect((await house.get(path, { authorization: 'Basic eDp5' })).status).toBe(401);
      expect((await house.get(path, bearer(TOKEN))).status).toBe(200);
    }
    expect((await house.get('/-/healthy')).status).toBe(200);
    expect((await house.get('/-/ready')).text).toBe('Watchroom is ready.\n');
    expect((await house.get('/-/ready', bearer(TOKEN))).text).toContain('database');
  });

  it('gives a token no more than its scopes', async () => {
    const tokens = SCOPES.map((scope) => ({ name: scope, token: `token-for-the-scope-${scope}`, scopes: [scope] }));
    const house = await houses.open({ host: PUBLIC, tokens });
    const attempts = [
      ['read', 'GET', '/api/v2/alerts', undefined],
      ['alerts:write', 'POST', '/api/v2/alerts', '[]'],
      ['silences:write', 'POST', '/api/v2/silences', '{}'],
      ['silences:write', 'DELETE', '/api/v2/silence/6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5b', undefined],
      ['admin', 'POST', '/-/reload', undefined],
    ] as const;
    for (const [needed, method, path, body] of attempts) {
      for (const { name, token } of tokens) {
        const type = body === undefined ? {} : { 'content-type': 'application/json' };
        const init = { headers: { ...bearer(token), ...type }, ...(body !== undefined && { body }) };
        const { status } = await house.send(method, path, init);
        expect([method, path, name, status === 403]).toEqual([method, path, name, name !== needed && name !== 'admin']);
      }
    }
  });

  it('needs no token on a loopback address, but does not take a wrong one for none', async () => {
    const house = await houses.open({ tokens: [{ name: 'ci', token: TOKEN, scopes: ['read'] }] });
    expect((await house.post('/api/v2/alerts', [])).status).toBe(200);
    expect((await house.post('/api/v2/alerts', [], bearer(OTHER))).status).toBe(401);
    expect((await house.post('/api/v2/alerts', [], bearer(TOKEN))).status).toBe(403);
  });

  it('does not mind the credentials of others where there are no tokens at all', async () => {
    const house = await houses.open();
    expect((await house.get('/api/v2/alerts', { authorization: 'Basic Z3JhZmFuYTp4' })).status).toBe(200);
  });

  it('lets everybody in where it is said so', async () => {
    const house = await houses.open({ host: PUBLIC, anonymous: true });
    expect((await house.get('/api/v2/alerts')).status).toBe(200);
    expect((await house.post('/api/v2/alerts', [])).status).toBe(200);
  });

  it('refuses a token in the address, even a good one', async () => {
    const house = await houses.open({ host: PUBLIC, tokens: [{ name: 'ci', token: TOKEN, scopes: ['read'] }] });
    for (const name of ['token', 'access_token', 'API_KEY']) {
      const reply = await house.get(`/api/v2/alerts?${name}=${TOKEN}`, bearer(TOKEN));
      expect([reply.status, reply.json]).toEqual([400, expect.stringContaining('Authorization: Bearer')]);
    }
  });

  it('says so in the words of each API', async () => {
    const house = await houses.open({ host: PUBLIC, tokens: [{ name: 'ci', token: TOKEN, scopes: ['alerts:write'] }] });
    expect((await house.get('/api/v2/alerts')).json).toBe('a token is needed: Authorization: Bearer TOKEN');
    expect((await house.get('/api/v1/query?query=1', bearer(TOKEN))).json).toEqual({
      status: 'error',
      errorType: 'forbidden',
      error: 'the token ci lacks the scope read',
    });
  });
});
