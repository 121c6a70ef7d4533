import { z } from 'zod';
import type { Evidence } from '../alert/alert.ts';
import type { Priority } from '../alert/priority.ts';
import { sparkline } from '../chart/sparkline.ts';
import type { AlertChart } from '../chart/svg.ts';
import type { CardMember, CardPhase, CardState, LadderStep } from '../incident/card.ts';
import { excess } from '../incident/measure.ts';
import { headerText } from '../slack/view/card-header.ts';
import { headline } from '../slack/view/headline.ts';
import { clean, isUserId, safeUrl, truncate } from '../slack/view/mrkdwn.ts';
import { badBelow, beyond, count, dayAndTime, measure, spanWords, type Wording } from '../slack/view/words.ts';
import { humanDuration } from '../time/duration.ts';
import { clockTime } from '../time/wall-clock.ts';

/**
 * What every notification says, whatever way it goes: the incident as it stood, in words. Clean single lines, bounded, not
 * escaped for anything; '' for what is not known. Plain JSON, so that it can lie in the outbox.
 */
export interface Notice {
  readonly incidentId: string;
  readonly phase: CardPhase['kind'];
  readonly priority: Priority;
  readonly alertName: string;
  /** Colour, priority, model, what is wrong and by how much. */
  readonly title: string;
  /** What is wrong, without model and numbers: `p99 latency`. */
  readonly subject: string;
  /** `Firing for 6 min`, `Resolved after 14 min`. */
  readonly status: string;
  readonly model: string;
  /** `v2.3.2 · production · ap-south-1`. */
  readonly where: string;
  readonly team: string;
  /** `412 ms > 200 ms`; once it holds no more `121 ms (limit 200 ms)`. */
  readonly measure: string;
  /** `peak 530 ms, at first fire 240 ms`. */
  readonly extremes: string;
  /** The sparkline, and the time it spans. */
  readonly trend: string;
  readonly trendSpan: string;
  readonly summary: string;
  /** Several lines, as the rule wrote it. */
  readonly description: string;
  /** With its zone. */
  readonly since: string;
  readonly members: readonly string[];
  readonly membersHidden: number;
  readonly ladder: readonly NoticeStep[];
  /** Why nobody further is told, or what was decided: acknowledged, silenced, verdicts, reopened. */
  readonly notes: readonly string[];
  /** http(s) only. */
  readonly runbookUrl: string;
  readonly dashboardUrl: string;
  readonly chart?: AlertChart;
}

/** One level of the escalation timeline. */
export interface NoticeStep {
  readonly who: string;
  /** `03:02 IST`; '' for a level that has nobody. */
  readonly when: string;
  readonly state: LadderStep['state'];
}

/** What a stored row speaks of, for whoever has to say that it did not arrive. */
export const ABOUT = z.object({ incidentId: z.string(), gist: z.string(), open: z.boolean() });
export type About = z.output<typeof ABOUT>;

export function aboutOf(notice: Notice): About {
  return { incidentId: notice.incidentId, gist: notice.title, open: !isOver(notice) };
}

/** A notice that is about no incident: the bot speaks of itself. */
export function plainNotice(title: string, text: string, at: number, timezone: string): Notice {
  return {
    incidentId: '',
    phase: 'firing',
    priority: 'P1',
    alertName: 'Watchroom',
    title: line(title),
    subject: line(title),
    status: '',
    model: '',
    where: '',
    team: '',
    measure: '',
    extremes: '',
    trend: '',
    trendSpan: '',
    summary: '',
    description: paragraphs(text),
    since: dayAndTime(at, timezone),
    members: [],
    membersHidden: 0,
    ladder: [],
    notes: [],
    runbookUrl: '',
    dashboardUrl: '',
  };
}

export interface NoticeLook extends Wording {
  /** Domain time: ages are told as of it. */
  readonly now: number;
}

const LONGEST_LINE = 300;
const LONGEST_DESCRIPTION = 2000;
const MOST_MEMBERS = 10;
const MOST_STEPS = 8;

