import type { IncidentSummary } from '../../incident/actions.ts';
import { humanDuration } from '../../time/duration.ts';
import { type Block, button, context, present, type SlackMessage, section } from './block.ts';
import { dotOf } from './card-header.ts';
import { fit } from './limits.ts';
import { bold, code, esc, join, link, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { archiveUrl } from './page.ts';
import { count, shortEnvironment, shortId } from './words.ts';

const MOST_ROWS = 12;

/** `/alert list`: one row per incident, most urgent first, the likely act beside it. */
export function renderList(incidents: readonly IncidentSummary[], now: number, command: string): SlackMessage {
  if (incidents.length === 0)
    return { text: mrkdwn`No open incidents`, blocks: [section(mrkdwn`🟢 No open incidents.`)] };
  const title = esc(`${count(incidents.length, 'open incident')}`);
  return fit({
    text: title,
    blocks: present([
      section(bold(title)),
      ...incidentRows(incidents, now),
      context(
        mrkdwn`${incidents.length > MOST_ROWS ? mrkdwn`${code(`${command} list MODEL`)} · ` : esc('')}${code(`${command} show ID`)} · ${code(`${command} ack ID`)} · ${code(`${command} silence ID 2h`)}`,
      ),
    ]),
  });
}

/** Rows with buttons, at most twelve. */
export function incidentRows(incidents: readonly IncidentSummary[], now: number): Block[] {
  const rows = incidents.slice(0, MOST_ROWS).map((incident) => section(row(incident, now), likely(incident)));
  const hidden = incidents.length - rows.length;
  return hidden > 0 ? [...rows, context(mrkdwn`and ${hidden} more`)] : rows;
}

function likely(incident: IncidentSummary): ReturnType<typeof button> | undefined {
  switch (incident.state) {
    case 'triggered':
      return button('acknowledge', 'Acknowledge', incident.id, { primary: true });
    case 'acknowledged':
      return button('resolve', 'Resolve', incident.id);
    case 'resolved':
      return undefined;
  }
}

function row(incident: IncidentSummary, now: number): Mrkdwn {
  const dot = esc(dotOf(incident));
  const about = join([esc(incident.model, 60), esc(shortEnvironment(incident.environment), 30)], ' ');
  const first = join([dot, bold(esc(incident.priority)), about], ' ');
  const state = incident.acknowledgedBy ? mrkdwn`acknowledged by ${person(incident.acknowledgedBy)}` : undefined;
  const more = incident.openMembers > 1 ? esc(count(incident.openMembers, 'alert')) : undefined;
  // The name opens the card.
  const name = incident.ref ? link(archiveUrl(incident.ref), incident.alertName) : esc(incident.alertName, 100);
  const age = esc(humanDuration(now - incident.openedAt));
  return join(
    [
      first,
      join([name, esc(incident.measure, 60)], ' · '),
      join([age, more, state, code(shortId(incident.id))], ' · '),
    ],
    '\n',
  );
}
