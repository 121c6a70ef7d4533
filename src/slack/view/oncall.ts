import type { OwnWorkload } from '../../oncall/answers.ts';
import { dayAndTime } from '../../time/wall-clock.ts';
import type { ScheduleNow, ShiftLine } from '../ports.ts';
import { actions, button, context, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, code, esc, isUserId, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { count, time, type Wording } from './words.ts';

/** `/oncall who`: for each schedule who holds it, until when, and who comes next. */
export function renderWho(schedules: readonly ScheduleNow[], openIncidents: number, wording: Wording): SlackMessage {
  const [first] = schedules;
  if (!first)
    return {
      text: mrkdwn`No schedules`,
      blocks: [section(mrkdwn`No schedule is configured (${code('schedule_files')}).`)],
    };
  const rows = schedules.slice(0, 20).map((schedule) => scheduleLine(schedule, wording));
  return fit({
    text: whoText(first, wording),
    blocks: [
      section(join(rows, '\n')),
      context(esc(openIncidents === 0 ? 'no open incidents' : `${count(openIncidents, 'incident')} open`)),
      actions('oncall', [
        button('swap', 'Swap…', 'who'),
        button('schedule', 'Schedule', 'who'),
        button('page_form', 'Page…', 'who'),
      ]),
    ],
  });
}

/** The same where nobody takes turns. */
export function renderSmallTeam(people: readonly string[], openIncidents: number): SlackMessage {
  const names = join(people.map(person), ', ');
  const text = mrkdwn`Nobody is paged. P1 alerts reach ${names} in business hours`;
  const open = context(esc(openIncidents === 0 ? 'no open incidents' : `${count(openIncidents, 'incident')} open`));
  return { text, blocks: [section(mrkdwn`${text}.`), open] };
}

function whoText(schedule: ScheduleNow, wording: Wording): Mrkdwn {
  const names = schedule.current.map((who) => (isUserId(who) ? (wording.nameOf(who) ?? 'somebody') : who)).join(', ');
  const until = schedule.until === undefined ? '' : ` until ${dayAndTime(schedule.until, schedule.timezone)}`;
  return esc(names === '' ? `Nobody is on call for ${schedule.schedule}` : `On call: ${names}${until}`);
}

function scheduleLine(schedule: ScheduleNow, wording: Wording): Mrkdwn {
  const name = bold(esc(schedule.schedule, 80));
  const note = schedule.note === '' ? undefined : mrkdwn`(${esc(schedule.note, 120)})`;
  const until =
    schedule.until === undefined
      ? undefined
      : mrkdwn`until ${time(schedule.until, '{date_short_pretty} {time}', wording.timezone)}`;
  const next =
    schedule.next.length === 0 ? undefined : mrkdwn`then ${join(schedule.next.slice(0, 3).map(person), ', ')}`;
  const who =
    schedule.current.length === 0
      ? mrkdwn`⚠ *nobody is on call*`
      : join(schedule.current.slice(0, 5).map(person), ', ');
  const now = join([who, until], ' ');
  return join([name, join([now, next], ', '), note], '  ');
}

/** `/oncall me`: the asker's own shifts, and what the last weeks were for them beside everybody's average. */
export function renderMe(
  shifts: readonly ShiftLine[],
  now: number,
  wording: Wording,
  past?: OwnWorkload,
  paths: readonly Mrkdwn[] = [],
): SlackMessage {
  const quiet = [...(past && past.lines.length > 0 ? workloadLines(past) : []), ...paths];
  const share = quiet.length > 0 ? [context(join(quiet, '\n'))] : [];
  if (shifts.length === 0)
    return { text: mrkdwn`You have no shift ahead`, blocks: [section(mrkdwn`You have no shift ahead.`), ...share] };
  const rows = shifts.slice(0, 10).map((shift) => {
    const start = time(shift.start, '{date_short_pretty} {time}', wording.timezone);
    const end = time(shift.end, '{date_short_pretty} {time}', wording.timezone);
    return shift.start <= now
      ? mrkdwn`🟢 *${esc(shift.schedule, 80)}*  now, until ${end}`
      : mrkdwn`*${esc(shift.schedule, 80)}*  ${start} – ${end}`;
  });
  const onCall = shifts.some((shift) => shift.start <= now);
  const text = esc(onCall ? 'You are on call now' : 'Your next shifts');
  return { text, blocks: [section(join([bold(text), ...rows], '\n')), ...share] };
}

function workloadLines({ days, lines, pages }: OwnWorkload): Mrkdwn[] {
  const hours = (ms: number): string => `${Math.round(ms / 3_600_000)} h`;
  return [
    ...lines.slice(0, 10).map(({ schedule, own, mean }) => {
      const mine = `${hours(own.total)}, ${hours(own.night)} of it at night, ${hours(own.weekend)} at weekends`;
      const all = `each on average ${hours(mean.total)}, ${hours(mean.night)}, ${hours(mean.weekend)}`;
      return mrkdwn`Last ${days} days, ${esc(schedule, 80)}: ${esc(mine)} (${esc(all)})`;
    }),
    mrkdwn`Pages to you: ${pages}`,
  ];
}
