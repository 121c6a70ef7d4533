import type { StormIncident, StormRootState, StormState } from '../../incident/storm-state.ts';
import { humanDuration } from '../../time/duration.ts';
import {
  actions,
  type Block,
  button,
  context,
  header,
  type ModalView,
  plainText,
  present,
  type SlackMessage,
  section,
  urlButton,
} from './block.ts';
import { dotOf } from './card-header.ts';
import { fit } from './limits.ts';
import { clean, code, esc, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { pagedLine } from './page.ts';
import { count, time, type Wording } from './words.ts';

const MOST_PEOPLE_ROWS = 5;
const ROWS_PER_SECTION = 8;
/** A modal has room for a hundred blocks. */
const MOST_LISTED = 480;

/** The one message that stands for a storm: its probable root, how far it reaches, and what needs a person. */
export function renderStorm(state: StormState, look: Wording): SlackMessage {
  return fit(state.endedAt === undefined ? raging(state, look) : over(state, state.endedAt, look));
}

function raging(state: StormState, look: Wording): SlackMessage {
  const { root } = state;
  const reach = join([esc(count(state.alerts, 'alert')), onModels(state)], ' ');
  const probable = root && isFounded(root) ? esc(`probable root ${rootName(root)}`) : undefined;
  const needs = state.needsPerson.length;
  return {
    text: mrkdwn`Storm: ${join([reach, probable], ', ')}`,
    blocks: present([
      header(`🌩 Storm · ${headline(state)}`),
      section(
        join(
          [
            root ? rootLine(root, look) : undefined,
            join(
              [
                esc(`${count(state.held, 'alert')} held under it`),
                esc(
                  needs === 0
                    ? 'nobody is waited for'
                    : `${count(needs, 'incident')} ${needs === 1 ? 'needs' : 'need'} a person`,
                ),
              ],
              ' · ',
            ),
          ],
          '\n',
        ),
      ),
      peopleLines(state),
      buttons(state),
      context(
        join(
          [
            esc(state.growing === 0 ? 'not growing' : `growing: +${state.growing} in the last minute`),
            esc('one message stands for all of them until it ends'),
          ],
          ' · ',
        ),
      ),
    ]),
  };
}

const NOTHING = esc('');

/** What ended, what it was, and what is still open: those get their own cards now. */
function over(state: StormState, endedAt: number, look: Wording): SlackMessage {
  const { root } = state;
  const open = state.incidents.filter((incident) => incident.state !== 'resolved');
  const lasted = humanDuration(endedAt - state.startedAt);
  const left =
    open.length === 0
      ? 'nothing remains open'
      : `${count(open.length, 'incident')} ${open.length === 1 ? 'remains' : 'remain'} open`;
  const lines = open.slice(0, MOST_PEOPLE_ROWS).map(pagedLine);
  const rest = open.length - lines.length;
  return {
    text: mrkdwn`Storm over after ${esc(lasted)}: ${esc(left)}`,
    blocks: present([
      header(`${open.length === 0 ? '🌤' : '⛅'} Storm over · ${left}`),
      section(
        join(
          [
            root ? rootLine(root, look) : undefined,
            mrkdwn`${esc(count(state.allAlerts, 'alert'))} in ${esc(lasted)} · no new group since ${time(state.lastGroupAt, '{time}', look.timezone)}`,
          ],
          '\n',
        ),
      ),
      open.length === 0
        ? undefined
        : section(join([esc('Still open:'), ...lines, rest > 0 ? mrkdwn`and ${rest} more` : undefined], '\n')),
      buttons(state),
      context(
        esc(open.length === 0 ? 'every alert of it has ended' : 'what is still open has its own card from now on'),
      ),
    ]),
  };
}

/** `feature-store-db down, 38 models affected`. */
function headline(state: StormState): string {
  const reach = state.models > 0 ? `${count(state.models, 'model')} affected` : count(state.alerts, 'alert');
  return state.root && isFounded(state.root)
    ? `${rootName(state.root)}, ${reach}`
    : `${count(state.alerts, 'alert')}, ${reach}`;
}

/** More than that it came first: something is known to follow from it. */
function isFounded(root: StormRootState): boolean {
  return root.explains > 0;
}

/** `feature-store-db down` where the alert's name says that, else `FeatureStoreSlow feature-store`. */
function rootName(root: StormRootState): string {
  const part = clean(root.part);
  if (part === '') return clean(root.alertName);
  return /(?:Down|Unavailable|Unreachable)$/.test(root.alertName) ? `${part} down` : `${clean(root.alertName)} ${part}`;
}

function rootLine(root: StormRootState, look: Wording): Mrkdwn {
  const on = root.part === '' ? NOTHING : mrkdwn` on ${code(root.part, 80)}`;
  const reasons = [
    isFounded(root) ? undefined : 'a guess',
    root.isFirst ? 'first to fire' : undefined,
    isFounded(root) ? `${root.explains} of ${root.others} others depend on it` : undefined,
    root.shared.length > 0 && !isFounded(root) ? `all share ${root.shared.slice(0, 3).join(', ')}` : undefined,
  ].filter((reason) => reason !== undefined);
  const why = mrkdwn` (${esc(listed(reasons))})`;
  const what = mrkdwn`${esc(root.alertName, 100)}${on} since ${time(root.since, '{time}', look.timezone)}`;
  return mrkdwn`*Probable root*  ${what}${why}`;
}

/** `a guess, first to fire, and all share region=ap-south-1`. */
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`;
}

function onModels(state: StormState): Mrkdwn | undefined {
  return state.models === 0 ? undefined : esc(`on ${count(state.models, 'model')}`);
}

function peopleLines({ needsPerson: incidents, root }: StormState): Block | undefined {
  if (incidents.length === 0) return undefined;
  const shown = incidents.slice(0, MOST_PEOPLE_ROWS).map((incident) => personLine(incident, root?.part ?? ''));
  const rest = incidents.length - shown.length;
  return section(join([...shown, rest > 0 ? mrkdwn`and ${rest} more` : undefined], '\n'));
}

function personLine(incident: StormIncident, part: string): Mrkdwn {
  const told = join(incident.told.slice(0, 3).map(person), ', ');
  const line = join(
    [
      join([esc(dotOf(incident)), esc(incident.priority), esc(incident.alertName, 100)], ' '),
      esc(incident.model || (incident.isRoot ? part : ''), 60),
      told === '' ? undefined : mrkdwn`told ${told}`,
    ],
    ' · ',
  );
  return incident.isRoot || incident.isExplained ? line : mrkdwn`${line} (_not explained by the root_)`;
}

function buttons(state: StormState): Block {
  const { root } = state;
  const ended = state.endedAt !== undefined;
  return actions(
    'storm',
    present([
      root && !root.acknowledged && !ended
        ? button('acknowledge', 'Acknowledge root', root.incidentId, {
            primary: true,
          })
        : undefined,
      button('storm_list', `Show all ${ended ? state.allAlerts : state.alerts}`, state.id),
      root && root.runbook !== '' ? button('runbook', 'Runbook', root.incidentId) : undefined,
      root && root.runbook === '' ? urlButton('runbook', 'Runbook', root.incidentId, root.runbookUrl) : undefined,
    ]),
  );
}

/** Everything in it, open ones first. */
export function stormModal(state: StormState): ModalView {
  const muted = state.mutedAlerts.map(({ alertName, model }) =>
    join([esc('🔇'), esc(alertName, 100), esc(model, 60), esc('muted by the root')], ' '),
  );
  const lines = [...state.incidents.map(pagedLine), ...muted];
  const shown = lines.slice(0, MOST_LISTED);
  const sections: Block[] = [];
  for (let start = 0; start < shown.length; start += ROWS_PER_SECTION) {
    sections.push(section(join(shown.slice(start, start + ROWS_PER_SECTION), '\n')));
  }
  const rest = lines.length - shown.length;
  return {
    type: 'modal',
    callback_id: 'storm',
    title: plainText('Storm', 24),
    close: plainText('Close', 24),
    blocks: [
      section(esc(`${count(state.alerts, 'open alert')}, ${count(state.incidents.length, 'incident')}`)),
      ...sections,
      ...(rest > 0 ? [context(mrkdwn`and ${rest} more`)] : []),
    ],
  };
}
