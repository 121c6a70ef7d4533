import { weeksSvg } from '../../chart/weeks-svg.ts';
import type { TeamLoad } from '../../oncall/answers.ts';
import type {
  CalendarDay,
  CalendarPieces,
  CalendarWeeks,
  Hole,
  Stranger,
  Unreachability,
} from '../../oncall/calendar.ts';
import type { Spread } from '../../oncall/workload.ts';
import { humanDuration } from '../../time/duration.ts';
import { dateOfDay } from '../../time/wall-clock.ts';
import type { Drawing } from '../effect.ts';
import { type Block, context, present, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, clean, codeBlock, esc, isUserId, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { count, time, type Wording } from './words.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MOST_SCHEDULES = 6;
const CELL = 3;

/** `/oncall schedule`: a row per week, a cell per day, narrow enough for a phone. */
export function renderWeeks(
  schedules: readonly CalendarWeeks[],
  wording: Wording,
  loadOf: (schedule: string) => TeamLoad | undefined = () => undefined,
): SlackMessage {
  if (schedules.length === 0)
    return { text: mrkdwn`No schedules`, blocks: [section(mrkdwn`No schedule is configured.`)] };
  const shown = schedules.slice(0, MOST_SCHEDULES);
  const hidden = schedules.length - shown.length;
  return fit({
    text: esc(`The weeks ahead: ${shown.map(({ schedule }) => schedule).join(', ')}`),
    blocks: present([
      ...shown.flatMap((weeks) => scheduleBlocks(weeks, wording, loadOf(weeks.schedule))),
      hidden > 0 ? context(mrkdwn`and ${hidden} more: name one to see it`) : undefined,
    ]),
  });
}

function scheduleBlocks(
  { schedule, zone, today, weeks }: CalendarWeeks,
  wording: Wording,
  load: TeamLoad | undefined,
): Block[] {
  const days = weeks.flat();
  const labels = labelsOf([...new Set(days.flatMap(({ who }) => who ?? []))], wording);
  const rows = weeks.map((week) => {
    const cells = week.map((day) => cellOf(day, labels));
    const isNow = week.some(({ day }) => day === today);
    return `${isNow ? '▸' : ' '}${dateWords(week[0]?.day ?? 0)} ${cells.join(' ')}`.trimEnd();
  });
  const head = `${' '.repeat(7)} ${['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'].map((name) => name.padEnd(CELL)).join(' ')}`;
  const legend = [...labels].map(([who, label]) => mrkdwn`${esc(label)} ${person(who)}`);
  const marks = present([
    days.some(({ arranged }) => arranged) ? esc('* override or swap that day') : undefined,
    days.some(({ gap }) => gap) ? esc('! some of that day has nobody') : undefined,
  ]);
  return [
    section(join([mrkdwn`${bold(esc(schedule, 80))}  ${esc(zone)}`, codeBlock([head.trimEnd(), ...rows])], '\n')),
    context(join([join([...legend, ...marks], ' · '), load && loadLine(load)], '\n')),
  ];
}

/** To the team by rotation, never by name. */
function loadLine({ days, people, hours, nights, weekends, pages }: TeamLoad): Mrkdwn {
  const part = ({ least, most }: Spread): string => {
    const [from, to] = [least, most].map((share) => Math.round(share * 100));
    return from === to ? `${from} %` : `${from}–${to} %`;
  };
  const parts = present([
    `${part(hours)} of the hours`,
    nights && `${part(nights)} of the nights`,
    weekends && `${part(weekends)} of the weekends`,
  ]);
  return esc(
    `Last ${days} days, each of ${count(people, 'person', 'people')}: ${parts.join(', ')}; ${count(pages, 'page')} in all`,
  );
}

function cellOf({ who, arranged, gap }: CalendarDay, labels: ReadonlyMap<string, string>): string {
  const label = who === undefined ? '-' : (labels.get(who) ?? '?');
  const mark = gap ? '!' : arranged ? '*' : '';
  return `${label}${mark}`.padEnd(CELL);
}

/** Two letters for each person, unlike any other's. */
function labelsOf(people: readonly string[], { nameOf }: Wording): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const taken = new Set<string>();
  for (const who of people) {
    const name = clean(isUserId(who) ? (nameOf(who) ?? who) : who);
    const [first = '?', ...rest] = name.match(/[\p{L}\p{N}]/gu) ?? [];
    const tries = [...rest, '2', '3', '4', '5', '6', '7', '8', '9'].map(
      (second) => `${first.toUpperCase()}${second.toLowerCase()}`,
    );
    const label = tries.find((candidate) => !taken.has(candidate)) ?? `${first.toUpperCase()}?`;
    taken.add(label);
    labels.set(who, label);
  }
  return labels;
}