export function noticeOf(state: CardState, look: NoticeLook): Notice {
  const { evidence } = state;
  const name = nameIn(look);
  const members = state.members.length < 2 ? [] : state.members.slice(0, MOST_MEMBERS).map(memberText);
  const chart = chartOf(state, look.timezone);
  return {
    incidentId: state.incidentId,
    phase: state.phase.kind,
    priority: state.priority,
    alertName: line(state.alertName),
    title: truncate(headerText(state), LONGEST_LINE),
    subject: headline(state).subject,
    status: statusText(state.phase, state.openedAt, look.now, name),
    model: line(state.model),
    where: [state.version, state.environment, state.region].map(line).filter(Boolean).join(' · '),
    team: line(state.team),
    measure: evidence ? `${state.phase.kind === 'no_data' ? 'last seen ' : ''}${measureText(evidence)}` : '',
    extremes: evidence
      ? `${badBelow(evidence) ? 'lowest' : 'peak'} ${measure(evidence.peak, evidence.unit)}, at first fire ${measure(evidence.firstValue, evidence.unit)}`
      : '',
    trend: trendOf(state),
    trendSpan: evidence ? spanWords(evidence.trendSpanMs) : '',
    summary: line(state.summary),
    description: paragraphs(state.description),
    since: dayAndTime(state.openedAt, look.timezone),
    members,
    membersHidden: members.length === 0 ? 0 : Math.max(0, state.totalMembers - members.length),
    ladder: stepsOf(state)
      .slice(0, MOST_STEPS)
      .map((step) => stepOf(step, look, name)),
    notes: notesOf(state, look, name),
    runbookUrl: safeUrl(state.runbookUrl) ?? '',
    dashboardUrl: safeUrl(state.dashboardUrl) ?? '',
    ...(chart && { chart }),
  };
}

/** The facts in the order in which somebody who was just woken wants them; only those that are known. */
export function noticeFacts(notice: Notice): readonly (readonly [name: string, value: string])[] {
  const facts: readonly (readonly [string, string])[] = [
    ['Alert', notice.alertName],
    ['Priority', notice.priority],
    ['Status', notice.status],
    ['Model', notice.model],
    ['Where', notice.where],
    ['Value', notice.measure],
    ['Extremes', notice.extremes],
    ['Trend', notice.trend === '' ? '' : `${notice.trend} ${notice.trendSpan}`],
    ['Since', notice.since],
    ['Team', notice.team],
    ['Escalation', ladderText(notice)],
  ];
  return facts.filter(([, value]) => value !== '');
}

/** `Asha told 03:02 IST → Bilal 03:09 IST → ML lead 03:19 IST`, or ''. */
export function ladderText(notice: Notice): string {
  return notice.ladder.map(stepText).join(' → ');
}

export function stepText(step: NoticeStep): string {
  switch (step.state) {
    case 'told':
      return `${step.who} told ${step.when}`;
    case 'acknowledged':
      return `${step.who} acknowledged ${step.when}`;
    case 'next':
      return `next ${step.who} ${step.when}`;
    case 'later':
      return `${step.who} ${step.when}`;
    case 'skipped':
      return `${step.who || 'nobody'} (skipped)`;
  }
}

export function isOver(notice: Pick<Notice, 'phase'>): boolean {
  return notice.phase === 'resolved' || notice.phase === 'sender_silent' || notice.phase === 'closed_by_hand';
}

/** What is said of a value is true of it: one that is back within its limit is not beyond it. */
function measureText(evidence: Evidence): string {
  if (!evidence.limit || !(excess(evidence) < 0)) return beyond(evidence);
  return `${measure(evidence.value, evidence.unit)} (limit ${measure(evidence.limit.value, evidence.unit)})`;
}

/** Nobody is next on a ladder that has stopped. */
function stepsOf(state: CardState): readonly LadderStep[] {
  const stopped = state.ladderStopped !== undefined || isOver({ phase: state.phase.kind });
  return stopped ? state.ladder.filter((step) => step.state !== 'next' && step.state !== 'later') : state.ladder;
}

