import { isoWeekday, localDay, wallInstant } from '../time/wall-clock.ts';
import type { Shift } from './schedule.ts';

/** Time on call, in ms. Night is 22:00 to 08:00 and the weekend Saturday and Sunday, on the schedule's wall clock; one may be both. */
export interface Workload {
  readonly total: number;
  readonly night: number;
  readonly weekend: number;
}

const NIGHT_FROM = 22 * 60;
const NIGHT_TO = 8 * 60;

/** Sums up shifts that do not overlap. */
export function workload(shifts: readonly Pick<Shift, 'start' | 'end'>[], zone: string): Workload {
  let [total, night, weekend] = [0, 0, 0];
  for (const { start, end } of shifts) {
    total += end - start;
    for (let day = localDay(start, zone); day <= localDay(end - 1, zone); day += 1) {
      const within = (from: number, to: number): number => Math.max(0, Math.min(end, to) - Math.max(start, from));
      const [midnight, next] = [wallInstant(day, 0, zone), wallInstant(day + 1, 0, zone)];
      night += within(midnight, wallInstant(day, NIGHT_TO, zone)) + within(wallInstant(day, NIGHT_FROM, zone), next);
      if (isoWeekday(day) >= 6) weekend += within(midnight, next);
    }
  }
  return { total, night, weekend };
}

/** One person's share of a schedule. */
export interface WorkloadLine {
  readonly schedule: string;
  readonly own: Workload;
  /** Of everybody who held it, on average; nobody's by name. */
  readonly mean: Workload;
}

/**
 * @param shifts of one schedule, in some window
 * @param key equal for one person however written
 * @returns undefined where the person had none of it
 */
export function workloadLine(
  shifts: readonly Shift[],
  me: string,
  zone: string,
  key: (user: string) => string,
): WorkloadLine | undefined {
  const mine = shifts.filter(({ user }) => key(user) === me);
  const [first] = mine;
  if (!first) return undefined;
  const people = new Set(shifts.map(({ user }) => key(user))).size;
  const { total, night, weekend } = workload(shifts, zone);
  const mean = { total: total / people, night: night / people, weekend: weekend / people };
  return { schedule: first.schedule, own: workload(mine, zone), mean };
}

/** The smallest and the largest part that one person had, 0–1. */
export interface Spread {
  readonly least: number;
  readonly most: number;
}

/** How evenly a rotation was carried: nobody's by name. */
export interface RotationLoad {
  readonly people: number;
  readonly hours: Spread;
  /** Absent where nobody had any. */
  readonly nights?: Spread;
  readonly weekends?: Spread;
}

/** @returns undefined where nobody held it */
export function rotationLoad(
  shifts: readonly Shift[],
  zone: string,
  key: (user: string) => string,
): RotationLoad | undefined {
  const held = new Map<string, Shift[]>();
  for (const shift of shifts) held.set(key(shift.user), [...(held.get(key(shift.user)) ?? []), shift]);
  if (held.size === 0) return undefined;
  const loads = [...held.values()].map((mine) => workload(mine, zone));
  const spread = (part: keyof Workload): Spread | undefined => {
    const values = loads.map((load) => load[part]);
    const sum = values.reduce((total, value) => total + value, 0);
    return sum === 0 ? undefined : { least: Math.min(...values) / sum, most: Math.max(...values) / sum };
  };
  const [nights, weekends] = [spread('night'), spread('weekend')];
  return {
    people: held.size,
    hours: spread('total') ?? { least: 0, most: 0 },
    ...(nights && { nights }),
    ...(weekends && { weekends }),
  };
}
