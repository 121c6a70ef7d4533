import type { CardState, LadderStep, MessageRef, PagedIncident } from '../../incident/card.ts';
import { humanDuration } from '../../time/duration.ts';
import { actions, type Block, button, context, present, type SlackMessage, section, urlButton } from './block.ts';
import { runbookButton } from './buttons.ts';
import type { CardLook } from './card.ts';
import { dotOf, headerText } from './card-header.ts';
import { trendLine, whereText } from './card-lines.ts';
import { fit } from './limits.ts';
import { lockText } from './lock-text.ts';
import { pagedByText, restOfMessage } from './manual-page.ts';
import { bold, esc, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { modelName, time } from './words.ts';

export interface PageLook extends CardLook {
  /** Who reads it: a Slack user id. */
  readonly recipient: string;
  /** The incident's card in a channel, to open from here. */
  readonly card?: MessageRef;
  /** Whether handing over to the next level is possible. */
  readonly canHandOver: boolean;
}

/** A page: the essence with the likely button, as a direct message. Ends as one line without buttons. */
export function renderPage(state: CardState, look: PageLook): SlackMessage {
  // No header block here: the smaller letters have room for the limit.
  const title = bold(esc(headerText(state, 'with_limit'), 150));
  const text = lockText(state, look);
  const together = otherIncidents(state.pagedTogether);
  switch (state.phase.kind) {
    case 'firing':
    case 'no_data':
      return fit({
        text,
        blocks: present([
          section(join([title, restOfMessage(state), pageFacts(state, look)], '\n')),
          together,
          buttons(state, look, true),
          context(ladderWords(state, look)),
        ]),
      });
    case 'acknowledged':
      return fit({
        text,
        blocks: present([
          section(
            join(
              [
                title,
                restOfMessage(state),
                mrkdwn`Acknowledged by ${person(state.phase.by)} after ${esc(humanDuration(state.phase.at - state.openedAt))}`,
                trendLine(state),
              ],
              '\n',
            ),
          ),
          state.question
            ? section(
                mrkdwn`*Still on it?* Without an answer by ${time(state.question.answerBy, '{time}', look.timezone)} the ladder starts again.`,
              )
            : undefined,
          together,
          buttons(state, look, false),
        ]),
      });
    case 'resolved':
    case 'sender_silent':
    case 'closed_by_hand':
      return fit({
        text,
        blocks: present([
          section(mrkdwn`${title} · ${esc(humanDuration(state.phase.at - state.openedAt))}`),
          together,
          buttons(state, look, false),
        ]),
      });
  }
}

function pageFacts(state: CardState, look: CardLook): Mrkdwn {
  const since = mrkdwn`since ${time(state.openedAt, '{date_short_pretty} {time}', look.timezone)}`;
  return join([trendLine(state), join([pagedByText(state), since, whereText(state)], ' · ')], '\n');
}

function buttons(state: CardState, look: PageLook, open: boolean): Block | undefined {
  const id = state.incidentId;
  const ended =
    state.phase.kind === 'resolved' || state.phase.kind === 'sender_silent' || state.phase.kind === 'closed_by_hand';
  const elements = present([
    open && state.acknowledgement === undefined
      ? button('acknowledge', 'Acknowledge', id, { primary: true })
      : undefined,
    state.question ? button('still_on_it', 'Still on it', id, { primary: true }) : undefined,
    (!open || state.page) && !ended ? button('resolve', 'Resolve', id) : undefined,
    ended ? undefined : runbookButton(state),
    open && look.canHandOver && !state.page?.isOwn && state.ladderManner !== 'notice'
      ? button('hand_over', 'Escalate', id)
      : undefined,
    ended ? undefined : button('reassign', 'Reassign…', id),
    look.card ? urlButton('open_card', 'Open card', id, archiveUrl(look.card)) : undefined,
  ]);
  return elements.length === 0 ? undefined : actions('page', elements);
}

/** Slack's clients open this in the reader's own workspace. */
export function archiveUrl(ref: MessageRef): string {
  return `https://slack.com/archives/${encodeURIComponent(ref.channel)}/p${ref.ts.replace('.', '')}`;
}

function ladderWords(state: CardState, look: PageLook): Mrkdwn {
  if (state.ladderManner === 'notice')
    return mrkdwn`A notice in your business hours: nobody is paged for this. 👀 on this message acknowledges too.`;
  const mine = state.ladder.findIndex((step) => step.who.includes(look.recipient));
  const next = state.ladder.find((step) => step.state === 'next' && !step.who.includes(look.recipient));
  const place =
    mine < 0 || state.page?.isOwn
      ? undefined
      : esc(mine === 0 ? 'You are first on the ladder.' : `You are level ${mine + 1} on the ladder.`);
  const others = state.ladder
    .slice(mine + 1)
    .filter(({ state: step, who }) => step === 'told' && !who.includes(look.recipient));
  return join([place, nextWords(state, next, others.at(-1), look), mrkdwn`👀 on this message acknowledges too.`], ' ');
}

function nextWords(
  state: CardState,
  next: LadderStep | undefined,
  told: LadderStep | undefined,
  look: PageLook,
): Mrkdwn | undefined {
  const names = ({ who }: LadderStep): Mrkdwn => join(who.slice(0, 3).map(person), ', ');
  if (next) return mrkdwn`Without an answer ${names(next)} is told ${time(next.at, 'at {time}', look.timezone)}.`;
  if (told) return mrkdwn`${names(told)} was told too.`;
  if (state.page?.isOwn) return calledAgain(state.page.to, state.ladder);
  return state.ladder.length > 0 ? esc('Nobody comes after you.') : undefined;
}

/** Of a page by hand outside any policy: the same people are called again and again. */
function calledAgain(to: string, ladder: readonly LadderStep[]): Mrkdwn {
  const isAlone = ladder.every(({ who }) => who.length < 2);
  if (isAlone) return mrkdwn`Only you are called, and again until you answer.`;
  return mrkdwn`Everybody in ${bold(esc(to, 80))} is called, and again until one of you answers.`;
}

function otherIncidents(others: readonly PagedIncident[]): Block | undefined {
  if (others.length === 0) return undefined;
  const lines = others.slice(0, 5).map(pagedLine);
  const more = others.length > 5 ? mrkdwn`and ${others.length - 5} more` : undefined;
  return section(join([mrkdwn`*Within the same minute*`, ...lines, more], '\n'));
}

/** One of several incidents in one message. */
export function pagedLine(incident: PagedIncident): Mrkdwn {
  const dot = esc(dotOf(incident));
  const model = esc(modelName(incident));
  return join(
    [
      join([dot, bold(esc(incident.priority)), model], ' '),
      esc(incident.alertName, 100),
      esc(incident.measure, 60),
      incident.state === 'triggered' ? undefined : esc(incident.state),
    ],
    ' · ',
  );
}
