import type { Evidence } from '../../alert/alert.ts';
import type { CardPhase, CardState } from '../../incident/card.ts';
import { humanDuration } from '../../time/duration.ts';
import { type Block, context, header, present, section } from './block.ts';
import { verdictButtons } from './buttons.ts';
import { headerText } from './card-header.ts';
import {
  alertLine,
  extremes,
  noteLines,
  ownLines,
  teamText,
  trendLine,
  VERDICT_WORDS,
  whereText,
} from './card-lines.ts';
import { restOfMessage } from './manual-page.ts';
import { sliceText } from './members.ts';
import { bold, esc, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { count, measure, time, type Wording } from './words.ts';

export type EndedPhase = Extract<CardPhase, { readonly kind: 'resolved' | 'sender_silent' | 'closed_by_hand' }>;

/** The whole story in few lines, and one question. */
export function endedBlocks(state: CardState, phase: EndedPhase, wording: Wording): Block[] {
  const story = join([howLine(phase, wording), toldLine(state), question(state)], '\n');
  const ownText = ownLines(state);
  return present([
    header(headerText(state)),
    section(join([restOfMessage(state), ...factLines(state, phase.at), trendLine(state)], '\n')),
    ownText === '' ? undefined : section(ownText),
    section(story),
    state.page ? undefined : verdictButtons(state),
    context(quietLine(state, phase, wording)),
  ]);
}

function factLines(state: CardState, endedAt: number): (Mrkdwn | undefined)[] {
  const { evidence } = state;
  const lasted = esc(humanDuration(endedAt - state.openedAt));
  const alerts = state.totalMembers > 1 ? esc(count(state.totalMembers, 'alert')) : undefined;
  const line = alertLine(state, lasted, alerts);
  if (!evidence) return [line];
  return [line, join([extremes(state), endWords(evidence)], ', ')];
}

/** `now 121 ms (limit 200 ms)`. Of a condition like `up == 0` it is enough to know that it has ended. */
function endWords({ value, limit, unit }: Evidence): Mrkdwn | undefined {
  if (limit?.operator === '==') return undefined;
  const said = measure(value, unit);
  if (limit === undefined) return esc(`now ${said}`);
  const bound = measure(limit.value, unit);
  if (said !== bound || value === limit.value) return esc(`now ${said} (limit ${bound})`);
  return esc(`now just ${value < limit.value ? 'below' : 'above'} ${bound} (the limit)`);
}

function howLine(phase: EndedPhase, wording: Wording): Mrkdwn | undefined {
  switch (phase.kind) {
    case 'closed_by_hand': {
      const who = person(phase.by);
      return phase.conditionHolds
        ? mrkdwn`*Closed by ${who}, condition still true.* It reopens here if it stays so.`
        : mrkdwn`*Closed by ${who}* ${time(phase.at, 'at {time}', wording.timezone)}`;
    }
    case 'sender_silent':
      return esc('Its sender fell silent; nobody has seen it recover.');
    case 'resolved':
      return undefined;
  }
}

function toldLine(state: CardState): Mrkdwn | undefined {
  const first = state.ladder.find((step) => step.state === 'told' || step.state === 'acknowledged');
  const told =
    first && first.who.length > 0
      ? mrkdwn`Told ${join(first.who.slice(0, 3).map(person), ', ')} in ${esc(humanDuration(first.at - state.openedAt))}`
      : undefined;
  const { acknowledgement } = state;
  // Several levels were told and it ended by itself: nobody took it.
  if (told !== undefined && !acknowledgement && state.phase.kind !== 'closed_by_hand')
    return mrkdwn`${told} · nobody acknowledged`;
  const after = acknowledgement && esc(humanDuration(acknowledgement.at - state.openedAt));
  // "Told @asha · acknowledged after 2 min" needs her name only once.
  const same = acknowledgement !== undefined && first?.who.length === 1 && first.who[0] === acknowledgement.by;
  const by = acknowledgement && !same ? mrkdwn` by ${person(acknowledgement.by)}` : esc('');
  const verb = told === undefined ? esc('Acknowledged') : esc('acknowledged');
  return join([told, after === undefined ? undefined : mrkdwn`${verb}${by} after ${after}`], ' · ');
}

function question(state: CardState): Mrkdwn | undefined {
  if (state.page) return undefined;
  if (state.verdict)
    return mrkdwn`${bold(esc(VERDICT_WORDS[state.verdict.verdict]))}, says ${person(state.verdict.by)}`;
  return bold(esc(state.priority === 'P1' ? 'Was it worth waking someone?' : 'Was it worth a message?'));
}

function quietLine(state: CardState, phase: EndedPhase, wording: Wording): Mrkdwn {
  const from = time(state.openedAt, '{date_short_pretty} {time}', wording.timezone);
  const span = mrkdwn`${from} – ${time(phase.at, '{time}', wording.timezone)}`;
  return join([join([span, whereText(state), sliceText(state), teamText(state)], ' · '), ...noteLines(state)], '\n');
}
