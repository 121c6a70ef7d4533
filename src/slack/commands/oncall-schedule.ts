import { nearest } from '../../document/suggest.ts';
import { type Effect, type Effects, reply } from '../effect.ts';
import { wording } from '../look.ts';
import type { SlackDeps } from '../ports.ts';
import { defineCommand } from '../registry.ts';
import { NO_SCHEDULES, takeSchedule } from '../scheduling.ts';
import { renderRefusal } from '../view/notice.ts';
import { drawWeeks, renderWeeks } from '../view/oncall-weeks.ts';

const WEEKS = 5;
/** Whoever asks for all schedules sees the first ones. */
const MOST_PICTURES = 3;

export const oncallSchedule = defineCommand({
  family: 'oncall',
  name: 'schedule',
  aliases: ['calendar', 'weeks'],
  usage: 'schedule [SCHEDULE]',
  summary: 'the weeks ahead',
  run({ words, now }, deps) {
    const desk = deps.scheduleDesk;
    if (!desk) return NO_SCHEDULES;
    const { schedule, rest } = takeSchedule(words, desk);
    const [unknown] = rest;
    if (unknown !== undefined) {
      const names = desk.roster.names();
      const near = nearest(unknown, names);
      const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
      return reply(renderRefusal(`No schedule is called “${unknown}”. ${hint}`));
    }
    return weeksAhead(schedule, deps, now);
  },
});

/** The grid of one schedule, or of all. */
export function weeksAhead(schedule: string | undefined, deps: SlackDeps, now: number): Effects {
  const calendar = deps.scheduleDesk?.calendar;
  if (!calendar) return NO_SCHEDULES;
  const names = schedule === undefined ? calendar.names() : [schedule];
  const weeks = names.flatMap((name) => calendar.weeks(name, now, WEEKS) ?? []);
  const told = reply(renderWeeks(weeks, wording(deps), (name) => deps.oncall?.loadOf?.(name, now)));
  if (!deps.settings.pictures) return told;
  const drawn = names
    .slice(0, MOST_PICTURES)
    .flatMap((name) => calendar.pieces(name, now, WEEKS) ?? [])
    .map((pieces): Effect => ({ kind: 'picture', picture: drawWeeks(pieces, now, wording(deps)) }));
  return [...told, ...drawn];
}
