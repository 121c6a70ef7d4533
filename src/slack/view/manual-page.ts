import type { CardState } from '../../incident/card.ts';
import type { Incident } from '../../incident/incident.ts';
import type { CalledPerson, PageDone } from '../../incident/manual-page-acts.ts';
import type { IncidentEvent } from '../../incident/timeline.ts';
import { humanDuration } from '../../time/duration.ts';
import {
  actions,
  type Block,
  button,
  context,
  type ModalView,
  option,
  plainText,
  present,
  type SlackMessage,
  section,
} from './block.ts';
import { bold, esc, isUserId, italic, join, type Mrkdwn, mrkdwn, person, truncate } from './mrkdwn.ts';
import { time, type Wording } from './words.ts';

const LONGEST_MESSAGE = 1000;
/** Of a message inside a sentence. */
const LONGEST_QUOTE = 90;
const MOST_NAMED = 6;

/** `@asha pages ml-platform-primary`; of a page to one person alone nothing but the pager is news. */
export function pagedByText({ page }: CardState): Mrkdwn | undefined {
  return page && mrkdwn`${person(page.by)} pages ${target(page.to)}`;
}

/** What the headline has no room for: the rest of the message, or all of it where it does not begin as the headline does. */
export function restOfMessage({ page, summary }: CardState): Mrkdwn | undefined {
  if (!page || page.message === summary) return undefined;
  const said = summary.replace(/…$/, '');
  const rest = page.message.startsWith(said) ? `…${page.message.slice(said.length).trimStart()}` : page.message;
  return esc(rest, LONGEST_MESSAGE);
}

/** The pager's answer: who is called, how, and who comes after. */
export function renderPaged(done: PageDone, wording: Wording): SlackMessage {
  const { first, to, message, incidentId } = done;
  const names = join(
    first.slice(0, MOST_NAMED).map(({ who }) => person(who)),
    ', ',
  );
  const isOther = first.length !== 1 || first[0]?.who !== to;
  const whom = isOther ? mrkdwn`${target(to)}: ${names || esc('nobody is there just now')}` : names;
  const nobody = first.length === 0;
  return {
    text: nobody ? mrkdwn`${named(to, wording)} was paged, but nobody is there` : mrkdwn`Paging ${named(to, wording)}`,
    blocks: present([
      section(mrkdwn`📟 *Paging* ${whom}\n${italic(esc(message, LONGEST_QUOTE))}`),
      section(join([waysText(first), nextText(done, wording)], ' ')),
      actions('paged', [button('resolve', 'Call it off', incidentId)]),
      context(mrkdwn`You get a direct message when somebody acknowledges.`),
    ]),
  };
}

function waysText(first: readonly CalledPerson[]): Mrkdwn | undefined {
  if (first.length === 0) return mrkdwn`Whoever comes next is told at once, or the channel.`;
  const hasSlack = first.some(({ ways }) => ways.includes('slack'));
  const hasSms = first.some(({ ways }) => ways.includes('sms'));
  if (!hasSlack) return mrkdwn`By text message: there is no Slack account.`;
  return hasSms ? mrkdwn`By direct message; by text message where Do Not Disturb is on.` : mrkdwn`By direct message.`;
}

function nextText({ next, first }: PageDone, wording: Wording): Mrkdwn | undefined {
  if (!next)
    return first.length > 0 ? mrkdwn`Called again every 5 minutes; after 15 you hear that nobody answered.` : undefined;
  const who = join(next.who.slice(0, MOST_NAMED).map(person), ', ');
  return mrkdwn`Without an answer ${who} is told ${time(next.at, 'at {time}', wording.timezone)}.`;
}

