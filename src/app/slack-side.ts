import type { PartHealth } from '../api/operations.ts';
import type { Config, SlackSettings } from '../config/load.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { Enqueue, OutboxDraft } from '../delivery/outbox.ts';
import type { DigestReport } from '../feedback/digest.ts';
import type { LadderRepair } from '../incident/auditor.ts';
import type { CardBook, SlackMessagePayload } from '../incident/card.ts';
import type { DrillNotice } from '../incident/drill.ts';
import type { Incident } from '../incident/incident.ts';
import { lookUp } from '../incident/lookup.ts';
import type { Incidents } from '../incident/ports.ts';
import type { SilenceActs } from '../incident/silence-acts.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import type { Labels } from '../labels/labels.ts';
import { createSlackNotifiers } from '../notifiers/slack.ts';
import { createSlackChart, slackChartDraft } from '../notifiers/slack-chart.ts';
import type { OncallChange } from '../oncall/change.ts';
import type { HandoffNotice } from '../oncall/handoff.ts';
import type { PathTest, PathTests } from '../oncall/path-test.ts';
import type { PeopleStore, Person } from '../people/person.ts';
import { Registrar } from '../people/registrar.ts';
import type { Explanation } from '../routing/explain.ts';
import type { RunbookRegistry } from '../runbooks/registry.ts';
import { createSlackApp, type SlackApp } from '../slack/bolt.ts';
import { createSlackClient, type SlackResult } from '../slack/client.ts';
import { createDoNotDisturb } from '../slack/dnd.ts';
import { LinkWatch } from '../slack/link-watch.ts';
import type { SlackDeps } from '../slack/ports.ts';
import type { SlackMessage } from '../slack/view/block.ts';
import { renderDrill } from '../slack/view/drill.ts';
import { renderHandoff } from '../slack/view/handoff.ts';
import { renderRepair } from '../slack/view/ladder-repair.ts';
import { renderPagerNews } from '../slack/view/manual-page.ts';
import { renderChange } from '../slack/view/oncall-change.ts';
import { renderGaps } from '../slack/view/oncall-weeks.ts';
import { archiveUrl } from '../slack/view/page.ts';
import { renderPathTest } from '../slack/view/path-test.ts';
import { renderSilenceEnding } from '../slack/view/silence.ts';
import type { Db } from '../sqlite/db.ts';
import { SlackStore } from '../sqlite/slack-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { humanDuration } from '../time/duration.ts';
import type { Job } from '../time/loop.ts';
import { toldOfIncident } from '../trace/told.ts';
import { whyOf, whyPaged } from '../trace/why.ts';
import type { Drills } from './drills.ts';
import { type OnCall, teamZone } from './on-call.ts';
import { pageChoices } from './paging-by-hand.ts';

export interface SlackSideOptions {
  readonly settings: SlackSettings;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly wire: Clock;
  readonly db: Db;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly incidentStore: IncidentStore;
  readonly silences: SilenceActs;
  readonly people: PeopleStore;
  readonly onCall: OnCall;
  readonly drills: Drills['desk'];
  readonly pathTests: PathTests;
  readonly runbooks: () => RunbookRegistry;
  readonly explain: (labels: Labels, now: number) => Explanation;
  readonly health: () => readonly PartHealth[];
  readonly digest: (now: number) => DigestReport;
  readonly enqueue: Enqueue;
  readonly poke: () => void;
  readonly metrics: Pick<Metrics, 'slackFailed'>;
}

