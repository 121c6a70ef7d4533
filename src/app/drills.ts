import type { Config } from '../config/load.ts';
import type { Enqueue, OutboxDraft } from '../delivery/outbox.ts';
import type { OutboxStore } from '../delivery/store.ts';
import type { DrillNotice } from '../incident/drill.ts';
import { DrillDesk, type DrillPorts, type DrillSchedule } from '../incident/drill-desk.ts';
import { Drillmaster } from '../incident/drillmaster.ts';
import type { Incident } from '../incident/incident.ts';
import type { IncidentsPorts } from '../incident/ports.ts';
import type { IncidentEvent } from '../incident/timeline.ts';
import type { Person } from '../people/person.ts';
import type { Db } from '../sqlite/db.ts';
import { SqliteDrillStore } from '../sqlite/drill-store.ts';
import type { Job } from '../time/loop.ts';
import { parseMonthly } from '../time/monthly.ts';
import { teamZone } from './on-call.ts';
import { quietly } from './quiet-row.ts';

export interface DrillParts {
  readonly ports: IncidentsPorts;
  readonly config: () => Config;
  readonly db: Db;
  readonly outbox: OutboxStore;
  readonly enqueue: Enqueue;
  /** Words for a person or a channel, as an outbox row; undefined without Slack. */
  readonly words: (
    to: { readonly user: string } | { readonly channel: string },
    notice: DrillNotice,
    now: number,
  ) => OutboxDraft | undefined;
  /** The same as a text message; undefined where there is no way. */
  readonly textMessage: (to: Person, text: string, now: number) => OutboxDraft | undefined;
}

/** Drills, and what keeps them apart from what is real. */
export interface Drills {
  readonly desk: DrillDesk;
  readonly jobs: readonly Job[];
  /** Whatever enters an incident's timeline: a P1 ends the rehearsal. */
  readonly observe: (event: IncidentEvent, incident: Incident) => void;
}

/** A call that comes late says nothing about how fast people answer. */
const CALL_LIVES_MS = 10 * 60_000;

export function createDrills({ ports, config, db, outbox, enqueue, words, textMessage }: DrillParts): Drills {
  const drillPorts: DrillPorts = {
    ...ports,
    store: new SqliteDrillStore(db),
    schedule: () => scheduleOf(config()),
    isP1Open: () => ports.store.openIncidents().some(({ priority }) => priority === 'P1'),
    tell: ({ slackId: user }, notice, now) => {
      const draft = user === undefined ? undefined : words({ user }, notice, now);
      return draft && enqueue(quietly({ ...draft, timeToLiveMs: CALL_LIVES_MS }));
    },
    text: (person, drill, now) => {
      const text = `DRILL of ${drill.policy}: nothing is wrong, no answer is needed. A page would reach you by this text message.`;
      const draft = textMessage(person, text, now);
      return draft && enqueue(quietly({ ...draft, timeToLiveMs: CALL_LIVES_MS }));
    },
    announce: (channel, notice, now) => {
      const draft = words({ channel }, notice, now);
      if (draft) enqueue(draft);
    },
    delivery: (row) => {
      const state = outbox.entry(row)?.state;
      // What is not there any more was sent so long ago that it was cleared away.
      if (state === 'sent' || state === undefined) return 'sent';
      return state === 'dead' ? 'dead' : 'waiting';
    },
    fallbackChannel: () => config().slack?.fallbackChannel,
  };
  const desk = new DrillDesk(drillPorts);
  return {
    desk,
    jobs: [new Drillmaster(drillPorts, desk)],
    observe: (event, incident) => {
      const begins = event.kind === 'opened' || event.kind === 'priority_raised' || event.kind === 'paged_by_hand';
      if (begins && incident.priority === 'P1') desk.callOff(undefined, event.at);
    },
  };
}

function scheduleOf(config: Config): DrillSchedule | undefined {
  const { drill } = config.settings;
  const monthly = drill && parseMonthly(drill.at);
  if (!monthly) return undefined;
  const zone = teamZone(config);
  const { policy } = drill;
  return { monthly, zone, text: `${drill.at} ${zone}`, ...(policy !== undefined && { policy }) };
}
