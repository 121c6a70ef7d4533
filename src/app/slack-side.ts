import type { PartHealth } from '../api/operations.ts';
import type { Config, SlackSettings } from '../config/load.ts';
import type { Notifier } from '../delivery/notifier.ts';
import { lookUp } from '../incident/lookup.ts';
import type { Incidents } from '../incident/ports.ts';
import type { SilenceActs } from '../incident/silence-acts.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { Labels } from '../labels/labels.ts';
import { createSlackNotifiers } from '../notifiers/slack.ts';
import type { PeopleStore } from '../people/person.ts';
import type { Explanation } from '../routing/explain.ts';
import type { RunbookRegistry } from '../runbooks/registry.ts';
import { createSlackApp, type SlackApp } from '../slack/bolt.ts';
import { createSlackClient } from '../slack/client.ts';
import type { SlackDeps } from '../slack/ports.ts';
import type { Db } from '../sqlite/db.ts';
import { SlackStore } from '../sqlite/slack-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { localZone } from '../time/zone.ts';
import { whyOf } from '../trace/why.ts';

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
  readonly runbooks: () => RunbookRegistry;
  readonly explain: (labels: Labels, now: number) => Explanation;
  readonly health: () => readonly PartHealth[];
}

/** Everything that speaks Slack: what hears people, and what tells them. */
export interface SlackSide {
  readonly app: SlackApp;
  readonly notifiers: readonly Notifier[];
  readonly health: () => PartHealth;
}

export function createSlackSide(options: SlackSideOptions): SlackSide {
  const { settings, incidents, incidentStore, clock, wire } = options;
  const { digest } = options.config().settings;
  const timezone = digest?.timezone ?? localZone();
  const log = options.log.child({ part: 'slack' });
  const client = createSlackClient({ token: settings.botToken, apiUrl: settings.apiUrl });
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
    silences: options.silences,
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
      nameOf: (id) => options.people.user(id)?.name,
      zoneOf: (id) => options.people.user(id)?.zone,
    },
    why: (id, now) => {
      const found = lookUp(incidentStore, id);
      const member = found.kind === 'found' ? incidentStore.members(found.incident.id)[0] : undefined;
      return member && whyOf(options.explain(member.alert.labels, now), timezone, now);
    },
    health: () => options.health().map(({ part, ok, detail }) => ({ name: part, ok, detail })),
    settings: { timezone, profile: settings.profile, commands: settings.commands },
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
    cards: incidents.cards,
    clock,
    timezone,
    nameOf: (id) => options.people.user(id)?.name,
    profile: settings.profile,
    command: settings.commands.alert,
    canHandOver: false,
    channelCard: (incidentId) => channelCardOf(incidentId)?.ref,
  });
  return { app, notifiers, health: () => slackHealth(app, wire.now()) };
}

function slackHealth(app: SlackApp, now: number): PartHealth {
  const { connected, since, failure } = app.liveness();
  const seconds = Math.round((now - since) / 1000);
  return {
    part: 'slack',
    ok: connected,
    detail: connected
      ? `connected for ${seconds} s`
      : `not connected for ${seconds} s${failure === undefined ? '' : `: ${failure}`}`,
  };
}
