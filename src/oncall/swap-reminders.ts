import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import type { Job } from '../time/loop.ts';
import type { OncallChange, SwapView } from './change.ts';
import { outOfTheNight } from './handoff.ts';
import type { Swap } from './swap.ts';

/** Which of the two people of a swap. */
export type SwapSide = 'from' | 'to';

/** Who has been reminded. Every method joins the caller's transaction. */
export interface SwapReminderStore {
  /** Of swaps that hold, whoever has not been. */
  unreminded(): readonly { readonly swap: Swap; readonly side: SwapSide }[];
  noteReminded(swapId: string, side: SwapSide, at: number): void;
}

export interface SwapRemindersPorts {
  readonly reminders: SwapReminderStore;
  readonly directory: Directory;
  readonly transact: <T>(fn: () => T) => T;
  readonly zoneOf: (person: Person) => string;
  readonly view: (swap: Swap) => SwapView;
  /** Puts a private message into the outbox. */
  readonly tell: (person: Person, change: OncallChange, now: number) => void;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * When a person of a swap is reminded: a day before the shift, or an hour before where it was only asked for within that day; never
 * at night. undefined where no moment is left: whoever comes on call is greeted then anyway.
 */
export function reminderAt(
  { shiftStart, createdAt }: Pick<Swap, 'shiftStart' | 'createdAt'>,
  zone: string,
): number | undefined {
  const before = createdAt < shiftStart - DAY_MS ? DAY_MS : HOUR_MS;
  const at = outOfTheNight(shiftStart - before, zone);
  return at < shiftStart ? at : undefined;
}

/**
 * Reminds both people of a swap before its shift begins. The deadline is the shift's own: a swap that is undone reminds nobody, and
 * what was reminded is a row, so a restart says nothing twice.
 */
export class SwapReminders implements Job {
  readonly name = 'swap-reminders';
  readonly #ports: SwapRemindersPorts;

  constructor(ports: SwapRemindersPorts) {
    this.#ports = ports;
  }

  nextDue(): number | undefined {
    const ahead = this.#ahead().map(({ at }) => at);
    return ahead.length > 0 ? Math.min(...ahead) : undefined;
  }

  run(now: number): Promise<void> {
    const { reminders, transact, tell, view } = this.#ports;
    for (const { swap, side, person, at } of this.#ahead()) {
      if (at > now) continue;
      transact(() => {
        reminders.noteReminded(swap.id, side, now);
        if (swap.shiftStart > now) tell(person, { kind: 'swap_reminder', swap: view(swap) }, now);
      });
    }
    return Promise.resolve();
  }

  #ahead(): { readonly swap: Swap; readonly side: SwapSide; readonly person: Person; readonly at: number }[] {
    const { reminders, directory, zoneOf } = this.#ports;
    return reminders.unreminded().flatMap(({ swap, side }) => {
      const person = directory.person(swap[side] ?? '');
      const at = person?.slackId === undefined ? undefined : reminderAt(swap, zoneOf(person));
      return person && at !== undefined ? [{ swap, side, person, at }] : [];
    });
  }
}
