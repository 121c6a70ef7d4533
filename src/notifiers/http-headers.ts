import type { SecretSource } from '../delivery/go-scalars.ts';
import type { HttpConfig } from '../delivery/http-config.ts';

/** The headers of an `http_config`, and the secrets in them, which no reason may repeat. */
export interface PreparedHeaders {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** @throws where a secret's file cannot be read */
export function headersOf(http: HttpConfig, secret: (source: SecretSource) => string): PreparedHeaders {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of http.headers) headers[name.toLowerCase()] = value;
  if (http.authorization) {
    const credentials = secret(http.authorization.credentials).trim();
    return {
      headers: { ...headers, authorization: `${http.authorization.type} ${credentials}` },
      secrets: [credentials],
    };
  }
  if (!http.basicAuth) return { headers, secrets: [] };
  const password = http.basicAuth.password ? secret(http.basicAuth.password).trim() : '';
  const basic = basicAuth(http.basicAuth.username, password);
  return { headers: { ...headers, ...basic.headers }, secrets: basic.secrets };
}

/** RFC 7617. */
export function basicAuth(username: string, password: string): PreparedHeaders {
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${pair}` }, secrets: [password, pair] };
}

/** The whole address, and its path alone: error texts sometimes quote one without the other. */
export function secretsOfUrl(url: string): readonly string[] {
  return [url, ...(URL.canParse(url) ? [new URL(url).pathname] : [])];
}
