import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { alertmanagerRoutes } from '../api/alertmanager/routes.ts';
import { onCallRoutes } from '../api/on-call.ts';
import { operationsRoutes, type PartHealth } from '../api/operations.ts';
import { prometheusRoutes } from '../api/prometheus/routes.ts';
import { type Server, startServer } from '../api/server.ts';
import { type Audit, createAudit } from '../audit/trail.ts';
import type { Config } from '../config/load.ts';
import { createOutbox, type OutboxDraft } from '../delivery/outbox.ts';
import { printProblem } from '../document/position.ts';
import { createIncidents } from '../incident/incidents.ts';
import type { Incidents, IncidentsPorts } from '../incident/ports.ts';
import { SilenceActs } from '../incident/silence-acts.ts';
import { FeedReader } from '../observer/feed-reader.ts';
import type { LocalObserverSettings } from '../observer/local.ts';
import type { Observer } from '../observer/port.ts';
import { createDirectory } from '../people/directory.ts';
import { afterAbsence } from '../routing/absence.ts';
import { Dispatcher } from '../routing/dispatcher.ts';
import { SqliteAuditStore } from '../sqlite/audit-store.ts';
import { Db } from '../sqlite/db.ts';
import { FeedCursor } from '../sqlite/feed-cursor.ts';
import { SqliteIncidentStore } from '../sqlite/incident-store.ts';
import { migrate } from '../sqlite/migrate.ts';
import { stateMigrations } from '../sqlite/migrations/index.ts';
import { SqliteOutboxStore } from '../sqlite/outbox-store.ts';
import { SqlitePeopleStore } from '../sqlite/people-store.ts';
import { SqliteRoutingStore } from '../sqlite/routing-store.ts';
import { SqliteSilenceStore } from '../sqlite/silence-store.ts';
import type { Log } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import { localZone } from '../time/zone.ts';
import { alertLimitsOf, authOf } from './doors.ts';
import { alertNamesOf, linksOf, readRunbooks, standingOf } from './facts.ts';
import { countIncidents, queued } from './gauges.ts';
import { handoffBrief } from './handoff-brief.ts';
import { incidentDoor } from './incident-door.ts';
import { createLearning } from './learning.ts';
import { createOnCall, type OnCall, teamZone } from './on-call.ts';
import { createPulse } from './pulse.ts';
import { asDeliverable } from './receivers.ts';
import { routingPorts } from './routing-ports.ts';
import { createSlackSide, type SlackSide } from './slack-side.ts';
import { createTelling } from './telling.ts';

/** The observing half, wherever it runs. `jobs` is empty where it drives itself in a thread. */
export interface RunningObserver {
  readonly observer: Observer;
  readonly jobs: readonly Job[];
  reload(settings: LocalObserverSettings): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  /** Reads the configuration again; throws where it is bad, and nothing changes. */
  readonly reread: () => Config;
  /** Domain time. */
  readonly clock: Clock;
  /** Real time. */
  readonly wire: Clock;
  readonly startObserver: (settings: LocalObserverSettings) => Promise<RunningObserver>;
  /** File names, or `:memory:`. */
  readonly databases: { readonly state: string; readonly metrics: string };
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  readonly version: string;
}

/** The bot, composed and not yet moving: `jobs` want a loop (or a manual clock), `start` opens the doors. */
export interface App {
  /** On the domain's clock, in the order in which one instant's work should be done. */
  readonly domainJobs: readonly Job[];
  /** On the wire's clock. */
  readonly wireJobs: readonly Job[];
  readonly dispatcher: Dispatcher;
  readonly incidents: Incidents;
  readonly silences: SilenceActs;
  readonly onCall: OnCall;
  readonly audit: Audit;
  readonly observer: Observer;
  readonly health: () => readonly PartHealth[];
  readonly reload: () => Promise<readonly string[]>;
  /** How the app asks its loops to look at deadlines anew. */
  onWake(listener: () => void): void;
  /** Connects to Slack. Never throws: what cannot connect keeps trying. */
  connect(): void;
  listen(): Promise<Server>;
  /** Starts no more sends: call before the loops are stopped, whose courier would otherwise empty the outbox first. */
  stopSending(): void;
  /** Stops taking input; call after the loops have ended. */
  close(): Promise<void>;
}

