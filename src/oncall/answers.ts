import type { Directory } from '../people/directory.ts';
import type { Roster } from './roster.ts';
import type { Shift } from './schedule.ts';
import { type RotationLoad, rotationLoad, type WorkloadLine, workloadLine } from './workload.ts';

/** Who holds a schedule, in people: Slack user ids where known, else names. */
export interface ScheduleAnswer {
  readonly schedule: string;
  readonly timezone: string;
  /** Empty in a gap. */
  readonly current: readonly string[];
  readonly until: number | undefined;
  readonly next: readonly string[];
  /** `override` or `swap`: why it is not the plain rotation; '' where it is. */
  readonly note: string;
}

export interface OncallAnswers {
  who(now: number): readonly ScheduleAnswer[];
  /** A person's shifts that end after `now`, soonest first, whole, two months ahead. */
  shiftsOf(userId: string, now: number): readonly { schedule: string; start: number; end: number }[];
  /** Who hears of a P1 in business hours where nobody takes turns; empty where people are paged. */
  smallTeam(): readonly string[];
  /** What the last 90 days were for a person: for that person alone. */
  workloadOf(userId: string, now: number): OwnWorkload;
  /** How evenly the same days were carried: for the team, by no name. undefined where nobody held the schedule. */
  loadOf(schedule: string, now: number): TeamLoad | undefined;
}

export interface OwnWorkload {
  readonly days: number;
  readonly lines: readonly WorkloadLine[];
  /** Direct messages that called the person. */
  readonly pages: number;
}

export interface TeamLoad extends RotationLoad {
  readonly days: number;
  /** Direct messages that called whoever was on call. */
  readonly pages: number;
}

const LOOK_BACK_DAYS = 90;
const AHEAD_MS = 60 * 86_400_000;
/** Far enough back and ahead to see where a shift began and where it ends. */
const BACK_MS = 35 * 86_400_000;

/** What people ask of the roster, with the names of files turned into people. */
export function createOncallAnswers(
  roster: Roster,
  directory: Directory,
  pagesOf: (person: string, from: number, to: number) => number = () => 0,
  smallTeam: () => readonly string[] = () => [],
): OncallAnswers {
  const writtenUser = (user: string): string => {
    const person = directory.person(user);
    return person?.slackId ?? person?.name ?? user;
  };
  const written = (shift: Shift | undefined): string[] => (shift ? [writtenUser(shift.user)] : []);
  const allShifts = (name: string, from: number, to: number): Shift[] =>
    [...roster.shifts(name, from, to), ...roster.beside(name, from, to)].toSorted((a, b) => a.start - b.start);
  const keyOf = (reference: string): string => directory.person(reference)?.key ?? reference;
  return {
    smallTeam: () => smallTeam().map(writtenUser),
    workloadOf(userId, now) {
      const me = keyOf(userId);
      const from = now - LOOK_BACK_DAYS * 86_400_000;
      const lines = roster.names().flatMap((name) => {
        const zone = roster.schedule(name)?.zone ?? 'UTC';
        return workloadLine(roster.shifts(name, from, now), me, zone, keyOf) ?? [];
      });
      return { days: LOOK_BACK_DAYS, lines, pages: pagesOf(me, from, now) };
    },
    loadOf(schedule, now) {
      const shifts = roster.shifts(schedule, now - LOOK_BACK_DAYS * 86_400_000, now);
      const load = rotationLoad(shifts, roster.schedule(schedule)?.zone ?? 'UTC', keyOf);
      const pages = shifts.reduce((sum, { user, start, end }) => sum + pagesOf(keyOf(user), start, end), 0);
      return load && { ...load, days: LOOK_BACK_DAYS, pages };
    },
    who: (now) =>
      roster.names().flatMap((name) => {
        const holder = roster.holder(name, now);
        if (!holder) return [];
        const { source } = holder.current ?? {};
        return [
          {
            schedule: name,
            timezone: holder.zone,
            current: [
              ...new Set([
                ...written(holder.current),
                ...roster.beside(name, now, now + 1).flatMap((shift) => written(shift)),
              ]),
            ],
            until: holder.until,
            next: written(holder.next),
            note: source === 'override' || source === 'swap' ? source : '',
          },
        ];
      }),
    shiftsOf(userId, now) {
      const key = directory.person(userId)?.key ?? userId;
      const mine = roster
        .names()
        .flatMap((name) =>
          joined(allShifts(name, now - BACK_MS, now + AHEAD_MS + BACK_MS).filter(({ user }) => is(user, key))),
        );
      return mine.filter(({ start, end }) => end > now && start < now + AHEAD_MS).toSorted((a, b) => a.start - b.start);
    },
  };

  function is(user: string, key: string): boolean {
    return (directory.person(user)?.key ?? user) === key;
  }
}

/** Shifts that follow each other without a break, as one. */
function joined(shifts: readonly Shift[]): { schedule: string; start: number; end: number }[] {
  const result: { schedule: string; start: number; end: number }[] = [];
  for (const { schedule, start, end } of shifts) {
    const last = result.at(-1);
    if (last && last.end === start) last.end = end;
    else result.push({ schedule, start, end });
  }
  return result;
}
