import type { Priority } from '../../alert/priority.ts';
import { sparkline } from '../../chart/sparkline.ts';
import type { CardState, LadderStep } from '../../incident/card.ts';
import { humanDuration } from '../../time/duration.ts';
import { clockTime } from '../../time/wall-clock.ts';
import {
  type Block,
  type BlockProfile,
  context,
  header,
  LONGEST_HEADER,
  present,
  type SlackMessage,
  section,
} from './block.ts';
import { incidentButtons, verdictButtons } from './buttons.ts';
import { chartBlock } from './chart-block.ts';
import { advice, headline } from './headline.ts';
import { fit } from './limits.ts';
import { memberLines } from './members.ts';
import {
  bold,
  clean,
  code,
  esc,
  isUserId,
  italic,
  join,
  type Mrkdwn,
  mrkdwn,
  person,
  plain,
  sparkCode,
  truncate,
} from './mrkdwn.ts';
import { badBelow, beyond, count, measure, shortEnvironment, shortId, spanWords, time, type Wording } from './words.ts';

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
      return endedBlocks(state, look, phase.at);
  }
}

function openBlocks(state: CardState, look: CardLook): Block[] {
  const members = memberLines(state);
  return present([
    header(headerText(state)),
    section(join([factLine(state, look), trendLine(state)], '\n')),
    look.profile === 'modern' ? chartBlock(state, look.timezone) : undefined,
    nonEmpty(join([statusLine(state, look), whereLine(state), adviceLine(state)], '\n')),
    nonEmpty(members),
    nonEmpty(ladderLine(state, look)),
    incidentButtons(state),
    context(quietLine(state, look)),
  ]);
}

function endedBlocks(state: CardState, look: CardLook, endedAt: number): Block[] {
  return present([
    header(headerText(state)),
    section(join([endedFacts(state, endedAt), trendLine(state)], '\n')),
    nonEmpty(join([endedHow(state, look), toldLine(state), whereLine(state)], '\n')),
    verdictButtons(state),
    context(endedQuietLine(state, look, endedAt)),
  ]);
}

function nonEmpty(text: Mrkdwn): Block | undefined {
  return text === '' ? undefined : section(text);
}

export function priorityDot(priority: Priority): string {
  switch (priority) {
    case 'P1':
      return '🔴';
    case 'P2':
      return '🟠';
    case 'P3':
    case 'P4':
      return '🔵';
  }
}

/** Colour, first words, model, what is wrong, by how much: within 150 characters, and the measure is the last to be cut. */
export function headerText(state: CardState): string {
  const { subject, measure: measured, text } = headline(state);
  const first = firstWords(state);
  const model = clean(state.model) === '' ? '' : `${truncate(clean(state.model), 48)}: `;
  const more = state.openMembers > 1 ? ` (+${state.openMembers - 1} more)` : '';
  const ended =
    state.phase.kind === 'resolved' || state.phase.kind === 'closed_by_hand' || state.phase.kind === 'sender_silent';
  if (ended || state.phase.kind === 'no_data') return `${first}${model}${capital(subject, model)}`;
  const whole = `${first}${model}${capital(text, model)}${more}`;
  if (whole.length <= LONGEST_HEADER) return whole;
  const room = LONGEST_HEADER - first.length - model.length - measured.length - more.length - 2;
  const short = plain(subject, Math.max(12, room));
  return `${first}${model}${capital(short, model)}${measured === '' ? '' : ` ${measured}`}${more}`;
}

function firstWords(state: CardState): string {
  switch (state.phase.kind) {
    case 'firing':
      return `${priorityDot(state.priority)} ${state.priority} · `;
    case 'acknowledged':
      return `🟠 Acknowledged · ${state.priority} `;
    case 'no_data':
      return `🟡 No data · ${state.priority} `;
    case 'resolved':
      return '🟢 Resolved · ';
    case 'sender_silent':
      return '⚪ Sender silent · ';
    case 'closed_by_hand':
      return '🟤 Closed by hand · ';
  }
}

