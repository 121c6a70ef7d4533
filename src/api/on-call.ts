import { z } from 'zod';
import { UserError } from '../errors.ts';
import { calendarText } from '../oncall/ical.ts';
import type { Roster } from '../oncall/roster.ts';
import type { Directory } from '../people/directory.ts';
import type { Routes } from './server.ts';

export interface OnCallRoutesPorts {
  readonly roster: Roster;
  readonly directory: Directory;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const BACK_MS = 15 * DAY_MS;
const AHEAD_MS = 180 * DAY_MS;
const Params = z.object({ file: z.string().max(300) });

/** `GET /oncall/SCHEDULE.ics`: final shifts, two weeks back and half a year ahead, for calendars to subscribe to. */
export function onCallRoutes({ roster, directory, now }: OnCallRoutesPorts): Routes {
  return (server) => {
    server.get('/oncall/:file', async (request, reply) => {
      const { file } = Params.parse(request.params);
      const schedule = file.endsWith('.ics') ? file.slice(0, -'.ics'.length) : '';
      if (!roster.schedule(schedule)) {
        throw new UserError(
          'not_found',
          `no schedule is called ${JSON.stringify(schedule)}; there are ${roster.names().join(', ')}`,
        );
      }
      const at = now();
      const text = calendarText({
        schedule,
        shifts: roster.shifts(schedule, at - BACK_MS, at + AHEAD_MS),
        nameOf: (user) => directory.person(user)?.name ?? user,
        now: at,
      });
      await reply.type('text/calendar; charset=utf-8').send(text);
    });
  };
}
