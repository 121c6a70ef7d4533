import { clockTime } from '../time/wall-clock.ts';
import { wallClockAt } from '../time/zone.ts';

/** From the lowest to the highest value that an axis shows, and the round values it names between them. */
export interface ValueAxis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const MOST_TICKS = 5;

/**
 * An axis on which every value has room. It starts at zero where the values are positive and come near enough to it; otherwise
 * (accuracy between 0.91 and 0.94) the change is what matters, and zero would flatten it.
 */
export function valueAxis(values: readonly number[]): ValueAxis {
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const span = highest - lowest || Math.abs(highest) || 1;
  const room = span * 0.12;
  const fromZero = lowest >= 0 && lowest <= highest * 0.6;
  const low = fromZero ? 0 : lowest - room;
  const high = highest + room;
  const step = roundStep((high - low) / (MOST_TICKS - 1));
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high && ticks.length <= MOST_TICKS; i += 1) ticks.push(i * step);
  return { low, high, ticks };
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10;
  return factor * power;
}

export interface TimeTick {
  readonly at: number;
  readonly text: string;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const STEPS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, DAY_MINUTES, 2 * DAY_MINUTES, 7 * DAY_MINUTES];

/** Round wall-clock times of the zone between two instants, at most six; days where the span is longer than two of them. */
export function timeTicks(from: number, to: number, zone: string): readonly TimeTick[] {
  const spanMinutes = (to - from) / MINUTE_MS;
  const step = STEPS_MINUTES.find((minutes) => spanMinutes / minutes <= 6) ?? Math.ceil(spanMinutes / 6);
  const { hour, minute, second } = wallClockAt(from, zone);
  const sinceMidnight = hour * 60 + minute + second / 60;
  const first = from - (from % 1000) + (Math.ceil(sinceMidnight / step) * step - sinceMidnight) * MINUTE_MS;
  const ticks: TimeTick[] = [];
  for (let at = Math.round(first); at <= to && ticks.length < 8; at += step * MINUTE_MS) {
    ticks.push({ at, text: step >= DAY_MINUTES ? dayText(at, zone) : clockTime(at, zone).slice(0, 5) });
  }
  return ticks;
}

/** `20 Nov`, as the zone's calendar has it. */
export function dayText(at: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' }).format(at);
}
