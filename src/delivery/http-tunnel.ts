import { type ClientRequest, type OutgoingHttpHeaders, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureVersion } from 'node:tls';

/** TLS of a client, in Node's words. */
export interface ClientTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
}

/** What beside the URL decides how a request travels. */
export interface HttpClient {
  readonly tls?: ClientTls;
  /** An http(s) address, with user and password where the proxy wants them. */
  readonly proxyUrl?: string;
  /** 307 and 308 within the same host, which repeat the request as it is; others would turn it into a GET that tells nobody anything. */
  readonly followRedirects: boolean;
}

/** Node's, with headers as a plain mapping. */
export type RequestSettings = Omit<RequestOptions, 'headers'> & { readonly headers: OutgoingHttpHeaders };

/**
 * Makes a request as the client's settings say: directly, through a proxy by its absolute address (http), or through a tunnel that the
 * proxy opens (https, RFC 9110 §9.3.6). Rejects where the tunnel cannot be had; nothing was sent then.
 * @param settings their signal ends the tunnel's making; the request's end is `use`'s
 * @param use is given the request in the instant in which it is made, so that no event of it is missed
 */
export async function withRequest<T>(
  url: URL,
  settings: RequestSettings,
  client: HttpClient | undefined,
  use: (request: ClientRequest) => Promise<T>,
): Promise<T> {
  const tls: ConnectionOptions = { ...client?.tls };
  const isTls = url.protocol === 'https:';
  const { signal: _, ...direct } = settings;
  if (client?.proxyUrl === undefined) {
    return await use(isTls ? requestHttps(url, { ...direct, ...tls }) : requestHttp(url, direct));
  }
  const proxy = new URL(client.proxyUrl);
  if (!isTls) {
    const headers = { host: url.host, ...settings.headers };
    return await use(throughProxy(proxy, { ...direct, path: url.href, headers }));
  }
  const port = url.port === '' ? '443' : url.port;
  const socket = await tunnel(proxy, `${url.hostname}:${port}`, settings);
  const { agent: __, lookup: ___, ...rest } = direct;
  const servername = tls.servername ?? url.hostname.replace(/^\[|\]$/g, '');
  return await use(requestHttps(url, { ...rest, createConnection: () => connectTls({ ...tls, socket, servername }) }));
}

function throughProxy(proxy: URL, settings: RequestSettings): ClientRequest {
  const login =
    proxy.username === ''
      ? {}
      : {
          'proxy-authorization': `Basic ${Buffer.from(
            `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`,
          ).toString('base64')}`,
        };
  const headers = { ...settings.headers, ...login };
  // Its connections are its own: the target's are kept under another name.
  const own = { ...settings, headers, agent: false } as const;
  const bare = `${proxy.protocol}//${proxy.host}`;
  return proxy.protocol === 'https:' ? requestHttps(bare, own) : requestHttp(bare, own);
}

async function tunnel(proxy: URL, target: string, { lookup, signal }: RequestSettings): Promise<Socket> {
  const request = throughProxy(proxy, {
    method: 'CONNECT',
    path: target,
    headers: { host: target },
    ...(lookup && { lookup }),
    ...(signal && { signal }),
  });
  return await new Promise<Socket>((done, fail) => {
    request.on('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) return done(socket);
      socket.destroy();
      fail(new Error(`the proxy refused the tunnel with HTTP ${response.statusCode ?? 0}`));
    });
    request.on('response', (response) => {
      response.destroy();
      fail(new Error(`the proxy refused the tunnel with HTTP ${response.statusCode ?? 0}`));
    });
    request.on('error', fail);
    request.end();
  });
}