/** Everything that speaks Slack: what hears people, and what tells them. */
export interface SlackSide {
  readonly app: SlackApp;
  readonly notifiers: readonly Notifier[];
  readonly health: () => PartHealth;
  /** How long interactions have not reached us; 0 while they do. */
  readonly disconnectedMs: () => number;
  /** An address that opens the incident's card; undefined while it stands nowhere. */
  readonly cardLink: (incidentId: string) => string | undefined;
  /** Knows who is who; on the wire's clock. */
  readonly registrar: Registrar;
  /** Tells the operators when interactions do not reach us; on the wire's clock. */
  readonly linkWatch: Job;
  /** The keys of those who have notifications off now. Ends within two seconds. */
  inDoNotDisturb(people: readonly Person[]): Promise<ReadonlySet<string>>;
  /** Asks the author of a silence that ends soon what to do; undefined where the author has no account. */
  silenceEnding(silenceId: string, author: string | undefined, now: number): OutboxDraft | undefined;
  /** Tells the operations channel of a ladder that had to be mended. */
  repairNotice(repair: LadderRepair, now: number): OutboxDraft;
  /** Words about a handoff; undefined for a person without an account. */
  handoffNotice(to: Person, notice: HandoffNotice, now: number): OutboxDraft | undefined;
  /** The question whether a page rings, to one person. */
  pathTestMessage(user: string, test: PathTest, now: number): OutboxDraft;
  /** Words of a drill, for a person or a channel. */
  drillNotice(
    to: { readonly user: string } | { readonly channel: string },
    notice: DrillNotice,
    now: number,
  ): OutboxDraft;
  /** What became of a page by hand, for the account of whoever paged; undefined for what is no news. */
  pagerNews(event: IncidentEvent, incident: Incident, pager: string): OutboxDraft | undefined;
  /** The gaps of the next 30 days, for the operations channel; undefined where there are none. */
  gapsNotice(now: number): OutboxDraft | undefined;
  /** Words about who is on call, for the outbox; undefined for a person without an account. */
  changeNotice(to: Person | 'everybody', change: OncallChange, now: number): OutboxDraft | undefined;
}

