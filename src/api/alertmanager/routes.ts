import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOpen } from '../../alert/alert.ts';
import { admitAlerts } from '../../routing/limits.ts';
import { isoInstant } from '../../time/instant.ts';
import { type Endpoint, searchOf, serveEndpoints } from '../endpoints.ts';
import { failureOf, type Routes } from '../server.ts';
import { alertsView, groupsView } from './alert-view.ts';
import { configText } from './config-text.ts';
import { readAlertFilter, readMatchers } from './filter.ts';
import { unreadable } from './json-fields.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { readAlerts } from './posted-alerts.ts';
import { invalid, Refusal, refusal } from './refusal.ts';
import { expireSilence, putSilence } from './silence-changes.ts';
import { compareSilences, silencePasses, viewOfSilence } from './silence-view.ts';
import { why, whyNot } from './why.ts';

/** Whose API this is: clients choose their dialect by it. */
const API_RELEASE = '0.25.0';
/** A storm comes in large bodies, and must not be refused for its size. */
const ALERTS_BODY_LIMIT = 8 * 1024 * 1024;
/** Complaints about one body that are spelled out. */
const MOST_PROBLEMS = 20;

/** Alertmanager's API v2 as of 0.25, with `why` and `whynot` beside it. */
export function alertmanagerRoutes(ports: AlertmanagerPorts): Routes {
  return (server) => {
    server.register(async (scope) => serveAlertmanager(scope, ports), { prefix: '/api/v2' });
  };
}

function serveAlertmanager(scope: FastifyInstance, ports: AlertmanagerPorts): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(body.toString()));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      done(unreadable(request.url.includes('/silences') ? 'silence' : 'alerts', reason));
    }
  });
  scope.setErrorHandler(async (error, request, reply) => {
    const { statusCode, body } = answerTo(error, request);
    reply.code(statusCode).type('application/json');
    await reply.send(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
  });
  scope.setNotFoundHandler((request) => {
    throw invalid(404, `path ${pathOf(request)} was not found`);
  });
  serveEndpoints(scope, endpoints(ports), async (request, _reply, allowed) => {
    throw invalid(405, `method ${request.method} is not allowed, but [${allowed.join(',')}] are`);
  });
}

function answerTo(error: unknown, request: FastifyRequest): Pick<Refusal, 'statusCode' | 'body'> {
  if (error instanceof Refusal) return error;
  const { status, message } = failureOf(error);
  if (status === 415) {
    const type = request.headers['content-type'] ?? 'application/octet-stream';
    return invalid(415, `unsupported media type ${JSON.stringify(type)}, only [application/json] are allowed`);
  }
  return { statusCode: status, body: message };
}

function endpoints(ports: AlertmanagerPorts): Endpoint[] {
  const { dispatcher, now } = ports;
  return [
    {
      method: 'POST',
      path: '/alerts',
      needs: 'alerts:write',
      bodyLimit: ALERTS_BODY_LIMIT,
      handle: ({ body }) => postAlerts(body, ports),
    },
    {
      method: 'GET',
      path: '/alerts',
      needs: 'read',
      handle: (request) => alertsView(dispatcher, readAlertFilter(searchOf(request)), now()),
    },
    {
      method: 'GET',
      path: '/alerts/groups',
      needs: 'read',
      handle: (request) => groupsView(dispatcher, readAlertFilter(searchOf(request)), now()),
    },
    { method: 'GET', path: '/silences', needs: 'read', handle: (request) => listSilences(request, ports) },
    {
      method: 'POST',
      path: '/silences',
      needs: 'silences:write',
      handle: ({ body, caller }) => ({ silenceID: putSilence(body, caller, ports) }),
    },
    {
      method: 'GET',
      path: '/silence/:id',
      needs: 'read',
      handle: (request) => {
        const silence = dispatcher.silence(silenceId(request));
        // Alertmanager answers with an empty body here.
        if (!silence) throw new Refusal(404, 'silence not found', undefined);
        return viewOfSilence(silence, now());
      },
    },
    {
      method: 'DELETE',
      path: '/silence/:id',
      needs: 'silences:write',
      handle: (request) => expireSilence(silenceId(request), request.caller, ports),
    },
    {
      method: 'GET',
      path: '/receivers',
      needs: 'read',
      handle: () => [...dispatcher.config.receivers.keys()].map((name) => ({ name })),
    },
    { method: 'GET', path: '/status', needs: 'read', handle: () => statusOf(ports) },
    {
      method: 'GET',
      path: '/why',
      needs: 'read',
      handle: (request) => why(searchOf(request).get('fingerprint'), ports, now()),
    },
    {
      method: 'GET',
      path: '/whynot',
      needs: 'read',
      handle: (request) => whyNot(readMatchers(searchOf(request)), ports, now()),
    },
  ];
}

function postAlerts(body: unknown, ports: AlertmanagerPorts): undefined {
  const { dispatcher, counters } = ports;
  const now = ports.now();
  const { alerts, problems } = readAlerts(body, dispatcher.config.resolveTimeoutMs, now);
  const { admitted, refused } = admitAlerts(alerts, dispatcher.openAlerts, ports.limits());
  dispatcher.ingest(admitted, now);
  const firing = admitted.filter(isOpen).length;
  counters.received('firing', firing);
  counters.received('resolved', admitted.length - firing);
  counters.invalid(problems.length);
  for (const { limit } of refused) counters.limited(limit);
  const reasons = [
    ...problems,
    ...refused.map(({ alert, message }) => `${brief(alert.labels.toString())}: ${message}`),
  ];
  if (reasons.length === 0) return;
  const more = reasons.length > MOST_PROBLEMS ? [`and ${reasons.length - MOST_PROBLEMS} more`] : [];
  throw refusal(400, [...reasons.slice(0, MOST_PROBLEMS), ...more].join('; '));
}

function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200).toWellFormed()}…` : text;
}

function listSilences(request: FastifyRequest, ports: AlertmanagerPorts): unknown {
  const now = ports.now();
  const filter = readMatchers(searchOf(request));
  return ports.dispatcher
    .listSilences()
    .filter((silence) => silencePasses(silence, filter))
    .sort((a, b) => compareSilences(a, b, now))
    .map((silence) => viewOfSilence(silence, now));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function silenceId(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  if (!UUID.test(id)) throw invalid(601, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
  return id.toLowerCase();
}

function statusOf(ports: AlertmanagerPorts): unknown {
  return {
    cluster: { peers: [], status: 'disabled' },
    config: { original: configText(ports.routing()) },
    uptime: isoInstant(ports.startedAt),
    versionInfo: {
      branch: 'watchroom',
      buildDate: '',
      buildUser: '',
      goVersion: '',
      revision: `watchroom ${ports.version}`,
      version: API_RELEASE,
    },
  };
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}