function capital(text: string, before: string): string {
  return before === '' ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

function factLine(state: CardState, look: CardLook): Mrkdwn {
  const { evidence } = state;
  const age = humanDuration(look.now - state.openedAt);
  if (state.phase.kind === 'no_data') {
    const last = evidence
      ? mrkdwn`last seen ${esc(beyond(evidence))}, peak ${esc(measure(evidence.peak, evidence.unit))}`
      : undefined;
    return join([name(state), mrkdwn`no data for ${esc(humanDuration(look.now - state.phase.since))}`, last], ' · ');
  }
  return join([name(state), mrkdwn`firing ${esc(age)}`, evidence ? extremes(state) : undefined], ' · ');
}

function name(state: CardState): Mrkdwn {
  return bold(esc(state.alertName, 120));
}

function extremes({ evidence }: CardState): Mrkdwn | undefined {
  if (!evidence) return undefined;
  const peak = esc(measure(evidence.peak, evidence.unit));
  return mrkdwn`${badBelow(evidence) ? LOWEST : PEAK} ${peak}, at first fire ${esc(measure(evidence.firstValue, evidence.unit))}`;
}

const PEAK = esc('peak');
const LOWEST = esc('lowest');

/** The last hour as block characters: the upper half of the characters is beyond the limit. */
export function trendLine({ evidence }: CardState): Mrkdwn | undefined {
  if (!evidence || evidence.trend.length < 2) return undefined;
  const spark = sparkCode(
    sparkline(evidence.trend, {
      width: 24,
      bad: badBelow(evidence) ? 'below' : 'above',
      ...(evidence.limit === undefined ? {} : { limit: evidence.limit.value }),
    }),
  );
  return spark === '' ? undefined : mrkdwn`${spark} ${esc(spanWords(evidence.trendSpanMs))}`;
}

function statusLine(state: CardState, look: CardLook): Mrkdwn | undefined {
  const lines: (Mrkdwn | undefined)[] = [];
  const acknowledgement = state.acknowledgement ?? undefined;
  if (state.phase.kind === 'no_data')
    lines.push(esc('Not resolved: it cannot be seen any more whether this still holds.'));
  if (acknowledgement) {
    const after = humanDuration(acknowledgement.at - state.openedAt);
    const stopped = state.ladderStopped === 'acknowledged' ? ' · ladder stopped' : '';
    lines.push(
      mrkdwn`*Acknowledged* by ${person(acknowledgement.by)} after ${esc(after)}${esc(stopped) === '' ? EMPTY : LADDER_STOPPED}`,
    );
  }
  if (state.silence) {
    const until = time(state.silence.endsAt, '{date_short_pretty} {time}', look.timezone);
    lines.push(mrkdwn`*Silenced* by ${person(state.silence.by)} until ${until}`);
  }
  if (state.verdict)
    lines.push(mrkdwn`*${esc(VERDICT_WORDS[state.verdict.verdict])}*, says ${person(state.verdict.by)}`);
  return join(lines, '\n');
}

const EMPTY = esc('');
const LADDER_STOPPED = mrkdwn` · ladder stopped`;

export const VERDICT_WORDS = {
  true_positive: 'True positive',
  false_positive: 'False positive',
  not_actionable: 'Not actionable',
} as const;

function whereLine(state: CardState): Mrkdwn | undefined {
  const version = /^\d/.test(state.version) ? `v${state.version}` : state.version;
  const where = join([esc(version, 60), esc(state.environment, 60), esc(state.region, 60)], ' · ');
  return where === '' ? undefined : mrkdwn`*Where*  ${where}`;
}

function adviceLine(state: CardState): Mrkdwn | undefined {
  const text = esc(advice(state), 240);
  return text === '' ? undefined : italic(text);
}

function ladderLine(state: CardState, look: CardLook): Mrkdwn {
  if (state.ladder.length === 0 || state.ladderStopped === 'acknowledged') return EMPTY;
  const steps = state.ladder.slice(0, 6).map((step) => ladderStep(step, look));
  const stopped =
    state.ladderStopped === 'all_muted' ? mrkdwn`\n_Nobody is paged while everything here is muted._` : EMPTY;
  return mrkdwn`*Ladder*  ${join(steps, ' → ')}${stopped}`;
}

function ladderStep(step: LadderStep, look: CardLook): Mrkdwn {
  const who = join(step.who.slice(0, 4).map(person), ', ');
  const at = time(step.at, '{time}', look.timezone);
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
  const members =
    state.openMembers === state.totalMembers
      ? count(state.totalMembers, 'alert')
      : `${state.openMembers} of ${count(state.totalMembers, 'alert')} open`;
  const line = join(
    [
      mrkdwn`since ${time(state.openedAt, '{date_short_pretty} {time}', look.timezone)}`,
      esc(members),
      state.team === '' ? undefined : mrkdwn`team ${esc(state.team, 60)}`,
      mrkdwn`why me? ${code(`${look.command} why ${shortId(state.incidentId)}`)}`,
    ],
    ' · ',
  );
  return join([line, ...state.notes.slice(0, 5).map((note) => esc(note))], '\n');
}

function endedFacts(state: CardState, endedAt: number): Mrkdwn {
  const { evidence } = state;
  const lasted = esc(humanDuration(endedAt - state.openedAt));
  if (!evidence) return join([name(state), lasted], ' · ');
  const limit = evidence.limit ? ` (limit ${measure(evidence.limit.value, evidence.unit)})` : '';
  return join(
    [
      name(state),
      lasted,
      mrkdwn`${extremes(state) ?? EMPTY}, now ${esc(measure(evidence.value, evidence.unit))}${limitPart(limit)}`,
    ],
    ' · ',
  );
}

function limitPart(limit: string): Mrkdwn {
  return limit === '' ? EMPTY : mrkdwn` ${esc(limit)}`;
}

function endedHow(state: CardState, look: CardLook): Mrkdwn | undefined {
  switch (state.phase.kind) {
    case 'closed_by_hand': {
      const who = person(state.phase.by);
      return state.phase.conditionHolds
        ? mrkdwn`*Closed by ${who}, condition still true.* It reopens here if it stays so.`
        : mrkdwn`*Closed by ${who}* ${time(state.phase.at, 'at {time}', look.timezone)}`;
    }
    case 'sender_silent':
      return esc('Its sender fell silent; nobody has seen it recover.');
    case 'resolved':
    case 'firing':
    case 'acknowledged':
    case 'no_data':
      return undefined;
  }
}

function toldLine(state: CardState): Mrkdwn | undefined {
  const first = state.ladder.find((step) => step.state === 'told' || step.state === 'acknowledged');
  const told =
    first && first.who.length > 0
      ? mrkdwn`Told ${join(first.who.slice(0, 3).map(person), ', ')} in ${esc(humanDuration(first.at - state.openedAt))}`
      : undefined;
  const acknowledged = state.acknowledgement
    ? mrkdwn`acknowledged by ${person(state.acknowledgement.by)} after ${esc(humanDuration(state.acknowledgement.at - state.openedAt))}`
    : undefined;
  return join([told, acknowledged], ' · ');
}

function endedQuietLine(state: CardState, look: CardLook, endedAt: number): Mrkdwn {
  const span = mrkdwn`${time(state.openedAt, '{date_short_pretty} {time}', look.timezone)} – ${time(endedAt, '{time}', look.timezone)}`;
  const verdict = state.verdict
    ? mrkdwn`${esc(VERDICT_WORDS[state.verdict.verdict])}, says ${person(state.verdict.by)}`
    : esc(state.priority === 'P1' ? 'was it worth waking someone?' : 'was it worth a message?');
  const line = join([span, state.team === '' ? undefined : mrkdwn`team ${esc(state.team, 60)}`, verdict], ' · ');
  return join([line, ...state.notes.slice(0, 5).map((note) => esc(note))], '\n');
}

/** What a lock screen shows: no mentions, no markup. */
export function lockText(state: CardState, look: Wording & { readonly now: number }): Mrkdwn {
  const { subject, text } = headline(state);
  const subjectOf = [clean(state.model), shortEnvironment(clean(state.environment))]
    .filter((part) => part !== '')
    .join(' ');
  const who = (id: string): string => (isUserId(id) ? (look.nameOf(id) ?? 'somebody') : id);
  const about = subjectOf === '' ? '' : ` ${subjectOf}`;
  switch (state.phase.kind) {
    case 'firing':
      if (state.lockScreen !== '') return esc(state.lockScreen);
      return esc(`${state.priority}${about}: ${text} for ${humanDuration(look.now - state.openedAt)}`);
    case 'acknowledged':
      return esc(`${state.priority}${about}: ${subject}, acknowledged by ${who(state.phase.by)}`);
    case 'no_data':
      return esc(
        `${state.priority}${about}: no data for ${subject} since ${clockTime(state.phase.since, look.timezone)}`,
      );
    case 'resolved':
      return esc(`Resolved:${about} ${subject}, ${humanDuration(state.phase.at - state.openedAt)}`);
    case 'sender_silent':
      return esc(`Sender silent:${about} ${subject}, recovery not seen`);
    case 'closed_by_hand':
      return esc(
        `Closed by ${who(state.phase.by)}:${about} ${subject}${state.phase.conditionHolds ? ', condition still true' : ''}`,
      );
  }
}
