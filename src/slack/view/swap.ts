import type { OwnShiftLine } from '../../oncall/swap-acts.ts';
import { humanDuration } from '../../time/duration.ts';
import { dayAndTime } from '../../time/wall-clock.ts';
import { type ModalView, option, plainText, section } from './block.ts';
import { mrkdwn } from './mrkdwn.ts';

/** Slack's limits: 100 options, 150 characters in a value. */
const MOST_SHIFTS = 12;
const LONGEST_NAME = 120;

/** Asks which of one's own shifts, and of whom. */
export function swapModal(shifts: readonly OwnShiftLine[]): ModalView {
  return {
    type: 'modal',
    callback_id: 'swap',
    title: plainText('Swap a shift', 24),
    submit: plainText('Ask', 24),
    close: plainText('Cancel', 24),
    blocks: [
      section(mrkdwn`The person gets a direct message and may take it or decline. Until then the shift stays yours.`),
      {
        type: 'input',
        block_id: 'shift',
        label: plainText('Your shift', 75),
        element: {
          type: 'static_select',
          action_id: 'value',
          placeholder: plainText('Choose a shift', 75),
          options: shifts.slice(0, MOST_SHIFTS).map((shift) => option(words(shift), valueOf(shift))),
        },
      },
      {
        type: 'input',
        block_id: 'person',
        label: plainText('Who is to take it', 75),
        element: { type: 'users_select', action_id: 'value', placeholder: plainText('Choose a person', 75) },
      },
    ],
  };
}

function words({ schedule, zone, start, end }: OwnShiftLine): string {
  return `${dayAndTime(start, zone)}, ${humanDuration(end - start)} · ${schedule}`;
}

function valueOf({ schedule, start }: OwnShiftLine): string {
  return `${start}|${schedule.slice(0, LONGEST_NAME)}`;
}

/** What an option of the form means; undefined for one that nobody offered. */
export function readSwapChoice(
  value: string,
  schedules: readonly string[],
): { readonly schedule: string; readonly start: number } | undefined {
  const [, start, name] = /^(\d{1,15})\|(.+)$/.exec(value) ?? [];
  const schedule = schedules.find((known) => known.slice(0, LONGEST_NAME) === name);
  return schedule === undefined ? undefined : { schedule, start: Number(start) };
}
