import { sparkline } from '../../chart/sparkline.ts';
import type { CardState } from '../../incident/card.ts';
import { pagedByText } from './manual-page.ts';
import { bold, esc, interpolated, join, link, type Mrkdwn, mrkdwn, receiverText, sparkCode } from './mrkdwn.ts';
import { badBelow, measure, spanWords } from './words.ts';

/** Lines that cards of several phases and pages share. */

export function alertLine(state: CardState, ...more: readonly (Mrkdwn | undefined)[]): Mrkdwn {
  return join([pagedByText(state) ?? bold(esc(state.alertName, 120)), ...more], ' · ');
}

/** `peak 530 ms, at first fire 240 ms`: these two stay on the card for good. Where a number can only be one they say nothing. */
export function extremes({ evidence }: CardState): Mrkdwn | undefined {
  if (!evidence || evidence.limit?.operator === '==') return undefined;
  const peak = measure(evidence.peak, evidence.unit);
  const first = measure(evidence.firstValue, evidence.unit);
  const worst = badBelow(evidence) ? 'lowest' : 'peak';
  return esc(peak === first ? `first fire and ${worst} ${peak}` : `${worst} ${peak}, at first fire ${first}`);
}

/** `limit 200 ms`. */
export function limitText({ evidence }: CardState): Mrkdwn | undefined {
  if (!evidence?.limit || evidence.limit.operator === '==') return undefined;
  return esc(`limit ${measure(evidence.limit.value, evidence.unit)}`);
}

/** The last hour as block characters: the upper half of the characters is beyond the limit. */
export function trendLine({ evidence }: CardState): Mrkdwn | undefined {
  if (!evidence || evidence.trend.filter((point) => point !== null).length < 2) return undefined;
  const { limit } = evidence;
  const hasSides = limit !== undefined && limit.operator !== '==' && limit.operator !== '!=';
  const spark = sparkCode(
    sparkline(evidence.trend, {
      width: 24,
      bad: badBelow(evidence) ? 'below' : 'above',
      ...(hasSides ? { limit: limit.value } : {}),
    }),
  );
  return spark === '' ? undefined : mrkdwn`${spark} ${esc(spanWords(evidence.trendSpanMs))}`;
}

/** `v2.3.2 · production · ap-south-1`, or ''. */
export function whereText(state: CardState): Mrkdwn {
  const version = /^\d/.test(state.version) ? `v${state.version}` : state.version;
  return join([esc(version, 60), esc(state.environment, 60), esc(state.region, 60)], ' · ');
}

export function teamText(state: CardState): Mrkdwn | undefined {
  return state.team === '' ? undefined : mrkdwn`team ${esc(state.team, 60)}`;
}

/** What the receiver's configuration says in its own words; a title that only names the alert is there already. */
export function ownLines({ own, alertName }: CardState): Mrkdwn {
  if (!own) return join([], '\n');
  const title = own.title.trim() === interpolated(alertName) ? undefined : bold(receiverText(own.title));
  const links = own.links.slice(0, MOST_OWN_LINKS).map(({ label, url }) => link(url, label));
  return join([title, receiverText(own.text), join(links, ' · ')], '\n');
}

const MOST_OWN_LINKS = 5;

/** The quiet last lines: what happened around it. */
export function noteLines(state: CardState): Mrkdwn[] {
  return state.notes.slice(0, 5).map((note) => esc(note));
}

export const VERDICT_WORDS = {
  true_positive: 'True positive',
  false_positive: 'False positive',
  not_actionable: 'Not actionable',
} as const;
