import { TEAM } from './on-call-world.ts';

/** Asha, who is on call, and Bilal, who is behind her. */
export const TWO_PEOPLE = TEAM.slice(0, 2);

/** Their schedule and their policy, the levels `minutes` apart; `more` goes into the policy. */
export function twoLevels(minutes: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const level = (type: string, id: string) => ({ escalation_delay_in_minutes: minutes, targets: [{ type, id }] });
  return {
    schedules: [
      {
        name: 'primary',
        timezone: 'Asia/Kolkata',
        rotation: { type: 'weekly', handoff_time: '09:00', handoff_day: 'Monday', members: ['asha@example.com'] },
      },
    ],
    escalation_policies: [
      {
        name: 'ladder',
        rules: [level('schedule_reference', 'primary'), level('user_reference', 'bilal@example.com')],
        ...more,
      },
    ],
  };
}
