import { z } from 'zod';

/** A key of Prometheus' that is understood but not implemented: an error that says what to do instead. */
export function unsupported(key: string, instead: string): z.ZodOptional<z.ZodNever> {
  return z.never({ error: `${key} is a key of Prometheus' that Watchroom does not implement; ${instead}` }).optional();
}

const BasicAuth = z
  .strictObject({
    username: z.string().optional(),
    username_file: z.string().optional(),
    password: z.string().optional(),
    password_file: z.string().optional(),
  })
  .refine((auth) => !(auth.password !== undefined && auth.password_file !== undefined), {
    error: 'give either password or password_file',
  })
  .refine((auth) => !(auth.username !== undefined && auth.username_file !== undefined), {
    error: 'give either username or username_file',
  });

const Authorization = z
  .strictObject({
    type: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'expected an authentication scheme such as Bearer' })
      .refine((type) => type.toLowerCase() !== 'basic', { error: 'for Basic use basic_auth' })
      .default('Bearer'),
    credentials: z.string().optional(),
    credentials_file: z.string().optional(),
  })
  .refine((auth) => (auth.credentials === undefined) !== (auth.credentials_file === undefined), {
    error: 'give either credentials or credentials_file',
  });

const TlsVersion = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13'], { error: 'expected TLS10, TLS11, TLS12 or TLS13' });

const Tls = z
  .strictObject({
    ca: z.string().optional(),
    ca_file: z.string().optional(),
    cert: z.string().optional(),
    cert_file: z.string().optional(),
    key: z.string().optional(),
    key_file: z.string().optional(),
    server_name: z.string().optional(),
    insecure_skip_verify: z.boolean().default(false),
    min_version: TlsVersion.optional(),
    max_version: TlsVersion.optional(),
  })
  .refine((tls) => (tls.cert ?? tls.cert_file) === undefined || (tls.key ?? tls.key_file) !== undefined, {
    error: 'a client certificate needs its key or key_file',
  })
  .refine((tls) => (tls.key ?? tls.key_file) === undefined || (tls.cert ?? tls.cert_file) !== undefined, {
    error: 'a client key needs its cert or cert_file',
  });

/** The HTTP client's keys that stand directly in a scrape configuration. */
export const httpClientShape = {
  basic_auth: BasicAuth.optional(),
  authorization: Authorization.optional(),
  bearer_token: z.string().optional(),
  bearer_token_file: z.string().optional(),
  tls_config: Tls.optional(),
  follow_redirects: z.boolean().default(true),
  enable_http2: z.boolean().optional(),
  oauth2: unsupported('oauth2', 'use authorization with credentials_file'),
  proxy_url: unsupported('proxy_url', 'the target must be reachable directly'),
  proxy_from_environment: unsupported('proxy_from_environment', 'the target must be reachable directly'),
  proxy_connect_header: unsupported('proxy_connect_header', 'the target must be reachable directly'),
  no_proxy: z.string().optional(),
  http_headers: unsupported('http_headers', 'use authorization or basic_auth'),
};

const shape = z.strictObject(httpClientShape);
type Written = z.output<typeof shape>;

/** How to talk to a target. Files are read at each request, so that a rotated secret works without a reload. */
export interface HttpClientConfig {
  readonly basicAuth: z.output<typeof BasicAuth> | undefined;
  readonly authorization: z.output<typeof Authorization> | undefined;
  readonly tls: z.output<typeof Tls>;
  readonly followRedirects: boolean;
}

/** @returns the configuration, or a text that says which two ways to authenticate contradict each other. */
export function httpClient(written: Written): HttpClientConfig | string {
  const ways = (['basic_auth', 'authorization', 'bearer_token', 'bearer_token_file'] as const).filter(
    (key) => written[key] !== undefined,
  );
  if (ways.length > 1) return `give only one of ${ways.join(', ')}`;
  const bearer =
    written.bearer_token !== undefined
      ? { type: 'Bearer', credentials: written.bearer_token }
      : written.bearer_token_file !== undefined
        ? { type: 'Bearer', credentials_file: written.bearer_token_file }
        : undefined;
  return {
    basicAuth: written.basic_auth,
    authorization: written.authorization ?? bearer,
    tls: written.tls_config ?? Tls.parse({}),
    followRedirects: written.follow_redirects,
  };
}