export function createSlackSide(options: SlackSideOptions): SlackSide {
  const { settings, incidents, incidentStore, clock, wire, onCall } = options;
  const timezone = teamZone(options.config());
  const log = options.log.child({ part: 'slack' });
  const onFailure = (method: string, code: string): void => options.metrics.slackFailed(method, code);
  const client = createSlackClient({ token: settings.botToken, apiUrl: settings.apiUrl, wire, onFailure });
  const registrar = new Registrar({
    store: options.people,
    readUsers: async () => valueOf(await client.usersList()),
    readUser: async (id) => valueOf(await client.usersInfo(id)),
    readQuiet: async (id) => valueOf(await client.dndInfo(id)),
    quietMatters: () => onCall.calendar.accounts(clock.now()),
    readGroups: async () => valueOf(await client.userGroups()),
    groupsMatter: () => namesGroups(options.config()),
    startedAt: wire.now(),
    poke: options.poke,
  });
  const nameOf = (id: string): string | undefined => options.people.user(id)?.name;
  const channelCardOf = (incidentId: string) =>
    incidents.reader.cardsOf(incidentId).find((card) => card.view === 'card');
  const stateOf = (id: string, now: number) => {
    const found = lookUp(incidentStore, id);
    if (found.kind === 'refused') return undefined;
    const card = channelCardOf(found.incident.id) ?? incidents.reader.cardsOf(found.incident.id)[0];
    return card && incidents.cards.state(card.id, now);
  };
  const deps: SlackDeps = {
    actions: incidents.actions,
    incidents: { state: stateOf },
    cards: incidents.cards,
    livingCard: (incidentId, channel) =>
      incidents.reader.cardsOf(incidentId).findLast((card) => card.view === 'card' && card.ref?.channel === channel)
        ?.ref,
    silences: options.silences,
    storm: (id, now) => incidents.reader.storm(id, now),
    runbooks: {
      find: (reference) => {
        const registry = options.runbooks();
        const runbook = registry.byName(reference) ?? registry.byAlert(reference) ?? registry.byUrl(reference);
        if (!runbook) return undefined;
        const markdown = runbook.sections.map(({ heading, body }) => `## ${heading}\n${body}`).join('\n\n');
        return { title: runbook.title, markdown, url: '' };
      },
      names: () => options.runbooks().runbooks.map((runbook) => runbook.name),
    },
    people: {
      nameOf,
      zoneOf: (id) => options.people.user(id)?.zone,
      seen: (id) => registrar.seen(id),
    },
    oncall: onCall.answers,
    scheduleDesk: onCall,
    reachable: (id, actor, now) => onCall.steward.reachable(id, actor, now),
    handOver: incidents.handOver,
    reassign: incidents.reassign,
    drills: options.drills,
    pathTests: options.pathTests,
    pageDesk: { page: incidents.page, choices: () => pageChoices(options.config()) },
    why: (id, now) => {
      const found = lookUp(incidentStore, id);
      const { page, openedAt } = found.kind === 'found' ? found.incident : {};
      if (page && openedAt !== undefined) return whyPaged(page, openedAt, timezone, (who) => nameOf(who) ?? who);
      if (found.kind !== 'found') return undefined;
      const [member] = incidentStore.members(found.incident.id);
      const told = { found: toldOfIncident(incidentStore, found.incident) };
      const called = (who: string): string => nameOf(who) ?? who;
      return member && whyOf(options.explain(member.alert.labels, now), timezone, now, called, told);
    },
    digest: options.digest,
    health: () => options.health().map(({ part, ok, detail }) => ({ name: part, ok, detail })),
    settings: {
      timezone,
      profile: settings.profile,
      commands: settings.commands,
      fallbackChannel: settings.fallbackChannel,
      pictures: settings.charts === 'png',
    },
    client,
    inbox: new SlackStore(options.db),
    clock,
    wire,
    log: {
      info: (fields, message) => log.info(message, { ...fields }),
      warn: (fields, message) => log.warn(message, { ...fields }),
      error: (fields, message) => log.error(message, { ...fields }),
    },
  };
  const app = createSlackApp(deps, {
    transport:
      settings.mode === 'socket'
        ? { kind: 'socket', appToken: settings.appToken }
        : { kind: 'http', signingSecret: settings.signingSecret },
    botToken: settings.botToken,
    apiUrl: settings.apiUrl,
  });
  const notifiers = createSlackNotifiers({
    client,
    cards: settings.charts === 'png' ? withCharts(incidents.cards, options) : incidents.cards,
    clock,
    wire,
    enqueue: (draft) => void options.db.tx(() => options.enqueue(draft)),
    timezone,
    nameOf,
    profile: settings.profile,
    command: settings.commands.alert,
    canHandOver: true,
    channelCard: (incidentId) => channelCardOf(incidentId)?.ref,
  });
  return {
    app,
    notifiers: [...notifiers, createSlackChart({ client, cards: incidents.cards, clock, timezone, nameOf })],
    health: () => slackHealth(app, wire.now()),
    disconnectedMs: () => {
      const { connected, since } = app.liveness();
      return connected ? 0 : wire.now() - since;
    },
    cardLink: (incidentId) => {
      const ref = channelCardOf(incidentId)?.ref;
      return ref && archiveUrl(ref);
    },
    registrar,
    linkWatch: new LinkWatch({
      liveness: () => app.liveness(),
      say: (message, now) =>
        void options.db.tx(() => options.enqueue(noticeTo(settings.operationsChannel, message, now))),
      startedAt: wire.now(),
    }),
    inDoNotDisturb: createDoNotDisturb(client, wire),
    silenceEnding: (silenceId, user, now) => {
      const silence = options.silences.list(now).find(({ id }) => id === silenceId);
      if (!silence || user === undefined) return undefined;
      const payload: SlackMessagePayload = {
        destination: { kind: 'user', user },
        ...renderSilenceEnding(silence, { now, timezone }),
      };
      return { kind: 'slack.message', destination: `slack:${user}`, payload, priority: 'P3', causedAt: now };
    },
    repairNotice: (repair, now) => noticeTo(settings.operationsChannel, renderRepair(repair), now),
    handoffNotice: ({ slackId: user }, notice, now) => {
      if (user === undefined) return undefined;
      const message = renderHandoff(notice, { timezone, nameOf });
      const payload: SlackMessagePayload = { destination: { kind: 'user', user }, ...message };
      return { kind: 'slack.message', destination: `slack:${user}`, payload, priority: 'P2', causedAt: now };
    },
    pathTestMessage: (user, test, now) => {
      const payload: SlackMessagePayload = { destination: { kind: 'user', user }, ...renderPathTest(test) };
      return { kind: 'slack.message', destination: `slack:${user}`, payload, priority: 'P2', causedAt: now };
    },
    drillNotice: (to, notice, now) => {
      const payload: SlackMessagePayload = {
        destination: 'user' in to ? { kind: 'user', user: to.user } : { kind: 'channel', channel: to.channel },
        ...renderDrill(notice, { timezone, nameOf }, settings.commands.oncall),
      };
      const destination = `slack:${'user' in to ? to.user : to.channel}`;
      // Never P1: what of those is not delivered goes to PagerDuty, and a rehearsal must not.
      return { kind: 'slack.message', destination, payload, priority: 'P2', causedAt: now };
    },
    pagerNews: (event, incident, user) => {
      const message = renderPagerNews(event, incident, user, { timezone, nameOf });
      if (!message) return undefined;
      const payload: SlackMessagePayload = { destination: { kind: 'user', user }, ...message };
      return { kind: 'slack.message', destination: `slack:${user}`, payload, priority: 'P1', causedAt: event.at };
    },
    gapsNotice: (now) => {
      const holes = onCall.calendar.holes(now);
      const strangers = onCall.calendar.strangers(now);
      if (holes.length === 0 && strangers.length === 0) return undefined;
      return noticeTo(settings.operationsChannel, renderGaps(holes, strangers, { timezone, nameOf }), now);
    },
    changeNotice: (to, change, now) => {
      const user = to === 'everybody' ? undefined : to.slackId;
      if (to !== 'everybody' && user === undefined) return undefined;
      const channel = settings.fallbackChannel;
      const payload: SlackMessagePayload = {
        destination: user === undefined ? { kind: 'channel', channel } : { kind: 'user', user },
        ...renderChange(change, user ?? 'everybody', { timezone, nameOf }),
      };
      const destination = `slack:${user ?? channel}`;
      return { kind: 'slack.message', destination, payload, priority: 'P3', causedAt: now };
    },
  };
}