function nameIn(look: Wording): (who: string) => string {
  return (who) => line(isUserId(who) ? (look.nameOf(who) ?? 'somebody') : who);
}

function statusText(phase: CardPhase, openedAt: number, now: number, name: (who: string) => string): string {
  switch (phase.kind) {
    case 'firing':
      return `Firing for ${humanDuration(now - openedAt)}`;
    case 'acknowledged':
      return `Firing for ${humanDuration(now - openedAt)}, acknowledged by ${name(phase.by)}`;
    case 'no_data':
      return `No data for ${humanDuration(now - phase.since)}: not resolved`;
    case 'resolved':
      return `Resolved after ${humanDuration(phase.at - openedAt)}`;
    case 'sender_silent':
      return `Its sender fell silent after ${humanDuration(phase.at - openedAt)}; nobody has seen it recover`;
    case 'closed_by_hand':
      return `Closed by ${name(phase.by)}${phase.conditionHolds ? ', condition still true' : ''}`;
  }
}

function stepOf(step: LadderStep, look: Wording, name: (who: string) => string): NoticeStep {
  const who = step.who.slice(0, 4).map(name).join(', ');
  return { who, when: clockTime(step.at, look.timezone), state: step.state };
}

function notesOf(state: CardState, look: Wording, name: (who: string) => string): string[] {
  const notes: string[] = [];
  if (state.acknowledgement && state.phase.kind !== 'acknowledged') {
    const { by, at } = state.acknowledgement;
    notes.push(`Acknowledged by ${name(by)} after ${humanDuration(at - state.openedAt)}`);
  }
  if (state.ladderStopped === 'acknowledged') notes.push('The ladder stopped with the acknowledgement');
  if (state.ladderStopped === 'all_muted') notes.push('Nobody is paged while everything here is muted');
  if (state.silence) {
    notes.push(`Silenced by ${name(state.silence.by)} until ${dayAndTime(state.silence.endsAt, look.timezone)}`);
  }
  if (state.totalMembers > 1) {
    notes.push(`${state.openMembers} of ${count(state.totalMembers, 'alert')} open`);
  }
  return [...notes, ...state.notes.slice(0, 5).map(line)];
}

function memberText(member: CardMember): string {
  const value = member.evidence ? `: ${measureText(member.evidence)}` : '';
  const said = member.state === 'firing' ? '' : ` (${member.state.replaceAll('_', ' ')})`;
  return `${truncate(clean(member.label), 80) || 'alert'}${value}${said}`;
}

function trendOf({ evidence }: CardState): string {
  if (!evidence || evidence.trend.length < 2) return '';
  return sparkline(evidence.trend, {
    width: 24,
    bad: badBelow(evidence) ? 'below' : 'above',
    ...(evidence.limit && { limit: evidence.limit.value }),
  });
}

/** The chart of an incident's worst member; undefined where there is no trend. */
export function chartOf(state: CardState, zone: string): AlertChart | undefined {
  const { evidence } = state;
  if (!evidence || evidence.trend.length < 2 || evidence.trendSpanMs <= 0) return undefined;
  return {
    title: [headline(state).subject, line(state.model), line(state.environment)].filter(Boolean).join(' · '),
    points: evidence.trend,
    endsAt: evidence.trendAt,
    spanMs: evidence.trendSpanMs,
    ...(evidence.unit !== undefined && { unit: evidence.unit }),
    ...(evidence.limit && { limit: evidence.limit.value }),
    bad: badBelow(evidence) ? 'below' : 'above',
    firedAt: state.openedAt,
    zone,
  };
}

function line(text: string): string {
  return truncate(clean(text), LONGEST_LINE);
}

function paragraphs(text: string): string {
  const lines = text
    .slice(0, LONGEST_DESCRIPTION)
    .split(/\r?\n/)
    .map((one) => clean(one));
  // A rule's author wraps lines for the file, not for the reader's screen; lists and blank lines are meant.
  return lines
    .join('\n')
    .replaceAll(/(?<=\S)\n(?=[^\s*•-])/g, ' ')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
