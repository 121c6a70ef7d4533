import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SecretSource } from '../../src/delivery/go-scalars.ts';
import { httpRequest } from '../../src/delivery/http.ts';
import { integrationOf } from '../../src/delivery/receiver.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { httpWay } from '../../src/notifiers/http-way.ts';
import { lintRouting } from '../../src/routing/lint.ts';
import { loadRouting } from '../../src/routing/schema.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function serve(answer: (heard: Heard, response: ServerResponse) => void) {
  const heard: Heard[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      heard.push({ method, url, headers, body });
      answer({ method, url, headers, body }, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const yes = (_: Heard, response: ServerResponse): void => void response.writeHead(200).end('ok');
const read = (source: SecretSource): string =>
  source.kind === 'inline' ? source.value : readFileSync(source.path, 'utf8');

/** Posts as a webhook receiver with this `http_config` would. */
async function post(url: string, httpConfig: string) {
  const text = `route: { receiver: hook }\nreceivers: [ { name: hook, webhook_configs: [ { url: "${url}", http_config: ${httpConfig} } ] } ]`;
  const routing = loadRouting(parseYaml(text, 'alertmanager.yml'));
  const { config } = routing;
  const integration = integrationOf(config.receivers, { receiver: 'hook', kind: 'webhook', index: 0 });
  if (integration?.kind !== 'webhook') throw new Error('no webhook here');
  const way = httpWay(integration.config.http, read);
  const signal = new AbortController().signal;
  const outcome = await httpRequest({ method: 'POST', url, ...way, body: '{"status":"firing"}', signal });
  return { outcome, warnings: lintRouting(config, routing.located).map(({ message }) => message) };
}

describe('http_config', () => {
  it('sends what identifies us, from the file or from files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchroom-way-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    for (const name of ['user', 'password', 'token', 'tenant']) writeFileSync(join(folder, name), `${name}-of-file\n`);
    const { heard, url } = await serve(yes);
    const said = async (config: string): Promise<IncomingHttpHeaders> => {
      await post(url, config);
      return heard.at(-1)?.headers ?? {};
    };
    const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
    expect((await said('{ basic_auth: { username: me, password: pw } }')).authorization).toBe(basic('me:pw'));
    expect(
      (await said(`{ basic_auth: { username_file: ${folder}/user, password_file: ${folder}/password } }`))
        .authorization,
    ).toBe(basic('user-of-file:password-of-file'));
    expect((await said('{ bearer_token: tok }')).authorization).toBe('Bearer tok');
    expect((await said(`{ bearer_token_file: ${folder}/token }`)).authorization).toBe('Bearer token-of-file');
    expect((await said('{ authorization: { type: ApiKey, credentials: k } }')).authorization).toBe('ApiKey k');
    const headers = await said(
      `{ http_headers: { X-Tenant: { values: [a, b], files: [${folder}/tenant] }, X-Key: { secrets: [hush] } } }`,
    );
    expect(headers).toMatchObject({ 'x-tenant': 'a, b, tenant-of-file', 'x-key': 'hush' });
  });

  it('goes through the proxy, which is told who we are; a proxy that is not there sends nothing', async () => {
    const proxy = await serve(yes);
    const { outcome } = await post(
      'http://hooks.example/alerts?x=1',
      `{ proxy_url: "${proxy.url.replace('http://', 'http://bot:p%40ss@')}" }`,
    );
    expect(outcome).toMatchObject({ kind: 'response', status: 200 });
    expect(proxy.heard[0]).toMatchObject({
      method: 'POST',
      url: 'http://hooks.example/alerts?x=1',
      body: '{"status":"firing"}',
    });
    expect(proxy.heard[0]?.headers).toMatchObject({
      host: 'hooks.example',
      'proxy-authorization': `Basic ${Buffer.from('bot:p@ss').toString('base64')}`,
    });
    const nobody = await post('http://hooks.example/', '{ proxy_url: "http://127.0.0.1:9" }');
    expect(nobody.outcome).toMatchObject({ kind: 'failed', ambiguous: false });
  });

  it('whose proxy opens no tunnel fails without having said anything', async () => {
    const proxy = await serve(yes);
    const { outcome } = await post('https://hooks.example/', `{ proxy_url: "${proxy.url}" }`);
    expect(outcome).toMatchObject({ kind: 'failed', ambiguous: false });
    expect(proxy.heard).toEqual([]);
  });

  it('follows a redirect that repeats the message at the same host, unless it shall not', async () => {
    const { heard, url } = await serve(({ url: path }, response) => {
      if (path === '/old') response.writeHead(308, { location: '/new' }).end();
      else yes({ method: '', url: path, headers: {}, body: '' }, response);
    });
    expect((await post(`${url}/old`, '{ follow_redirects: true }')).outcome).toMatchObject({ status: 200 });
    expect(heard.map(({ method, url: path, body }) => [method, path, body])).toEqual([
      ['POST', '/old', '{"status":"firing"}'],
      ['POST', '/new', '{"status":"firing"}'],
    ]);
    expect((await post(`${url}/old`, '{ follow_redirects: false }')).outcome).toMatchObject({ status: 308 });
  });

  it.each([
    [301, '/new'],
    [302, '/new'],
    [303, '/new'],
    [307, 'http://localhost:9/elsewhere'],
    [307, 'file:///etc/passwd'],
    [308, ''],
  ])('takes a %i to %s for an answer: it would tell nobody, or somebody else', async (status, location) => {
    const { heard, url } = await serve((_, response) => void response.writeHead(status, { location }).end());
    expect((await post(url, '{}')).outcome).toMatchObject({ kind: 'response', status });
    expect(heard.length).toBeLessThanOrEqual(6);
    if (location !== '') expect(heard).toHaveLength(1);
  });

  it('ends a circle of redirects', async () => {
    const { heard, url } = await serve((_, response) => void response.writeHead(307, { location: '/again' }).end());
    expect((await post(url, '{}')).outcome).toMatchObject({ status: 307 });
    expect(heard).toHaveLength(6);
  });

  it('bears a token of its oauth2, asked for once, and again when it was taken back', async () => {
    let valid = 'tok-1';
    let asked = 0;
    const issuer = await serve((_, response) => {
      asked += 1;
      response.writeHead(200).end(JSON.stringify({ access_token: valid, expires_in: 3600, token_type: 'bearer' }));
    });
    const hook = await serve(({ headers }, response) => {
      response.writeHead(headers.authorization === `Bearer ${valid}` ? 200 : 401).end();
    });
    const oauth2 = `{ client_id: me, client_secret: 's3 cret', token_url: "${issuer.url}/token", scopes: [a, b], endpoint_params: { audience: ml } }`;
    const send = async () => (await post(hook.url, `{ oauth2: ${oauth2} }`)).outcome;
    expect(await send()).toMatchObject({ status: 200 });
    expect(await send()).toMatchObject({ status: 200 });
    expect(asked).toBe(1);
    expect(Object.fromEntries(new URLSearchParams(issuer.heard[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'a b',
      audience: 'ml',
    });
    const basic = Buffer.from('me:s3%20cret').toString('base64');
    expect(issuer.heard[0]?.headers.authorization).toBe(`Basic ${basic}`);
    valid = 'tok-2';
    expect(await send()).toMatchObject({ status: 200 });
    expect(asked).toBe(2);
  });

  it('whose oauth2 wants the secret as a field gets it so; without a token nothing is sent', async () => {
    const issuer = await serve(({ body }, response) => {
      if (body.includes('client_secret=hush')) response.writeHead(200).end('{"access_token":"tok"}');
      else response.writeHead(401).end();
    });
    const hook = await serve(yes);
    const oauth2 = (secret: string): string =>
      `{ oauth2: { client_id: me, client_secret: ${secret}, token_url: "${issuer.url}/" } }`;
    expect((await post(hook.url, oauth2('hush'))).outcome).toMatchObject({ status: 200 });
    expect(hook.heard[0]?.headers.authorization).toBe('Bearer tok');
    const refused = await post(hook.url, oauth2('wrong-secret'));
    expect(refused.outcome).toEqual({ kind: 'failed', reason: 'no OAuth2 token: HTTP 401', ambiguous: false });
    expect(hook.heard).toHaveLength(1);
  });

  it('names what it holds and we do not use', async () => {
    const { url } = await serve(yes);
    expect((await post(url, '{ proxy_from_environment: true }')).warnings.join()).toContain('proxy_from_environment');
    expect((await post(url, '{ follow_redirects: false, enable_http2: true }')).warnings.join()).not.toContain(
      'http_config',
    );
  });
});