/** A message of its own in a channel. */
function noticeTo(channel: string, message: SlackMessage, now: number): OutboxDraft {
  const payload: SlackMessagePayload = { destination: { kind: 'channel', channel }, ...message };
  return { kind: 'slack.message', destination: `slack:${channel}`, payload, priority: 'P2', causedAt: now };
}

/** Whether rights or escalation policies name user groups: without that they are not read. */
function namesGroups({ settings, onCall }: Config): boolean {
  const targets = [...onCall.policies.values()].flatMap(({ levels }) => levels.flatMap((level) => level.targets));
  return (
    Object.values(settings.rights).some((groups) => groups.length > 0) ||
    targets.some(({ kind }) => kind === 'user_group')
  );
}

/** What was asked for; undefined where Slack did not give it. */
function valueOf<T>(result: SlackResult<T>): T | undefined {
  return result.kind === 'ok' ? result.value : undefined;
}

/** Each card that was posted gets its chart, in a row of its own: a card never waits for a picture. */
function withCharts(
  cards: CardBook,
  { db, enqueue, clock }: Pick<SlackSideOptions, 'db' | 'enqueue' | 'clock'>,
): CardBook {
  return {
    ...cards,
    posted: (id, ref) =>
      db.tx(() => {
        cards.posted(id, ref);
        const card = cards.card(id);
        if (card?.view === 'card') enqueue(slackChartDraft(card, clock.now()));
      }),
  };
}

function slackHealth(app: SlackApp, now: number): PartHealth {
  const { connected, since, failure } = app.liveness();
  const lasted = humanDuration(now - since);
  return {
    part: 'slack',
    ok: connected,
    detail: connected
      ? `connected for ${lasted}`
      : `not connected for ${lasted}${failure === undefined ? '' : `: ${failure}`}`,
  };
}