/** The same as a drawing, hours to scale. */
export function drawWeeks(
  { schedule, zone, monday, count: weeks, pieces }: CalendarPieces,
  now: number,
  { nameOf }: Wording,
): Drawing {
  const name = (who: string | undefined): string =>
    who === undefined ? '' : clean(isUserId(who) ? (nameOf(who) ?? who) : who);
  const named = pieces.map(({ who, ...piece }) => ({ ...piece, who: name(who) }));
  const from = dateWords(monday).trim();
  return {
    svg: weeksSvg({ title: schedule, zone, monday, count: weeks, now, pieces: named }),
    filename: 'schedule.png',
    title: `${schedule}: ${count(weeks, 'week')} from ${from}`,
    alt: `Who is on call for ${schedule} over ${count(weeks, 'week')} from ${from}: ${[...new Set(named.map(({ who }) => who || 'nobody'))].join(', ')}`,
  };
}

function dateWords(day: number): string {
  const { month, day: date } = dateOfDay(day);
  return `${String(date).padStart(2)} ${MONTHS[month - 1] ?? ''}`;
}

/** `/oncall gaps`: what should be mended before a night comes. */
export function renderGaps(holes: readonly Hole[], strangers: readonly Stranger[], wording: Wording): SlackMessage {
  if (holes.length === 0 && strangers.length === 0) {
    const text = mrkdwn`No gaps: for 30 days somebody whom Slack reaches is on call at every moment`;
    return { text, blocks: [section(mrkdwn`🟢 ${text}.`)] };
  }
  const at = (instant: number): Mrkdwn => time(instant, '{date_short_pretty} {time}', wording.timezone);
  const holeLines = holes
    .slice(0, 15)
    .map(
      ({ schedule, start, end }) =>
        mrkdwn`⚠ ${bold(esc(schedule, 80))}  nobody ${at(start)} – ${at(end)} (${esc(humanDuration(end - start))})`,
    );
  const strangerLines = strangers
    .slice(0, 15)
    .map(
      ({ schedule, user, start, why }) =>
        mrkdwn`⚠ ${bold(esc(schedule, 80))}  ${reach(user, why)} (${start === undefined ? esc('on its ladder') : mrkdwn`on call from ${at(start)}`})`,
    );
  const more = holes.length + strangers.length - holeLines.length - strangerLines.length;
  const text = esc(
    [
      holes.length > 0 ? count(holes.length, 'gap') : '',
      strangers.length > 0 ? `${count(strangers.length, 'person', 'people')} not reachable` : '',
    ]
      .filter(Boolean)
      .join(', '),
  );
  return fit({
    text,
    blocks: present([
      section(bold(text)),
      section(join([...holeLines, ...strangerLines], '\n')),
      more > 0 ? context(mrkdwn`and ${more} more`) : undefined,
    ]),
  });
}

function reach(user: string, why: Unreachability): Mrkdwn {
  const who = esc(user, 120);
  switch (why) {
    case 'unknown':
      return mrkdwn`${who} is nobody we know: neither an e-mail address nor one Slack name`;
    case 'no_account':
      return mrkdwn`${who} has no Slack account`;
    case 'deactivated':
      return mrkdwn`${who} is deactivated in Slack`;
    case 'guest':
      return mrkdwn`${who} is a guest and cannot act on alerts`;
    case 'do_not_disturb':
      return mrkdwn`${who} has Do Not Disturb on in that time and no other way to be paged`;
  }
}
