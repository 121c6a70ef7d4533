import { alertmanagerRoutes } from '../api/alertmanager/routes.ts';
import { arrangementRoutes } from '../api/arrangements.ts';
import type { Auth } from '../api/auth.ts';
import { type CallsPorts, callRoutes } from '../api/calls.ts';
import { onCallRoutes } from '../api/on-call.ts';
import { type OperationsPorts, operationsRoutes } from '../api/operations.ts';
import { peopleRoutes } from '../api/people.ts';
import { prometheusRoutes } from '../api/prometheus/routes.ts';
import { type Server, type ServerOptions, startServer } from '../api/server.ts';
import type { Config } from '../config/load.ts';
import type { Directory } from '../people/directory.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { localZone } from '../time/zone.ts';
import { toldOf } from '../trace/told.ts';
import { alertLimitsOf } from './doors.ts';
import { type IncidentDoorOptions, incidentDoor } from './incident-door.ts';
import { teamZone } from './on-call.ts';
import type { App, AppOptions } from './parts.ts';

export interface ServingParts
  extends Pick<App, 'dispatcher' | 'incidents' | 'silences' | 'onCall' | 'observer' | 'audit' | 'health' | 'reload'>,
    Pick<IncidentDoorOptions, 'incidentStore' | 'people'>,
    Required<Pick<OperationsPorts, 'stuck'>> {
  readonly options: AppOptions;
  /** The present one, as with `auth`: a reload changes both. */
  readonly config: () => Config;
  readonly auth: () => Auth;
  readonly metrics: Metrics;
  readonly directory: Directory;
  readonly transact: <T>(fn: () => T) => T;
  readonly drills: CallsPorts['drills'];
  readonly slackListener: ServerOptions['slackListener'] | undefined;
}

/** The HTTP server with every route. Where it listens is decided once; a reload does not move it. */
export function openServer(parts: ServingParts): Promise<Server> {
  const { options, config, metrics, dispatcher, onCall, observer, slackListener } = parts;
  const now = (): number => options.clock.now();
  return startServer({
    ...config().settings.http.listen,
    hosts: [new URL(config().externalUrl).hostname],
    auth: parts.auth,
    routes: [
      alertmanagerRoutes({
        dispatcher,
        routing: () => config().routing,
        limits: () => alertLimitsOf(config()),
        now,
        startedAt: options.wire.now(),
        version: options.version,
        transact: parts.transact,
        audit: (entry) => parts.audit.record(entry),
        rules: async () => (await observer.ruleGroups()).flatMap(({ rules }) => rules),
        told: (fingerprint) => toldOf(parts.incidentStore, fingerprint),
        nameOf: (id) => parts.people.user(id)?.name ?? id,
        zone: () => config().settings.digest?.timezone ?? localZone(),
        counters: metrics.intake,
      }),
      prometheusRoutes({ observer, now, version: options.version }),
      peopleRoutes({ departures: onCall.departures, now }),
      callRoutes({
        page: parts.incidents.page,
        drills: parts.drills,
        nameOf: (id) => parts.people.user(id)?.name ?? id,
        now,
      }),
      arrangementRoutes({ ...onCall, directory: parts.directory, now }),
      onCallRoutes({ roster: onCall.roster, directory: parts.directory, now }),
      incidentDoor({
        incidents: parts.incidents,
        incidentStore: parts.incidentStore,
        silences: parts.silences,
        people: parts.people,
        explain: (labels, at) => dispatcher.explain(labels, at),
        zone: () => teamZone(config()),
        now,
      }),
      operationsRoutes({
        health: parts.health,
        stuck: parts.stuck,
        metrics: async () => ({ contentType: metrics.contentType, body: await metrics.text() }),
        reload: parts.reload,
      }),
    ],
    ...(slackListener && { slackListener }),
    onError: (error, path) => options.log.error('a request failed', { error, path }),
  });
}
