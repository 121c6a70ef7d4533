import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ListAnswer, MetricDescription, Observer, QueryAnswer, SeriesFilter } from '../../observer/port.ts';
import { type Endpoint, type Method, searchOf, serveEndpoints } from '../endpoints.ts';
import { failureOf, type Routes } from '../server.ts';
import { badData, Failure, failureOfStatus } from './failure.ts';
import { durationOf, EARLIEST, instantOf, instantOr, LATEST, limitOf, type Parameters } from './parameters.ts';
import { alertsBody, rulesView } from './rules-view.ts';
import { targetsView } from './targets-view.ts';

/** Whose API this is: clients choose what to ask for by it. */
const API_RELEASE = '2.42.0';
const MOST_POINTS = 11_000;
const MOST_SELECTORS = 100;

export interface PrometheusPorts {
  readonly observer: Observer;
  /** Domain time: what a query without a time is asked at. */
  readonly now: () => number;
  readonly version: string;
}

/** Prometheus' API v1 over the observer, as far as data sources and tools ask for it. */
export function prometheusRoutes(ports: PrometheusPorts): Routes {
  return (server) => {
    server.register(async (scope) => servePrometheus(scope, ports), { prefix: '/api/v1' });
  };
}

function servePrometheus(scope: FastifyInstance, ports: PrometheusPorts): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(body.toString())),
  );
  // Go's ParseForm reads no other body either.
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, undefined));
  scope.setErrorHandler(async (error, _request, reply) => {
    const failure = error instanceof Failure ? error : outsideFailure(error);
    await reply.code(failure.statusCode).send(failure.body);
  });
  scope.setNotFoundHandler((request) => {
    throw new Failure('not_found', `there is no ${request.url.split('?')[0]}`);
  });
  serveEndpoints(scope, endpoints(ports), async (request, _reply, allowed) => {
    throw new Failure('bad_data', `method ${request.method} is not allowed; ${allowed.join(' and ')} are`, 405);
  });
}

function outsideFailure(error: unknown): Failure {
  const { status, message } = failureOf(error);
  return failureOfStatus(status, message);
}

type Handle = (parameters: Parameters, request: FastifyRequest) => Promise<unknown>;

function endpoints({ observer, now, version }: PrometheusPorts): Endpoint[] {
  return [
    ...both('/query', async (p) => {
      refuseTimeout(p);
      return queried(await observer.query(p.get('query') ?? '', instantOr(p, 'time', now())), limitOf(p, 'limit'));
    }),
    ...both('/query_range', async (p) => {
      const range = rangeOf(p);
      const { from, to, stepMs } = range;
      refuseTimeout(p);
      return queried(await observer.queryRange(p.get('query') ?? '', from, to, stepMs), limitOf(p, 'limit'));
    }),
    ...both('/series', async (p) => {
      const filter = filterOf(p);
      if (filter.selectors.length === 0) throw badData('no match[] parameter provided');
      return listed(await observer.series(filter), limitOf(p, 'limit'));
    }),
    ...both('/labels', async (p) => listed(await observer.labelNames(filterOf(p)), limitOf(p, 'limit'))),
    only('/label/:name/values', async (p, request) => {
      const { name } = request.params as { name: string };
      return listed(await observer.labelValues(labelName(name), filterOf(p)), limitOf(p, 'limit'));
    }),
    only('/metadata', async (p) => success(metadataBody(await observer.metadata(), p))),
    only('/rules', async (p) => success(rulesView(await observer.ruleGroups(), p))),
    only('/alerts', async () => success(alertsBody(await observer.ruleGroups()))),
    only('/targets', async (p) => success(targetsView(await observer.targets(), await observer.droppedTargets(), p))),
    ...both('/query_exemplars', async () => success([])),
    only('/status/buildinfo', async () => success(buildInfo(version))),
  ];
}

function both(path: string, handle: Handle): Endpoint[] {
  return (['GET', 'POST'] as const).map((method) => endpoint(method, path, handle));
}

function only(path: string, handle: Handle): Endpoint {
  return endpoint('GET', path, handle);
}

