import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretSource } from '../../src/delivery/go-scalars.ts';
import { type HttpOutcome, httpRequest } from '../../src/delivery/http.ts';
import { integrationOf } from '../../src/delivery/receiver.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { httpWay } from '../../src/notifiers/http-way.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { peer } from '../support/peer.ts';

const BINARY = '/usr/bin/openssl';
const present = peer(BINARY);

describe.skipIf(!present)('a message over TLS', () => {
  const closers: (() => void)[] = [];
  const clients: string[] = [];
  let folder = '';
  let url = '';
  let proxyUrl = '';
  let tunnels: string[] = [];

  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'watchroom-delivery-tls-'));
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const named = ['-subj', '/CN=hooks.test', '-addext', 'subjectAltName=DNS:hooks.test'];
    const made = spawnSync(BINARY, [...kind, ...named, '-keyout', 'key.pem', '-out', 'cert.pem'], { cwd: folder });
    if (made.status !== 0) throw new Error(String(made.stderr));
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name)));
    const options = {
      key,
      cert,
      ca: cert,
      requestCert: true,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
    } as const;
    const server = createServer(options, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      clients.push(String((subject as { CN?: string } | undefined)?.CN ?? ''));
      request.resume().on('end', () => response.writeHead(200).end('ok'));
    });
    const port = await listen(server);
    closers.push(() => server.closeAllConnections());
    url = `https://127.0.0.1:${port}/hook`;
    const proxy = createProxy();
    proxy.on('connect', (request, socket, head) => {
      tunnels.push(request.url ?? '');
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
  });

  afterAll(() => {
    for (const close of closers.toReversed()) close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (tls: string, to = url, more = ''): Promise<HttpOutcome> => {
    const text = `route: { receiver: hook }\nreceivers: [ { name: hook, webhook_configs: [ { url: "${to}", http_config: { tls_config: ${tls} ${more} } } ] } ]`;
    const { config } = loadRouting(parseYaml(text, 'alertmanager.yml'));
    const integration = integrationOf(config.receivers, { receiver: 'hook', kind: 'webhook', index: 0 });
    if (integration?.kind !== 'webhook') throw new Error('no webhook here');
    const read = (source: SecretSource): string =>
      source.kind === 'inline' ? source.value : readFileSync(source.path, 'utf8');
    const way = httpWay(integration.config.http, read);
    return await httpRequest({ method: 'POST', url: to, ...way, body: '{}', signal: new AbortController().signal });
  };
  const pem = (name: string): string => join(folder, `${name}.pem`);
  const known = (): string => `ca_file: ${pem('cert')}, server_name: hooks.test`;

  it('trusts what tls_config trusts, and shows its own certificate', async () => {
    const own = `cert_file: ${pem('cert')}, key_file: ${pem('key')}`;
    expect(await post(`{ ${known()}, ${own} }`)).toMatchObject({ kind: 'response', status: 200 });
    expect(clients.at(-1)).toBe('hooks.test');
    expect(await post(`{ ${known()} }`)).toMatchObject({ kind: 'response', status: 200 });
    expect(clients.at(-1)).toBe('');
    expect(await post('{ insecure_skip_verify: true }')).toMatchObject({ kind: 'response', status: 200 });
  });

  it.each([
    ['a certificate that nobody signed', () => '{}'],
    ['another name', () => `{ ca_file: ${pem('cert')}, server_name: other.test }`],
    ['a TLS that is too old', () => `{ ${known()}, min_version: TLS13 }`],
  ])('is not handed to %s, and certainly was not', async (_, tls) => {
    const before = clients.length;
    expect(await post(tls())).toMatchObject({ kind: 'failed', ambiguous: false });
    expect(clients).toHaveLength(before);
  });

  it('goes through a tunnel that the proxy opens, and checks the certificate at its end', async () => {
    const far = 'https://hooks.test/hook';
    tunnels = [];
    expect(await post(`{ ca_file: ${pem('cert')} }`, far, `, proxy_url: "${proxyUrl}"`)).toMatchObject({ status: 200 });
    expect(tunnels).toEqual(['hooks.test:443']);
    const unknown = await post('{}', far, `, proxy_url: "${proxyUrl}"`);
    expect(unknown).toMatchObject({ kind: 'failed', ambiguous: false });
  });
});
