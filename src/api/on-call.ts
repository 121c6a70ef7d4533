import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { calendarText } from '../oncall/ical.ts';
import type { Roster } from '../oncall/roster.ts';
import type { Shift } from '../oncall/schedule.ts';
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

/**
 * `GET /oncall/SCHEDULE.ics` and `GET /oncall/people/PERSON.ics` (e-mail address or Slack user id): final shifts, two weeks back and
 * half a year ahead, for calendars to subscribe to.
 */
export function onCallRoutes({ roster, directory, now }: OnCallRoutesPorts): Routes {
  const shiftsOf = (name: string, from: number, to: number): Shift[] =>
    [...roster.shifts(name, from, to), ...roster.beside(name, from, to)].toSorted((a, b) => a.start - b.start);
  const nameOf = (user: string): string => directory.person(user)?.name ?? user;
  const send = async (reply: FastifyReply, title: string, shifts: (from: number, to: number) => readonly Shift[]) => {
    const at = now();
    const text = calendarText({ title, shifts: shifts(at - BACK_MS, at + AHEAD_MS), nameOf, now: at });
    await reply.type('text/calendar; charset=utf-8').send(text);
  };
  return (server) => {
    server.get('/oncall/:file', async (request, reply) => {
      const schedule = nameIn(request);
      if (!roster.schedule(schedule)) {
        throw new UserError(
          'not_found',
          `no schedule is called ${JSON.stringify(schedule)}; there are ${roster.names().join(', ')}`,
        );
      }
      await send(reply, schedule, (from, to) => shiftsOf(schedule, from, to));
    });
    server.get('/oncall/people/:file', async (request, reply) => {
      const reference = nameIn(request);
      const person = directory.person(reference);
      if (!person) throw new UserError('not_found', `nobody is called ${JSON.stringify(reference)}`);
      await send(reply, person.name, (from, to) =>
        roster
          .names()
          .flatMap((name) => shiftsOf(name, from, to))
          .filter(({ user }) => (directory.person(user)?.key ?? user) === person.key)
          .toSorted((a, b) => a.start - b.start),
      );
    });
  };
}

function nameIn(request: FastifyRequest): string {
  const { file } = Params.parse(request.params);
  return file.endsWith('.ics') ? file.slice(0, -'.ics'.length) : '';
}
