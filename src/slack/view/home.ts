import type { IncidentSummary } from '../../incident/actions.ts';
import type { ScheduleNow } from '../ports.ts';
import { actions, type Block, button, context, divider, type HomeView, header, section } from './block.ts';
import { dotOf } from './card-header.ts';
import { incidentRows } from './list.ts';
import { bold, code, esc, join, mrkdwn, person } from './mrkdwn.ts';
import { count } from './words.ts';

export interface HomeState {
  /** The most urgent first. */
  readonly incidents: readonly IncidentSummary[];
  readonly schedules: readonly ScheduleNow[];
  readonly silences: number;
  readonly now: number;
  readonly commands: { readonly alert: string; readonly oncall: string };
}

/** The App Home: what is open, who is on call, what is hidden. */
export function renderHome(state: HomeState): HomeView {
  const open = state.incidents.length;
  const [worst] = state.incidents;
  const blocks: Block[] = [
    header(worst ? `${dotOf(worst)} ${count(open, 'open incident')}` : '🟢 All quiet'),
    ...incidentRows(state.incidents, state.now),
  ];
  if (state.schedules.length > 0) {
    const rows = state.schedules.slice(0, 8).map((schedule) => {
      const who = schedule.current.length === 0 ? esc('nobody') : join(schedule.current.slice(0, 3).map(person), ', ');
      return mrkdwn`${bold(esc(schedule.schedule, 80))}  ${who}`;
    });
    blocks.push(divider(), section(join([bold(esc('On call now')), ...rows], '\n')));
  }
  blocks.push(
    actions('home', [
      button('home_silences', `Silences (${state.silences})`, 'silences'),
      button('page_form', 'Page…', 'page'),
      button('home_refresh', 'Refresh', 'refresh'),
    ]),
    context(mrkdwn`${code(`${state.commands.alert} help`)} · ${code(`${state.commands.oncall} help`)}`),
  );
  return { type: 'home', blocks };
}
