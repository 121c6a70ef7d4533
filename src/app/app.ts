import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import type { PartHealth } from '../api/operations.ts';
import { createAudit } from '../audit/trail.ts';
import type { Config } from '../config/load.ts';
import { createOutbox, type OutboxDraft } from '../delivery/outbox.ts';
import { printProblem } from '../document/position.ts';
import { drillGist } from '../incident/drill.ts';
import { createIncidents } from '../incident/incidents.ts';
import type { IncidentsPorts } from '../incident/ports.ts';
import { SilenceActs } from '../incident/silence-acts.ts';
import { FeedReader } from '../observer/feed-reader.ts';
import type { LocalObserverSettings } from '../observer/local.ts';
import { createDirectory } from '../people/directory.ts';
import { afterAbsence } from '../routing/absence.ts';
import { Dispatcher } from '../routing/dispatcher.ts';
import { AlertRows } from '../sqlite/alert-rows.ts';
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
import { createMetrics } from '../telemetry/metrics.ts';
import { oncePerTurn } from '../time/once-per-turn.ts';
import { authOf } from './doors.ts';
import { createDrills } from './drills.ts';
import { alertNamesOf, linksOf, readRunbooks, standingOf } from './facts.ts';
import { countIncidents, deliveryHealth, queued, refusedSamples } from './gauges.ts';
import { handoffBrief } from './handoff-brief.ts';
import { createLearning } from './learning.ts';
import { createOnCall, refuseUnknownMembers, teamZone } from './on-call.ts';
import { pageDirectory } from './paging-by-hand.ts';
import type { App, AppOptions } from './parts.ts';
import { createPathTests } from './path-tests.ts';
import { createPulse } from './pulse.ts';
import { asDeliverable } from './receivers.ts';
import { routingPorts } from './routing-ports.ts';
import { openServer } from './serving.ts';
import { createSlackSide, type SlackSide } from './slack-side.ts';
import { createTelling } from './telling.ts';

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
  const poke = oncePerTurn(() => wake());

  const db = new Db(options.databases.state);
  migrate(db, stateMigrations);
  const transact = <T>(fn: () => T): T => db.tx(fn);
  const outboxStore = new SqliteOutboxStore(db);
  const alertRows = new AlertRows(db);
  const incidentStore = new SqliteIncidentStore(db, alertRows);
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
      refusedSamples: async () => refusedSamples(await observer.targets()),
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
    reach: {
      quietTime: (id) => slack?.registrar.quietTime(id),
      hasOtherWay: (person) => telling.toPerson.otherWay(person) !== undefined,
    },
    brief: (handoff, now) => handoffBrief(handoff, now, { onCall, incidents, silences, digest: learning.digest }),
    tellHandoff: (to, notice, now) => post(slack?.handoffNotice(to, notice, now)),
    postGaps: (now) => post(slack?.gapsNotice(now)),
  });
  const telling = createTelling({
    config: () => config,
    db,
    outbox: outboxStore,
    enqueue,
    record: (entry) => audit.record(entry),
    incidentStore,
    directory,
    clock,
    wire,
    random,
    wording: () => ({ timezone: teamZone(config), nameOf: (id) => peopleStore.user(id)?.name }),
    metrics,
    log,
  });
  const learning = createLearning({
    config: () => config,
    db,
    clock,
    enqueue,
    incidentStore,
    log,
    notes: (from, to) => drills.desk.between(from, to).map(drillGist),
  });
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
      const pager = incident.page && directory.person(incident.page.by.id)?.slackId;
      if (pager !== undefined) post(slack?.pagerNews(event, incident, pager));
      drills.observe(event, incident);
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
    pageDirectory: pageDirectory({
      config: () => config,
      people: peopleStore,
      userGroup: (reference) => slack?.registrar.group(reference, wire.now()),
      otherWay: (person) => telling.toPerson.otherWay(person),
    }),
    businessHoursFrom: onCall.businessHoursFrom,
    repaired: (repair, now) => {
      log.error('a ladder was broken and has been mended', { ...repair });
      post(slack?.repairNotice(repair, now));
    },
    wake: poke,
  };
  const incidents = createIncidents(ports);
  const drills = createDrills({
    ports,
    config: () => config,
    db,
    outbox: outboxStore,
    enqueue,
    words: (to, notice, now) => slack?.drillNotice(to, notice, now),
    textMessage: (person, text, now) => telling.toPerson.textMessage(person, text, now),
  });
  const pathTests = createPathTests({
    db,
    directory,
    outbox: outboxStore,
    enqueue,
    record: (entry) => audit.record(entry),
    toPerson: telling.toPerson,
    message: (user, test, now) => slack?.pathTestMessage(user, test, now),
    hasSlack: () => config.slack !== undefined,
  });

  const dispatcher: Dispatcher = new Dispatcher({
    config: config.routing.config,
    store: new SqliteRoutingStore(db, alertRows),
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
    limited: (limit) => metrics.intake.limited(limit),
    poke,
  });
  const silences = new SilenceActs(
    { ...ports, outcomes: learning.outcomes },
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
        drills: drills.desk,
        pathTests,
        runbooks: () => runbooks,
        explain: (labels, now) => dispatcher.explain(labels, now),
        health: () => health(),
        digest: learning.digest,
        enqueue,
        poke,
        metrics,
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
      unheard: telling.unheard() > 0,
    }),
    log,
  });

  const health = (): readonly PartHealth[] => [
    { part: 'database', ok: db.answers(), detail: db.answers() ? 'answers' : 'does not answer' },
    ...(slack ? [slack.health()] : []),
    deliveryHealth(courier.isCircuitOpen('slack.card'), telling.unheard(), queued(outboxStore)),
    ...pulse.health(),
  ];

  const reload = async (): Promise<readonly string[]> => {
    try {
      const next = options.reread();
      const nextRunbooks = readRunbooks(next);
      const nextAuth = authOf(next, host);
      refuseUnknownMembers(next, config, peopleStore);
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
    domainJobs: [
      ...observing.jobs,
      feed,
      dispatcher,
      ...incidents.jobs,
      ...learning.jobs,
      ...telling.jobs,
      ...onCall.jobs,
      ...drills.jobs,
    ],
    wireJobs: [...(slack ? [slack.registrar, slack.linkWatch] : []), pulse.job, courier],
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
      openServer({
        options,
        config: () => config,
        auth: () => auth,
        metrics,
        dispatcher,
        incidents,
        incidentStore,
        silences,
        people: peopleStore,
        directory,
        onCall,
        drills: drills.desk,
        observer,
        audit,
        transact,
        health,
        stuck: pulse.stuck,
        reload,
        slackListener: slack?.app.requestListener,
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
