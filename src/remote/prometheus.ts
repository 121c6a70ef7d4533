import { UserError } from '../errors.ts';
import { Labels } from '../labels/labels.ts';
import type { QueryResult, TimeRange } from '../promql/engine.ts';
import { parseFloatText } from '../promql/numeric.ts';
import type { Value } from '../promql/value.ts';
import { deadlineSignal } from '../time/deadline-signal.ts';
import type { QueryBackend } from './backend.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const LARGEST_ANSWER_BYTES = 256 * 1024 * 1024;

export interface PrometheusOptions {
  readonly timeoutMs?: number;
}

/**
 * The HTTP API of Prometheus, which Thanos, Mimir, VictoriaMetrics and a running bot offer too.
 * @param url where the API is mounted: everything before `/api/v1`. A user and a password in it become basic authentication.
 * @throws UserError `invalid_url`.
 */
export function prometheusBackend(url: string, options: PrometheusOptions = {}): QueryBackend {
  const { base, headers } = target(url);
  const ask = async (path: string, parameters: Readonly<Record<string, string>>): Promise<QueryResult> => {
    const answer = await post(new URL(path, base), new URLSearchParams(parameters), {
      headers,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    return readAnswer(answer, base.host);
  };
  return {
    instant: (expr, at) =>
      ask('api/v1/query', { query: expr, ...(at === undefined ? {} : { time: String(at / 1000) }) }),
    range: (expr, { from, to, stepMs }: TimeRange) =>
      ask('api/v1/query_range', {
        query: expr,
        start: String(from / 1000),
        end: String(to / 1000),
        step: String(stepMs / 1000),
      }),
  };
}

function target(url: string): { base: URL; headers: Record<string, string> } {
  if (!URL.canParse(url)) throw new UserError('invalid_url', `not a URL: ${JSON.stringify(url)}`);
  const base = new URL(url);
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw new UserError('invalid_url', `only http and https can be asked, not ${base.protocol.slice(0, -1)}`);
  }
  const headers: Record<string, string> = { accept: 'application/json' };
  if (base.username !== '') {
    const pair = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    base.username = '';
    base.password = '';
  }
  base.pathname = `${base.pathname.replace(/\/(?:api\/v1\/?)?$/, '')}/`;
  base.search = '';
  base.hash = '';
  return { base, headers };
}

interface Asking {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

async function post(url: URL, body: URLSearchParams, { headers, timeoutMs }: Asking): Promise<unknown> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'error',
      signal: deadlineSignal(timeoutMs),
    });
    status = response.status;
    text = await bounded(response);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('query_failed', `${url.host} cannot be asked: ${reasonOf(error, timeoutMs)}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError('query_failed', `${url.host} answered ${status} with something that is not Prometheus' API`);
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER_BYTES) throw new UserError('query_limit', 'the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}

function readAnswer(answer: unknown, host: string): QueryResult {
  const { status, error, data, warnings, infos } = fields(answer);
  if (status === 'error')
    throw new UserError('query_failed', `${host}: ${typeof error === 'string' ? error : 'error'}`);
  const { resultType, result } = fields(data);
  const value = status === 'success' ? readValue(resultType, result) : undefined;
  if (!value) throw new UserError('query_failed', `${host} answered with something that is not a query's result`);
  return { value, warnings: texts(warnings), infos: texts(infos) };
}

function readValue(type: unknown, result: unknown): Value | undefined {
  switch (type) {
    case 'scalar':
    case 'string': {
      const [t, text] = pair(result);
      return type === 'scalar' ? { kind: 'scalar', t, v: number(text) } : { kind: 'string', t, value: String(text) };
    }
    case 'vector':
      return {
        kind: 'vector',
        samples: list(result).map((item) => {
          const { metric, value, histogram } = fields(item);
          if (histogram !== undefined) refuseHistogram();
          const [t, text] = pair(value);
          return { labels: labelsOf(metric), t, v: number(text) };
        }),
      };
    case 'matrix':
      return {
        kind: 'matrix',
        series: list(result).map((item) => {
          const { metric, values, histograms } = fields(item);
          if (histograms !== undefined) refuseHistogram();
          const points = list(values).map(pair);
          return {
            labels: labelsOf(metric),
            times: Float64Array.from(points, ([t]) => t),
            values: Float64Array.from(points, ([, text]) => number(text)),
          };
        }),
      };
    default:
      return undefined;
  }
}

function refuseHistogram(): never {
  throw new UserError('unsupported', 'the answer holds native histograms, which are not supported');
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A point as the API writes it, `[seconds, "value"]`, with epoch ms. */
function pair(value: unknown): readonly [t: number, text: unknown] {
  const [seconds, text] = list(value);
  return [Math.round(Number(seconds) * 1000), text];
}

function number(text: unknown): number {
  return parseFloatText(String(text)) ?? Number.NaN;
}

function labelsOf(metric: unknown): Labels {
  return Labels.of(Object.entries(fields(metric)).map(([name, value]) => [name, String(value)] as const));
}

function texts(value: unknown): string[] {
  return list(value).map(String);
}