/** What became of a page, for whoever paged; undefined for what the pager did, or need not hear. */
export function renderPagerNews(
  event: IncidentEvent,
  incident: Incident,
  pager: string,
  wording: Wording,
): SlackMessage | undefined {
  const { page } = incident;
  if (!page) return undefined;
  // Whoever paged from a terminal is known there by another name.
  const isPager = (id: string): boolean => id === pager || id === page.by.id;
  const about = mrkdwn`your page to ${target(page.to)}`;
  const plainAbout = mrkdwn`your page to ${named(page.to, wording)}`;
  const quote = italic(esc(page.message, LONGEST_QUOTE));
  const after = esc(humanDuration(event.at - incident.openedAt));
  switch (event.kind) {
    case 'acknowledged': {
      if (isPager(event.by.id)) return undefined;
      return {
        text: mrkdwn`${named(event.by.id, wording)} has ${plainAbout} in hand`,
        blocks: [section(mrkdwn`🟠 ${person(event.by.id)} acknowledged ${about} after ${after}\n${quote}`)],
      };
    }
    case 'resolved':
      if (isPager(event.by.id)) return undefined;
      return {
        text: mrkdwn`${named(event.by.id, wording)} closed ${plainAbout}`,
        blocks: [section(mrkdwn`🟤 ${person(event.by.id)} closed ${about} after ${after}\n${quote}`)],
      };
    case 'unanswered': {
      const why =
        event.passes > 0
          ? mrkdwn`*Nobody has answered* ${about} for ${after}.`
          : mrkdwn`*Nobody could hear* ${about}: Do Not Disturb is on, or nobody is there, and there is no other way.`;
      return {
        text: event.passes > 0 ? mrkdwn`Nobody has answered ${plainAbout}` : mrkdwn`Nobody could hear ${plainAbout}`,
        blocks: [
          section(mrkdwn`⚠ ${why}\n${quote}`),
          actions('paged', [
            button('page_form', 'Page another…', 'page', { primary: true }),
            button('resolve', 'Call it off', incident.id),
          ]),
          context(mrkdwn`It goes on every 30 minutes until somebody acknowledges.`),
        ],
      };
    }
    default:
      return undefined;
  }
}

/** Whom may be chosen from the list of a form. */
export interface PageChoices {
  readonly schedules: readonly string[];
  readonly policies: readonly string[];
  readonly teams: readonly string[];
}

const MOST_CHOICES = 100;

/** Asks whom and what about, for where slash commands do not run, and for whoever does not know the words. */
export function pageModal(choices: PageChoices, channel: string): ModalView {
  const names = [...new Set([...choices.schedules, ...choices.policies, ...choices.teams])];
  // Names that do not fit into an option's value can still be typed.
  const options = names
    .filter((name) => name.length <= 150)
    .slice(0, MOST_CHOICES)
    .map((name) => option(name, name));
  return {
    type: 'modal',
    callback_id: 'page',
    title: plainText('Page somebody', 24),
    submit: plainText('Page now', 24),
    close: plainText('Cancel', 24),
    private_metadata: channel,
    blocks: present<Block>([
      options.length === 0
        ? undefined
        : {
            type: 'input',
            block_id: 'target',
            label: plainText('Whoever is on call', 75),
            optional: true,
            element: {
              type: 'static_select',
              action_id: 'value',
              placeholder: plainText('Choose a schedule', 75),
              options,
            },
          },
      {
        type: 'input',
        block_id: 'person',
        label: plainText(options.length === 0 ? 'Whom' : 'Or a person', 75),
        optional: options.length > 0,
        element: { type: 'users_select', action_id: 'value', placeholder: plainText('Choose a person', 75) },
      },
      {
        type: 'input',
        block_id: 'message',
        label: plainText('What it is about', 75),
        hint: plainText('It wakes them as a P1: say what is wrong and what you need.', 150),
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: LONGEST_MESSAGE },
      },
    ]),
  };
}

function target(to: string): Mrkdwn {
  return isUserId(to) ? person(to) : bold(esc(to, 80));
}

function named(who: string, wording: Wording): Mrkdwn {
  return esc(isUserId(who) ? (wording.nameOf(who) ?? 'somebody') : truncate(who, 80));
}