function endpoint(method: Method, path: string, handle: Handle): Endpoint {
  return {
    method,
    path,
    needs: 'read',
    handle: (request) => {
      const form = request.body instanceof URLSearchParams ? [...request.body] : [];
      return handle(new URLSearchParams([...form, ...searchOf(request)]), request);
    },
  };
}

function success(data: unknown): unknown {
  return { status: 'success', data };
}

/** Prometheus' own order of checks: end, step, resolution. @throws Failure `bad_data` */
function rangeOf(p: Parameters): { readonly from: number; readonly to: number; readonly stepMs: number } {
  const from = instantOf(p, 'start');
  const to = instantOf(p, 'end');
  if (to < from) throw badData('invalid parameter "end": end timestamp must not be before start time');
  const stepMs = durationOf(p, 'step');
  if (stepMs <= 0) {
    throw badData(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if ((to - from) / stepMs > MOST_POINTS) {
    throw badData(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  return { from, to, stepMs };
}

/** Our engine is bounded by work, not by time; a timeout that cannot be read is still an error. */
function refuseTimeout(p: Parameters): void {
  if ((p.get('timeout') ?? '') !== '') durationOf(p, 'timeout');
}

function filterOf(p: Parameters): SeriesFilter {
  const selectors = p.getAll('match[]');
  if (selectors.length > MOST_SELECTORS) throw badData(`more than ${MOST_SELECTORS} match[] parameters`);
  return { selectors, from: instantOr(p, 'start', EARLIEST), to: instantOr(p, 'end', LATEST) };
}

/** UTF-8 names come as they are, or in Prometheus' `U__` escaping: there `_2e_` is a point and `__` an underscore. */
function labelName(text: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text) && !text.startsWith('U__')) return text;
  if (!text.startsWith('U__')) {
    if (text === '' || !text.isWellFormed()) throw badData(`invalid label name: ${JSON.stringify(text)}`);
    return text;
  }
  return text.slice(3).replace(/_(?:_|([0-9a-fA-F]{1,6})_)/g, (all, hex?: string) => {
    if (hex === undefined) return '_';
    const code = Number.parseInt(hex, 16);
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? all : String.fromCodePoint(code);
  });
}

const TRUNCATED = 'results truncated due to limit';

function queried(answer: QueryAnswer, limit: number | undefined): unknown {
  if (answer.status === 'error') {
    const { errorType, error } = answer;
    throw new Failure(errorType, errorType === 'bad_data' ? `invalid parameter "query": ${error}` : error);
  }
  const { data, warnings, infos } = answer;
  const series = data.resultType === 'vector' || data.resultType === 'matrix' ? data.result : [];
  const cut = limit !== undefined && series.length > limit;
  const said = cut ? [...warnings, TRUNCATED] : warnings;
  return {
    status: 'success',
    data: cut ? { resultType: data.resultType, result: series.slice(0, limit) } : data,
    ...(said.length > 0 && { warnings: said }),
    ...(infos.length > 0 && { infos }),
  };
}

function listed(answer: ListAnswer<unknown>, limit: number | undefined): unknown {
  if (answer.status === 'error') throw badData(`invalid parameter "match[]": ${answer.error}`);
  const { data } = answer;
  if (limit === undefined || data.length <= limit) return success(data);
  return { status: 'success', data: data.slice(0, limit), warnings: [TRUNCATED] };
}

function metadataBody(all: readonly (readonly [string, readonly MetricDescription[]])[], p: Parameters): unknown {
  const limit = limitOf(p, 'limit');
  const perMetric = limitOf(p, 'limit_per_metric');
  const metric = p.get('metric') ?? '';
  const shown = all
    .filter(([name]) => metric === '' || name === metric)
    .slice(0, limit)
    .map(([name, descriptions]) => [name, descriptions.slice(0, perMetric)] as const);
  return Object.fromEntries(shown);
}

function buildInfo(version: string): unknown {
  return {
    version: API_RELEASE,
    revision: `watchroom ${version}`,
    branch: 'watchroom',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  };
}
