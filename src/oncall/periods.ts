import { nearest } from '../document/suggest.ts';
import type { Path } from '../document/yaml.ts';
import { isoInstant } from '../time/instant.ts';
import { readTime } from './override.ts';
import type { Layer } from './schedule.ts';

/** Notes a problem at a place of the file. */
export type Fail = (where: Path, message: string) => void;

/** The same for what stands deeper in the file. */
export function under(fail: Fail, path: Path): Fail {
  return (where, message) => fail([...path, ...where], message);
}

/** A written time; undefined where it is noted as a problem. */
export function instantOf(text: string, zone: string, fail: Fail): number | undefined {
  const time = readTime(text, zone);
  if (time.kind === 'instant') return time.at;
  fail([], time.message);
  return undefined;
}

/** A person's time in a list of a file, [start, end). */
export interface PersonPeriod {
  /** Its place in the list. */
  readonly index: number;
  readonly user: string;
  readonly start: number;
  readonly end: number;
}

/** Reads a list of overrides or of leave; what cannot be taken is noted and left out. */
export function periodsOf(
  entries: readonly { readonly user: string; readonly start: string; readonly end: string }[],
  what: string,
  zone: string,
  fail: Fail,
): PersonPeriod[] {
  return entries.flatMap(({ user, ...entry }, index) => {
    const start = instantOf(entry.start, zone, under(fail, [index, 'start']));
    const end = instantOf(entry.end, zone, under(fail, [index, 'end']));
    if (start === undefined || end === undefined) return [];
    if (start < end) return [{ index, user, start, end }];
    const included = entry.end.includes(':') ? '' : '; the end date is not included, so one day ends on the next';
    fail([index, 'end'], `the ${what} ends before it begins${included}`);
    return [];
  });
}

/** One place, one person: which of two overlapping overrides was meant, nobody knows. */
export function refuseOverlaps(periods: readonly PersonPeriod[], fail: Fail): void {
  const sorted = periods.toSorted((a, b) => a.start - b.start);
  let last: PersonPeriod | undefined;
  for (const period of sorted) {
    if (last && period.start < last.end) {
      const [first, second] = last.index < period.index ? [last, period] : [period, last];
      const when = [first.start, first.end].map((at) => isoInstant(at).replace(':00.000Z', 'Z')).join(' to ');
      fail(
        [second.index, 'start'],
        `overlaps the override of ${first.user} from ${when}: end one where the other begins`,
      );
    }
    if (!last || period.end > last.end) last = period;
  }
}

/** Leave of somebody who takes no turns here says nothing: most often the name is misspelt. */
export function refuseStrangers(leave: readonly PersonPeriod[], layers: readonly Layer[], fail: Fail): void {
  if (layers.some((layer) => 'schedule' in layer)) return;
  const members = layers.flatMap((layer) => ('rotation' in layer ? layer.rotation.members : []));
  for (const { index, user } of leave) {
    if (members.includes(user)) continue;
    const near = nearest(user, members);
    fail(
      [index, 'user'],
      `unknown member ${user}; ${near ? `did you mean ${near}?` : `there are ${[...new Set(members)].join(', ')}`}`,
    );
  }
}
