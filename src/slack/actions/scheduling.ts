import { weeksAhead } from '../commands/oncall-schedule.ts';
import { reply } from '../effect.ts';
import { wording } from '../look.ts';
import { defineAction, defineModal } from '../registry.ts';
import { NO_SCHEDULES, toldChange, toldChangeInPlace } from '../scheduling.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderChange } from '../view/oncall-change.ts';
import { readSwapChoice, swapModal } from '../view/swap.ts';

/** On the question to the person who was asked. */
export const swapTake = defineAction('swap_take', ({ interaction, actor, now }, deps) =>
  deps.scheduleDesk
    ? toldChangeInPlace(deps.scheduleDesk.swaps.take(interaction.value, actor, now), actor.id, deps)
    : NO_SCHEDULES,
);

/** On the question to everybody: the question goes, and whoever took it gets the way back. */
export const coverTake = defineAction('cover_take', ({ interaction, actor, now }, deps) => {
  const result = deps.scheduleDesk?.swaps.take(interaction.value, actor, now);
  if (!result) return NO_SCHEDULES;
  const answer = toldChange(result, actor.id, deps);
  if (result.kind === 'refused') return answer;
  return [{ kind: 'replace', message: renderChange(result.change, 'everybody', wording(deps)) }, ...answer];
});

export const swapDecline = defineAction('swap_decline', ({ interaction, actor, now }, deps) =>
  deps.scheduleDesk
    ? toldChangeInPlace(deps.scheduleDesk.swaps.decline(interaction.value, actor, now), actor.id, deps)
    : NO_SCHEDULES,
);

/** For the asker while nobody has answered, for both once it is agreed. */
export const swapWithdraw = defineAction('swap_withdraw', ({ interaction, actor, now }, deps) =>
  deps.scheduleDesk
    ? toldChangeInPlace(deps.scheduleDesk.swaps.withdraw(interaction.value, actor, now), actor.id, deps)
    : NO_SCHEDULES,
);

export const overrideEnd = defineAction('override_end', ({ interaction, actor, now }, deps) =>
  deps.scheduleDesk
    ? toldChangeInPlace(deps.scheduleDesk.overrides.end(interaction.value, actor, now), actor.id, deps)
    : NO_SCHEDULES,
);

/** Beside `/oncall who`: a form with one's own shifts, for where slash commands do not run. */
export const swap = defineAction('swap', ({ actor, now }, deps) => {
  const shifts = deps.scheduleDesk?.swaps.own(actor.id, now) ?? [];
  if (shifts.length === 0) return reply(renderRefusal('You have no shift ahead that could be swapped.'));
  return [{ kind: 'modal', view: swapModal(shifts) }];
});

export const schedule = defineAction('schedule', ({ now }, deps) => weeksAhead(undefined, deps, now));

export const swapRequest = defineModal('swap', ({ interaction, actor, now }, deps) => {
  const desk = deps.scheduleDesk;
  const person = interaction.values.get('person') ?? '';
  const chosen = readSwapChoice(interaction.values.get('shift') ?? '', desk?.roster.names() ?? []);
  if (!desk || !chosen) return NO_SCHEDULES;
  const result = desk.swaps.offer({ person, ...chosen }, actor, now);
  if (result.kind === 'refused') return [{ kind: 'errors', errors: { person: result.message.slice(0, 300) } }];
  return toldChange(result, actor.id, deps);
});
