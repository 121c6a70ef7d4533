import type { CardState, LadderStep } from '../../incident/card.ts';
import { humanDuration } from '../../time/duration.ts';
import { type Block, type BlockProfile, context, header, present, type SlackMessage, section } from './block.ts';
import { incidentButtons } from './buttons.ts';
import { headerText } from './card-header.ts';
import {
  alertLine,
  extremes,
  limitText,
  noteLines,
  ownLines,
  teamText,
  trendLine,
  VERDICT_WORDS,
  whereText,
} from './card-lines.ts';
import { chartBlock } from './chart-block.ts';
import { endedBlocks } from './ended-card.ts';
import { advice } from './headline.ts';
import { fit } from './limits.ts';
import { lockText } from './lock-text.ts';
import { restOfMessage } from './manual-page.ts';
import { memberLines, sliceText } from './members.ts';
import { bold, code, type DateFormat, esc, interpolated, italic, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { beyond, count, measure, shortId, time, type Wording } from './words.ts';

/** How to draw a card. `now` is the domain's: ages are told as of the moment of sending. */
export interface CardLook extends Wording {
  readonly profile: BlockProfile;
  readonly now: number;
  /** The slash command that the quiet line names: `/alert`. */
  readonly command: string;
}

/** The living card of an incident, in every phase of its life. */
export function renderCard(state: CardState, look: CardLook): SlackMessage {
  return fit({ text: lockText(state, look), blocks: cardBlocks(state, look) });
}

function cardBlocks(state: CardState, look: CardLook): readonly Block[] {
  const { phase } = state;
  switch (phase.kind) {
    case 'firing':
    case 'acknowledged':
    case 'no_data':
      return openBlocks(state, look);
    case 'resolved':
    case 'sender_silent':
    case 'closed_by_hand':
      return endedBlocks(state, phase, look);
  }
}

function openBlocks(state: CardState, look: CardLook): Block[] {
  const where = join([whereText(state), sliceText(state)], ' · ');
  const whereLine = where === '' ? undefined : mrkdwn`*Where*  ${where}`;
  const chart = look.profile === 'modern' ? chartBlock(state, look.timezone) : undefined;
  return present([
    header(headerText(state)),
    section(join([restOfMessage(state), ...factLines(state, look), chart ? undefined : trendLine(state)], '\n')),
    chart,
    nonEmpty(ownLines(state)),
    nonEmpty(join([...statusLines(state, look), whereLine, adviceLine(state)], '\n')),
    nonEmpty(memberLines(state)),
    nonEmpty(ladderLine(state, look)),
    incidentButtons(state),
    context(quietLine(state, look)),
  ]);
}

function nonEmpty(text: Mrkdwn): Block | undefined {
  return text === '' ? undefined : section(text);
}

/** Instants, not ages: a card is edited when something changes, and between two edits an age would go stale. */
function factLines(state: CardState, look: CardLook): (Mrkdwn | undefined)[] {
  const { evidence, phase } = state;
  const at = (instant: number): Mrkdwn => time(instant, '{date_short_pretty} {time}', look.timezone);
  if (phase.kind !== 'no_data') {
    // The header of an acknowledged card gives the value alone.
    const limit = phase.kind === 'acknowledged' ? limitText(state) : undefined;
    return [alertLine(state, limit, mrkdwn`since ${at(state.openedAt)}`), extremes(state)];
  }
  const last = evidence
    ? mrkdwn`last seen ${esc(beyond(evidence))}, peak ${esc(measure(evidence.peak, evidence.unit))}`
    : undefined;
  return [alertLine(state, mrkdwn`no data since ${at(phase.since)}`), last];
}

function statusLines(state: CardState, look: CardLook): (Mrkdwn | undefined)[] {
  const unseen =
    state.phase.kind === 'no_data' ? mrkdwn`*Not resolved:* nobody can see whether it still holds.` : undefined;
  const until = state.silence && time(state.silence.endsAt, '{date_short_pretty} {time}', look.timezone);
  return [
    unseen,
    acknowledgedLine(state),
    state.silence && until ? mrkdwn`*Silenced* by ${person(state.silence.by)} until ${until}` : undefined,
    state.verdict
      ? mrkdwn`${bold(esc(VERDICT_WORDS[state.verdict.verdict]))}, says ${person(state.verdict.by)}`
      : undefined,
  ];
}

function acknowledgedLine(state: CardState): Mrkdwn | undefined {
  const { acknowledgement, phase } = state;
  const by = acknowledgement?.by ?? (phase.kind === 'acknowledged' ? phase.by : undefined);
  const at = acknowledgement?.at ?? (phase.kind === 'acknowledged' ? phase.at : undefined);
  if (by === undefined || at === undefined) return undefined;
  const line = mrkdwn`*Acknowledged* by ${person(by)} after ${esc(humanDuration(at - state.openedAt))}`;
  return state.ladderStopped === 'acknowledged' ? mrkdwn`${line} · ladder stopped` : line;
}

function adviceLine(state: CardState): Mrkdwn | undefined {
  const said = state.description !== '' && state.own?.text.includes(interpolated(state.description));
  const text = said ? esc('') : esc(advice(state), 240);
  return text === '' ? undefined : italic(text);
}

function ladderLine(state: CardState, look: CardLook): Mrkdwn {
  if (state.ladder.length === 0 || state.ladderStopped === 'acknowledged') return esc('');
  if (state.ladderManner === 'notice') {
    // It may be days away.
    const notices = state.ladder.map((step) => ladderStep(step, look, '{date_short_pretty} {time}'));
    return mrkdwn`*Notice*  ${join(notices, ' · ')}`;
  }
  const steps = state.ladder.slice(0, 6).map((step) => ladderStep(step, look));
  const line = mrkdwn`*Ladder*  ${join(steps, ' → ')}`;
  return state.ladderStopped === 'all_muted'
    ? mrkdwn`${line}\n_Nobody is paged while everything here is muted._`
    : line;
}

function ladderStep(step: LadderStep, look: CardLook, format: DateFormat = '{time}'): Mrkdwn {
  const who = join(step.who.slice(0, 4).map(person), ', ');
  const at = time(step.at, format, look.timezone);
  switch (step.state) {
    case 'told':
      return mrkdwn`${who} told ${at}`;
    case 'acknowledged':
      return mrkdwn`${who} acknowledged ${at}`;
    case 'next':
    case 'later':
      return mrkdwn`${who} ${at}`;
    case 'skipped':
      return who === '' ? esc('nobody (skipped)') : mrkdwn`${who} (skipped)`;
  }
}

function quietLine(state: CardState, look: CardLook): Mrkdwn {
  const line = join(
    [
      state.phase.kind === 'no_data'
        ? mrkdwn`open since ${time(state.openedAt, '{date_short_pretty} {time}', look.timezone)}`
        : undefined,
      memberCount(state),
      teamText(state),
      mrkdwn`why me? ${code(`${look.command} why ${shortId(state.incidentId)}`)}`,
    ],
    ' · ',
  );
  return join([line, ...noteLines(state)], '\n');
}

/** One alert is not worth a count. */
function memberCount({ openMembers, totalMembers }: CardState): Mrkdwn | undefined {
  if (totalMembers < 2) return undefined;
  return esc(
    openMembers === totalMembers
      ? count(totalMembers, 'alert')
      : `${openMembers} of ${count(totalMembers, 'alert')} open`,
  );
}
