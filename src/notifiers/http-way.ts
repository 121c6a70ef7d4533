import type { SecretSource } from '../delivery/go-scalars.ts';
import { type HttpRequest, urlOf } from '../delivery/http.ts';
import type { HttpConfig, Oauth2Config, TlsSettings } from '../delivery/http-config.ts';
import type { Oauth2 } from '../delivery/http-oauth2.ts';
import type { ClientTls, HttpClient } from '../delivery/http-tunnel.ts';

/** An `http_config` with its secrets read, ready for a request; the secrets are what no reason may repeat. */
export type HttpWay = Required<Pick<HttpRequest, 'headers' | 'secrets' | 'client'>> & Pick<HttpRequest, 'oauth2'>;

type Read = (source: SecretSource) => string;

const VERSIONS: Readonly<Record<string, 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** @throws where a secret's or certificate's file cannot be read */
export function httpWay(http: HttpConfig, secret: Read): HttpWay {
  const { headers: written, authorization, basicAuth: login, proxyUrl, tls, followRedirects } = http;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const secrets: string[] = [];
  for (const [name, values] of written) {
    const read = values.map((value) => secret(value).trim());
    headers[name.toLowerCase()] = read.join(', ');
    secrets.push(...read);
  }
  if (authorization) {
    const credentials = secret(authorization.credentials).trim();
    headers['authorization'] = `${authorization.type} ${credentials}`;
    secrets.push(credentials);
  } else if (login) {
    const basic = basicAuth(secret(login.username).trim(), login.password ? secret(login.password).trim() : '');
    Object.assign(headers, basic.headers);
    secrets.push(...basic.secrets);
  }
  if (proxyUrl !== undefined && URL.canParse(proxyUrl)) secrets.push(new URL(proxyUrl).password);
  const client: HttpClient = {
    followRedirects,
    ...(proxyUrl !== undefined && { proxyUrl }),
    ...(tls && { tls: clientTls(tls, secret) }),
  };
  const oauth2 = http.oauth2 && tokenSource(http.oauth2, secret);
  if (oauth2) secrets.push(oauth2.clientSecret);
  return { headers, secrets, client, ...(oauth2 && { oauth2 }) };
}

function tokenSource(written: Oauth2Config, secret: Read): Oauth2 {
  const { clientId, clientSecret, tokenUrl, scopes, endpointParams, proxyUrl, tls } = written;
  return {
    clientId,
    clientSecret: secret(clientSecret).trim(),
    tokenUrl,
    scopes,
    endpointParams,
    client: {
      followRedirects: true,
      ...(proxyUrl !== undefined && { proxyUrl }),
      ...(tls && { tls: clientTls(tls, secret) }),
    },
  };
}

/** @throws where a certificate's file cannot be read */
export function clientTls(tls: TlsSettings, secret: Read): ClientTls {
  const read = (source: SecretSource | undefined): string | undefined => source && secret(source).trim();
  const [ca, cert, key] = [read(tls.ca), read(tls.cert), read(tls.key)];
  const [minVersion, maxVersion] = [VERSIONS[tls.minVersion ?? ''], VERSIONS[tls.maxVersion ?? '']];
  return {
    rejectUnauthorized: !tls.insecureSkipVerify,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
  };
}

/** RFC 7617. */
export function basicAuth(username: string, password: string): Pick<HttpWay, 'headers' | 'secrets'> {
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${pair}` }, secrets: [password, pair] };
}

/** The whole address, and its path alone: error texts sometimes quote one without the other. */
export function secretsOfUrl(url: string): readonly string[] {
  const { pathname } = urlOf(url) ?? {};
  return pathname === undefined ? [url] : [url, pathname];
}