/**
 * Builds everything in the order of the data flow. One straight function: each part needs the ones before it, and the few that look
 * back (incidents ask routing, routing tells incidents) do so through functions.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { clock, wire, log, random } = options;
  let config = options.config;
  let runbooks = readRunbooks(config);
  const { host } = config.settings.http.listen;
  let auth = authOf(config, host);
  let wake: () => void = () => {};
  const poke = (): void => wake();

  const db = new Db(options.databases.state);
  migrate(db, stateMigrations);
  const transact = <T>(fn: () => T): T => db.tx(fn);
  const outboxStore = new SqliteOutboxStore(db);
  const incidentStore = new SqliteIncidentStore(db);
  const peopleStore = new SqlitePeopleStore(db);
  const audit = createAudit({ store: new SqliteAuditStore(db) });
  const observing = await options.startObserver(observerSettings(config, options));
  const { observer } = observing;

  const metrics = createMetrics({
    registry: new Registry(),
    version: options.version,
    ofProcess: true,
    sources: {
      outbox: () => outboxStore.depth(),
      openIncidents: () => countIncidents(incidentStore.openIncidents()),
      lastLoopAt: () => pulse.job.wholeAt() ?? 0,
    },
  });

  const { enqueue } = createOutbox({ store: outboxStore, wire, random, onEnqueue: poke });
  const post = (draft: OutboxDraft | undefined): void => {
    if (draft) enqueue(draft);
  };
  const directory = createDirectory(() => config.settings.directory, peopleStore);
  const groupsOf = (id: string): readonly string[] | undefined => slack?.registrar.groupsOf(id, wire.now());
  const onCall = createOnCall({
    config: () => config,
    db,
    people: peopleStore,
    directory,
    record: (entry) => audit.record(entry),
    standing: (actor) => standingOf(actor, peopleStore, groupsOf),
    say: (to, change, now) => post(slack?.changeNotice(to, change, now)),
    wake: poke,
    now: () => clock.now(),
    pagesOf: (person, from, to) => incidentStore.ladders.pagesOf(person, from, to),
    brief: (handoff, now) => handoffBrief(handoff, now, { onCall, incidents, silences, digest: learning.digest }),
    tellHandoff: (to, notice, now) => post(slack?.handoffNotice(to, notice, now)),
    postGaps: (now) => post(slack?.gapsNotice(now)),
  });
  const telling = createTelling({
    config: () => config,
    db,
    outbox: outboxStore,
    enqueue,
    incidentStore,
    directory,
    clock,
    wire,
    random,
    wording: () => ({ timezone: teamZone(config), nameOf: (id) => peopleStore.user(id)?.name }),
    metrics,
    log,
  });
  const learning = createLearning({ config: () => config, db, clock, enqueue, incidentStore, log });
  const ports: IncidentsPorts = {
    store: incidentStore,
    clock,
    transact,
    enqueue,
    audit: (record) => audit.record(record),
    ...routingPorts(
      () => dispatcher,
      () => config,
      () => clock.now(),
    ),
    ...telling.ports,
    told: learning.told,
    observe: (event, incident) => {
      telling.observe(event, incident);
      learning.observe(event, incident);
    },
    links: (alert) => linksOf(alert, config, runbooks),
    directory,
    schedules: onCall.source,
    paging: () => config.onCall.paging,
    policies: () => config.onCall.policies,
    severities: () => config.severities,
    rights: () => config.settings.rights,
    standing: (actor) => standingOf(actor, peopleStore, groupsOf),
    doNotDisturb: async (people) => (await slack?.inDoNotDisturb(people)) ?? new Set(),
    inBusinessHours: onCall.inBusinessHours,
    repaired: (repair, now) => {
      log.error('a ladder was broken and has been mended', { ...repair });
      post(slack?.repairNotice(repair, now));
    },
    wake: poke,
  };
  const incidents = createIncidents(ports);

  const dispatcher: Dispatcher = new Dispatcher({
    config: config.routing.config,
    store: new SqliteRoutingStore(db),
    silences: new SqliteSilenceStore(db),
    effects: {
      notify: (notification, group) => {
        metrics.notified(notification.integration.kind, notification.reason);
        incidents.effects.notify(asDeliverable(config, notification), group);
        telling.settle(notification.at);
      },
      changed: (group) => incidents.effects.changed(group),
      ended: (group) => incidents.effects.ended(group),
      inhibits: (sources) => incidents.effects.inhibits?.(sources),
      silenceEnding: ({ id, createdBy }) => {
        post(slack?.silenceEnding(id, directory.person(createdBy)?.slackId, clock.now()));
      },
    },
    transact,
    newId: randomUUID,
    startedAt: clock.now(),
    poke,
  });
  const silences = new SilenceActs(
    ports,
    () => dispatcher,
    () => alertNamesOf(config),
  );

  const slack: SlackSide | undefined = config.slack
    ? createSlackSide({
        settings: config.slack,
        config: () => config,
        clock,
        wire,
        db,
        log,
        incidents,
        incidentStore,
        silences,
        people: peopleStore,
        onCall,
        runbooks: () => runbooks,
        explain: (labels, now) => dispatcher.explain(labels, now),
        health: () => health(),
        digest: learning.digest,
        enqueue,
        poke,
      })
    : undefined;
  // What was arranged may be about shifts that the present files no longer have.
  onCall.settle(clock.now());
  learning.noteRules(clock.now());

  const courier = telling.startCourier({
    incidents,
    notifiers: slack?.notifiers ?? [],
    cardLink: (id) => slack?.cardLink(id),
  });

  const feed = new FeedReader({
    observer,
    transact,
    cursor: new FeedCursor(db),
    apply: (alerts, now) => dispatcher.ingest(alerts, now),
    wake: poke,
  });

  const pulse = createPulse({
    config: () => config,
    clock,
    wire,
    dispatcher,
    enqueue,
    transact,
    loop: () => ({
      databaseAnswers: db.answers(),
      slackRefuses: courier.isCircuitOpen('slack.card'),
      disconnectedMs: slack?.disconnectedMs() ?? 0,
    }),
    log,
  });

  const health = (): readonly PartHealth[] => [
    { part: 'database', ok: db.answers(), detail: db.answers() ? 'answers' : 'does not answer' },
    ...(slack ? [slack.health()] : []),
    {
      part: 'delivery',
      ok: !courier.isCircuitOpen('slack.card'),
      detail: courier.isCircuitOpen('slack.card') ? 'Slack refuses our token' : `${queued(outboxStore)} waiting`,
    },
    ...pulse.health(),
  ];

  const reload = async (): Promise<readonly string[]> => {
    try {
      const next = options.reread();
      const nextRunbooks = readRunbooks(next);
      const nextAuth = authOf(next, host);
      // What can still fail comes first; from here on nothing waits, so nobody sees half of it.
      await observing.reload(observerSettings(next, options));
      dispatcher.reload(next.routing.config, clock.now());
      config = next;
      runbooks = nextRunbooks;
      onCall.settle(clock.now());
      auth = nextAuth;
      learning.noteRules(clock.now());
      metrics.reloaded('ok');
      poke();
      return [...next.warnings, ...next.onCall.unmapped].map(printProblem);
    } catch (error) {
      metrics.reloaded('error');
      throw error;
    }
  };

  dispatcher.ingest(afterAbsence(dispatcher.alerts(Number.NEGATIVE_INFINITY), clock.now()), clock.now());

  return {
    domainJobs: [...observing.jobs, feed, dispatcher, ...incidents.jobs, ...learning.jobs, ...onCall.jobs],
    wireJobs: [...(slack ? [slack.registrar] : []), pulse.job, courier],
    dispatcher,
    incidents,
    silences,
    onCall,
    audit,
    observer,
    health,
    reload,
    onWake: (listener) => {
      wake = () => {
        courier.wake();
        listener();
      };
    },
    connect: () => slack?.app.start(),
    stopSending: () => courier.stop(),
    listen: () =>
      startServer({
        ...config.settings.http.listen,
        hosts: [new URL(config.externalUrl).hostname],
        auth: () => auth,
        routes: [
          alertmanagerRoutes({
            dispatcher,
            routing: () => config.routing,
            limits: () => alertLimitsOf(config),
            now: () => clock.now(),
            startedAt: wire.now(),
            version: options.version,
            transact,
            audit: (entry) => audit.record(entry),
            rules: () => observer.rules(),
            zone: () => config.settings.digest?.timezone ?? localZone(),
            counters: metrics.intake,
          }),
          prometheusRoutes({ observer, now: () => clock.now(), version: options.version }),
          onCallRoutes({ roster: onCall.roster, directory, now: () => clock.now() }),
          incidentDoor({
            incidents,
            incidentStore,
            silences,
            people: peopleStore,
            explain: (labels, now) => dispatcher.explain(labels, now),
            zone: () => teamZone(config),
            now: () => clock.now(),
          }),
          operationsRoutes({
            health,
            stuck: pulse.stuck,
            metrics: async () => ({ contentType: metrics.contentType, body: await metrics.text() }),
            reload,
          }),
        ],
        ...(slack?.app.requestListener && { slackListener: slack.app.requestListener }),
        onError: (error, path) => log.error('a request failed', { error, path }),
      }),
    close: async () => {
      await slack?.app.stop();
      await observer.close();
      db.close();
    },
  };
}

function observerSettings(config: Config, options: AppOptions): LocalObserverSettings {
  return {
    database: options.databases.metrics,
    scrape: config.scrapeSource,
    baseDir: config.baseDir,
    ruleFiles: config.ruleFiles,
    externalUrl: config.externalUrl,
    retentionMs: config.settings.retention.raw,
  };
}
