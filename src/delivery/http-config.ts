import { z } from 'zod';
import { Flag, type SecretSource, secretOf, Text, TextMap } from './go-scalars.ts';

/** How to reach an HTTP endpoint: Prometheus' `http_config`, as far as we use it. */
export interface HttpConfig {
  readonly authorization?: { readonly type: string; readonly credentials: SecretSource };
  readonly basicAuth?: { readonly username: SecretSource; readonly password?: SecretSource };
  readonly proxyUrl?: string;
  readonly followRedirects: boolean;
  /** All values of one header are sent in one line. */
  readonly headers: ReadonlyMap<string, readonly SecretSource[]>;
  readonly tls?: TlsSettings;
  readonly oauth2?: Oauth2Config;
  /** Keys that are understood and not implemented; named by `check`. */
  readonly unsupported: readonly string[];
}

/** Prometheus' `oauth2`. */
export interface Oauth2Config {
  readonly clientId: string;
  readonly clientSecret: SecretSource;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly endpointParams: ReadonlyMap<string, string>;
  readonly proxyUrl?: string;
  readonly tls?: TlsSettings;
}

/** Prometheus' `tls_config`. */
export interface TlsSettings {
  readonly ca?: SecretSource;
  readonly cert?: SecretSource;
  readonly key?: SecretSource;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
  readonly minVersion?: string;
  readonly maxVersion?: string;
}

/** Where nothing is said. */
export const PLAIN_HTTP: HttpConfig = { followRedirects: true, headers: new Map(), unsupported: [] };

/** @param secret reports what is given twice */
export function tlsSettings(
  raw: z.output<typeof TlsConfig> | undefined,
  secret: (name: string, inline?: string, file?: string) => SecretSource | undefined,
): TlsSettings {
  const ca = secret('ca', raw?.ca, raw?.ca_file);
  const cert = secret('cert', raw?.cert, raw?.cert_file);
  const key = secret('key', raw?.key, raw?.key_file);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(raw?.server_name && { serverName: raw.server_name }),
    insecureSkipVerify: raw?.insecure_skip_verify ?? false,
    ...(raw?.min_version && { minVersion: raw.min_version }),
    ...(raw?.max_version && { maxVersion: raw.max_version }),
  };
}

const TlsConfig = z.strictObject({
  ca: Text.optional(),
  cert: Text.optional(),
  key: Text.optional(),
  ca_file: Text.optional(),
  cert_file: Text.optional(),
  key_file: Text.optional(),
  ca_ref: Text.optional(),
  cert_ref: Text.optional(),
  key_ref: Text.optional(),
  server_name: Text.optional(),
  insecure_skip_verify: Flag.optional(),
  min_version: Text.optional(),
  max_version: Text.optional(),
});

export { TlsConfig };

const BasicAuth = z.strictObject({
  username: Text.optional(),
  username_file: Text.optional(),
  username_ref: Text.optional(),
  password: Text.optional(),
  password_file: Text.optional(),
  password_ref: Text.optional(),
});

const Authorization = z.strictObject({
  type: Text.optional(),
  credentials: Text.optional(),
  credentials_file: Text.optional(),
  credentials_ref: Text.optional(),
});

const Proxy = {
  proxy_url: Text.optional(),
  no_proxy: Text.optional(),
  proxy_from_environment: Flag.optional(),
  proxy_connect_header: z.record(z.string(), z.array(Text)).optional(),
};

const OAuth2 = z.strictObject({
  client_id: Text.optional(),
  client_secret: Text.optional(),
  client_secret_file: Text.optional(),
  client_secret_ref: Text.optional(),
  scopes: z.array(Text).optional(),
  token_url: Text.optional(),
  endpoint_params: TextMap.optional(),
  tls_config: TlsConfig.optional(),
  ...Proxy,
});

const HttpHeader = z.strictObject({
  values: z.array(Text).optional(),
  secrets: z.array(Text).optional(),
  files: z.array(Text).optional(),
});

/** Checks what Prometheus' common client checks: one way to authenticate, each secret named once. */
export const HttpConfigSchema = z
  .strictObject({
    basic_auth: BasicAuth.optional(),
    authorization: Authorization.optional(),
    oauth2: OAuth2.optional(),
    bearer_token: Text.optional(),
    bearer_token_file: Text.optional(),
    tls_config: TlsConfig.optional(),
    follow_redirects: Flag.optional(),
    enable_http2: Flag.optional(),
    http_headers: z.record(z.string(), HttpHeader).optional(),
    ...Proxy,
  })
  .transform((raw, context): HttpConfig => {
    const fail = (message: string): void => {
      context.issues.push({ code: 'custom', input: raw, message });
    };
    const secret = (name: string, inline?: string, file?: string): SecretSource | undefined => {
      const source = secretOf(name, inline, file);
      if (source && 'fault' in source) {
        fail(source.fault);
        return undefined;
      }
      return source;
    };
    const bearer = secret('bearer_token', raw.bearer_token, raw.bearer_token_file);
    const credentials = secret('credentials', raw.authorization?.credentials, raw.authorization?.credentials_file);
    const username = secret('username', raw.basic_auth?.username, raw.basic_auth?.username_file);
    const password = secret('password', raw.basic_auth?.password, raw.basic_auth?.password_file);
    const ways = [bearer, raw.authorization, raw.basic_auth, raw.oauth2].filter((way) => way !== undefined);
    if (ways.length > 1) fail('at most one of basic_auth, oauth2, authorization & bearer_token must be configured');
    const type = raw.authorization?.type?.trim() || 'Bearer';
    if (type.toLowerCase() === 'basic') fail('authorization type cannot be set to "basic", use "basic_auth" instead');
    const token = bearer ?? credentials;
    return {
      ...(token && { authorization: { type, credentials: token } }),
      ...(raw.basic_auth && {
        basicAuth: { username: username ?? { kind: 'inline', value: '' }, ...(password && { password }) },
      }),
      ...(raw.proxy_url && { proxyUrl: raw.proxy_url }),
      followRedirects: raw.follow_redirects ?? true,
      headers: new Map(Object.entries(raw.http_headers ?? {}).map(([name, header]) => [name, valuesOf(header)])),
      ...(raw.tls_config && { tls: tlsSettings(raw.tls_config, secret) }),
      ...(raw.oauth2 && { oauth2: oauth2Of(raw.oauth2, secret) }),
      unsupported: UNSUPPORTED.filter((key) => raw[key] !== undefined && raw[key] !== false),
    };
  });

function oauth2Of(
  raw: z.output<typeof OAuth2>,
  secret: (name: string, inline?: string, file?: string) => SecretSource | undefined,
): Oauth2Config {
  const clientSecret = secret('client_secret', raw.client_secret, raw.client_secret_file);
  return {
    clientId: raw.client_id ?? '',
    clientSecret: clientSecret ?? { kind: 'inline', value: '' },
    tokenUrl: raw.token_url ?? '',
    scopes: raw.scopes ?? [],
    endpointParams: raw.endpoint_params ?? new Map(),
    ...(raw.proxy_url && { proxyUrl: raw.proxy_url }),
    ...(raw.tls_config && { tls: tlsSettings(raw.tls_config, secret) }),
  };
}

/** What a request would silently go without. */
const UNSUPPORTED = ['proxy_from_environment', 'proxy_connect_header', 'no_proxy'] as const;

function valuesOf({ values = [], secrets = [], files = [] }: z.output<typeof HttpHeader>): SecretSource[] {
  return [
    ...[...values, ...secrets].map((value) => ({ kind: 'inline', value }) as const),
    ...files.map((path) => ({ kind: 'file', path }) as const),
  ];
}
