import { beforeEach, describe, expect, it } from 'vitest';
import type { OncallChange } from '../../src/oncall/change.ts';
import { reminderAt, SwapReminders } from '../../src/oncall/swap-reminders.ts';
import { ASHA, at, BILAL, DAY, HOUR, house, NOW } from './schedule-house.ts';

let h: ReturnType<typeof house>;
let told: string[];
beforeEach(() => {
  h = house();
  told = [];
});

function job(): SwapReminders {
  return new SwapReminders({
    reminders: h.store,
    directory: h.directory,
    transact: (fn) => h.db.tx(fn),
    zoneOf: () => 'UTC',
    view: (swap) => h.swaps.view(swap),
    tell: (person, change: OncallChange, now) =>
      told.push(`${new Date(now).toISOString().slice(5, 16)} ${person.name} ${change.kind}`),
  });
}

/** Runs it whenever it wants to, as the loop would; far too often is a defect. */
async function runUntil(end: number): Promise<void> {
  const reminders = job();
  for (let runs = 0; ; runs += 1) {
    const due = reminders.nextDue();
    if (due === undefined || due > end) return;
    expect(runs).toBeLessThan(10);
    await reminders.run(Math.max(due, NOW));
  }
}

/** Asha's next shift begins on Monday 23 March, 09:00. */
function agree(now: number): string {
  const asked = h.swaps.offer({ person: 'Bilal' }, ASHA, now);
  const id = asked.kind === 'done' && 'swap' in asked.change ? asked.change.swap.id : '';
  expect(h.swaps.take(id, BILAL, now)).toMatchObject({ kind: 'done' });
  return id;
}

describe('the reminder before a swapped shift', () => {
  it('goes to both people, once', async () => {
    agree(NOW);
    await runUntil(NOW + 60 * DAY);
    await runUntil(NOW + 60 * DAY);
    expect(told).toEqual(['03-22T09:00 Asha swap_reminder', '03-22T09:00 Bilal swap_reminder']);
  });

  it('does not come for what was undone', async () => {
    h.swaps.withdraw(agree(NOW), BILAL, NOW + HOUR);
    await runUntil(NOW + 60 * DAY);
    expect(told).toEqual([]);
  });

  it('does not come when the shift has begun, however long the bot was down', async () => {
    agree(NOW);
    const reminders = job();
    await reminders.run(at('2026-03-23T10:00Z'));
    expect(told).toEqual([]);
    expect(reminders.nextDue()).toBeUndefined();
  });

  it('comes an hour before where it was agreed within the last day, and not at all where that is at night', () => {
    const swap = { shiftStart: at('2026-03-23T09:00Z'), createdAt: at('2026-03-22T20:00Z') };
    expect(reminderAt(swap, 'UTC')).toBe(at('2026-03-23T08:00Z'));
    expect(reminderAt({ ...swap, shiftStart: at('2026-03-23T06:00Z') }, 'UTC')).toBeUndefined();
    expect(reminderAt({ ...swap, createdAt: NOW }, 'America/New_York')).toBe(at('2026-03-22T12:00Z'));
  });
});
