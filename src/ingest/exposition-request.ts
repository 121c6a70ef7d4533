import { readFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../errors.ts';
import { deadlineSignal } from '../time/deadline-signal.ts';
import { formatDuration } from '../time/duration.ts';
import { guardedLookup, refuseForbiddenHost } from './address-guard.ts';
import { decodeBody, type ExpositionFormat } from './exposition.ts';
import type { ScrapeConfig } from './schema.ts';

const decompress = promisify(gunzip);
const MOST_REDIRECTS = 5;
const MEBIBYTE = 1024 * 1024;

export interface ExpositionRequest {
  readonly url: string;
  readonly timeoutMs: number;
  /** Aborts the request when the scraper closes. */
  readonly closing: AbortSignal;
}

export interface ExpositionBody {
  readonly text: string;
  readonly format: ExpositionFormat;
  readonly bytes: number;
}

/** Speaks HTTP for one job: its connections are kept between scrapes, its secrets and certificates read from their files. */
export class ExpositionClient {
  readonly #config: ScrapeConfig;
  readonly #baseDir: string;
  readonly #plain = new Agent({ keepAlive: true });
  #tls: Promise<TlsAgent> | undefined;

  /** @param baseDir what relative paths of secret and certificate files are relative to. */
  constructor(config: ScrapeConfig, baseDir: string) {
    this.#config = config;
    this.#baseDir = baseDir;
  }

  /**
   * Asks the target once, following redirects within its host.
   * @throws UserError `scrape_failed` with a reason a person can act on.
   */
  async fetch(request: ExpositionRequest): Promise<ExpositionBody> {
    const deadline = deadlineSignal(request.timeoutMs);
    const signal = AbortSignal.any([deadline, request.closing]);
    try {
      const headers = await this.#headers(request.timeoutMs);
      const response = await this.#follow(new URL(request.url), headers, signal);
      const body = await this.#body(response, signal);
      return { text: decodeBody(body), format: this.#format(response), bytes: body.length };
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (deadline.aborted) {
        throw failure(`no complete answer within the scrape_timeout of ${formatDuration(request.timeoutMs)}`);
      }
      throw failure(request.closing.aborted ? 'the scraper is closing' : reasonOf(error));
    }
  }

  close(): void {
    this.#plain.destroy();
    void this.#tls?.then(
      (agent) => agent.destroy(),
      () => undefined,
    );
  }

  async #follow(first: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    let url = first;
    for (let hops = 0; ; hops += 1) {
      refuseForbiddenHost(url.hostname);
      const response = await this.#send(url, headers, signal);
      const status = response.statusCode ?? 0;
      if (status === 200) return response;
      response.destroy();
      const location = response.headers.location;
      const redirected = [301, 302, 303, 307, 308].includes(status) && location !== undefined;
      if (!redirected || !this.#config.http.followRedirects) {
        throw failure(`server returned HTTP status ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd());
      }
      if (hops >= MOST_REDIRECTS) throw failure(`more than ${MOST_REDIRECTS} redirects`);
      url = redirectTarget(url, location);
    }
  }

  async #send(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const agent = secure ? await this.#tlsAgent() : this.#plain;
    const attempt = (): Promise<IncomingMessage> =>
      new Promise((done, reject) => {
        const options = { agent, headers, signal, lookup: guardedLookup };
        const request = secure ? httpsRequest(url, options) : httpRequest(url, options);
        request.once('response', done);
        request.once('error', (error) => reject(new RequestFailure(error, request.reusedSocket)));
        request.end();
      });
    try {
      return await attempt();
    } catch (error) {
      // A kept connection may have been closed by the target the moment it was reused; that says nothing about the target.
      if (error instanceof RequestFailure && error.reusedSocket && !signal.aborted) return attempt();
      throw error;
    }
  }

  async #body(response: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
    const limit = this.#config.limits.bodyBytes || Number.POSITIVE_INFINITY;
    const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    if (!['identity', 'gzip', 'x-gzip', ''].includes(encoding)) {
      response.destroy();
      throw failure(`the answer has the content-encoding ${JSON.stringify(encoding)}; only gzip is read`);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        response.destroy();
        throw failure(tooLarge(limit));
      }
      chunks.push(chunk);
    }
    signal.throwIfAborted();
    const body = Buffer.concat(chunks, size);
    if (encoding === 'identity' || encoding === '') return body;
    try {
      return await decompress(body, Number.isFinite(limit) ? { maxOutputLength: limit } : {});
    } catch (error) {
      const code = codeOf(error);
      throw failure(
        code === 'ERR_BUFFER_TOO_LARGE'
          ? `${tooLarge(limit)} after decompression`
          : `the body is not gzip as announced (${code})`,
      );
    }
  }

  #format(response: IncomingMessage): ExpositionFormat {
    const header = response.headers['content-type'] ?? '';
    const type = (header.split(';')[0] ?? '').trim().toLowerCase();
    if (type === 'application/openmetrics-text') return 'openmetrics';
    if (type === 'text/html' || type === 'application/xhtml+xml') {
      throw failure('the target answered HTML, not metrics; does the path need a login, or lead to a web page?');
    }
    if (type === '' || type.startsWith('text/'))
      return type === 'text/plain' ? 'text' : (this.#config.fallbackFormat ?? 'text');
    if (this.#config.fallbackFormat) return this.#config.fallbackFormat;
    throw failure(
      `the target answered ${JSON.stringify(header)}, which is no metrics format; set fallback_scrape_protocol if it is one`,
    );
  }

  async #headers(timeoutMs: number): Promise<Readonly<Record<string, string>>> {
    const { basicAuth, authorization } = this.#config.http;
    const headers: Record<string, string> = {
      accept: acceptHeader(this.#config.formats),
      'accept-encoding': this.#config.compression ? 'gzip' : 'identity',
      'user-agent': 'Watchroom',
      'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
    };
    if (basicAuth) {
      const username = await this.#secret(basicAuth.username, basicAuth.username_file);
      const password = await this.#secret(basicAuth.password, basicAuth.password_file);
      headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    } else if (authorization) {
      headers['authorization'] =
        `${authorization.type} ${await this.#secret(authorization.credentials, authorization.credentials_file)}`;
    }
    return headers;
  }

  async #secret(inline: string | undefined, file: string | undefined): Promise<string> {
    if (file === undefined) return inline ?? '';
    try {
      return (await readFile(resolve(this.#baseDir, file), 'utf8')).trim();
    } catch (error) {
      throw failure(`the file ${file} cannot be read (${codeOf(error)})`);
    }
  }

  async #tlsAgent(): Promise<TlsAgent> {
    this.#tls ??= this.#makeTlsAgent().catch((error: unknown) => {
      this.#tls = undefined;
      throw error;
    });
    return this.#tls;
  }

  async #makeTlsAgent(): Promise<TlsAgent> {
    const { tls } = this.#config.http;
    const pem = async (inline: string | undefined, file: string | undefined): Promise<string | undefined> =>
      inline ?? (file === undefined ? undefined : await this.#secret(undefined, file));
    const [ca, cert, key] = [
      await pem(tls.ca, tls.ca_file),
      await pem(tls.cert, tls.cert_file),
      await pem(tls.key, tls.key_file),
    ];
    return new TlsAgent({
      keepAlive: true,
      rejectUnauthorized: !tls.insecure_skip_verify,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(tls.server_name === undefined ? {} : { servername: tls.server_name }),
      ...(tls.min_version === undefined ? {} : { minVersion: TLS_VERSIONS[tls.min_version] }),
      ...(tls.max_version === undefined ? {} : { maxVersion: TLS_VERSIONS[tls.max_version] }),
    });
  }
}

const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

class RequestFailure extends Error {
  readonly reusedSocket: boolean;

  constructor(cause: Error, reusedSocket: boolean) {
    super(cause.message, { cause });
    this.reusedSocket = reusedSocket;
  }
}

/** What Prometheus sends, without protobuf: the formats in order of preference, then anything. */
function acceptHeader(formats: readonly ExpositionFormat[]): string {
  const types = formats.flatMap((format) =>
    format === 'openmetrics'
      ? [
          'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8',
          'application/openmetrics-text;version=0.0.1',
        ]
      : ['text/plain;version=1.0.0;escaping=allow-utf-8', 'text/plain;version=0.0.4'],
  );
  return [...types, '*/*'].map((type, index) => `${type};q=0.${Math.max(1, types.length + 2 - index)}`).join(',');
}

function redirectTarget(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw failure('the target redirects to something that is no URL');
  const to = new URL(location, from.href);
  const downgrade = from.protocol === 'https:' && to.protocol !== 'https:';
  if (to.hostname !== from.hostname || downgrade || !['http:', 'https:'].includes(to.protocol)) {
    throw failure(`the target redirects to ${to.protocol}//${to.host}; redirects to another host are not followed`);
  }
  return to;
}

function tooLarge(limit: number): string {
  return `the body is larger than the body_size_limit of ${limit >= MEBIBYTE ? `${limit / MEBIBYTE} MiB` : `${limit} bytes`}`;
}

function failure(reason: string): UserError {
  return new UserError('scrape_failed', reason);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof RequestFailure && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}
