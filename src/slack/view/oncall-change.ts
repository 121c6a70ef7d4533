import type { OncallChange, OncallWarning, OverrideView, SwapView } from '../../oncall/change.ts';
import { humanDuration } from '../../time/duration.ts';
import { dayAndTime } from '../../time/wall-clock.ts';
import { actions, type Block, button, context, present, type SlackMessage, section } from './block.ts';
import { bold, code, esc, isUserId, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { time, type Wording } from './words.ts';

/** How people and instants are written: as mentions and date tokens, or plainly for a lock screen. */
interface Writing {
  readonly who: (written: string) => Mrkdwn;
  readonly at: (instant: number) => Mrkdwn;
  readonly schedule: (name: string) => Mrkdwn;
}

/**
 * What changed in who is on call. The same sentence for everyone, because it names everyone; the two people of a swap get the buttons
 * that are theirs.
 * @param reader a Slack user id, or everybody: then there are no buttons
 */
export function renderChange(change: OncallChange, reader: string, wording: Wording): SlackMessage {
  const plain: Writing = {
    who: (written) => esc(isUserId(written) ? (wording.nameOf(written) ?? 'somebody') : written, 80),
    at: (instant) => esc(dayAndTime(instant, wording.timezone)),
    schedule: (name) => esc(name, 80),
  };
  const rich: Writing = {
    who: person,
    at: (instant) => time(instant, '{date_short_pretty} {time}', wording.timezone),
    schedule: (name) => bold(esc(name, 80)),
  };
  const warnings = warningLines(change, rich);
  return {
    text: sentence(change, plain),
    blocks: present([
      section(mrkdwn`${esc(signOf(change))} ${sentence(change, rich)}`),
      warnings === '' ? undefined : context(warnings),
      buttons(change, reader),
    ]),
  };
}

function signOf(change: OncallChange): string {
  switch (change.kind) {
    case 'swap_offered':
    case 'cover_asked':
      return '🤝';
    case 'swap_reminder':
      return '⏰';
    case 'swap_agreed':
    case 'override_made':
    case 'shift_taken':
      return '🔁';
    case 'swap_declined':
    case 'swap_withdrawn':
    case 'swap_undone':
    case 'override_ended':
      return '↩️';
    case 'swap_void':
      return '⚠️';
  }
}

function sentence(change: OncallChange, { who, at, schedule: named }: Writing): Mrkdwn {
  const shiftOf = ({ schedule, start, end }: SwapView): Mrkdwn =>
    mrkdwn`${named(schedule)}, ${at(start)} – ${at(end)} (${esc(humanDuration(end - start))})`;
  const all = (people: readonly string[]): Mrkdwn => join(people.slice(0, 5).map(who), ', ');
  switch (change.kind) {
    case 'swap_offered': {
      const { swap, by } = change;
      const asks = by === undefined ? mrkdwn`${who(swap.from)} asks` : mrkdwn`${who(by)}, for ${who(swap.from)}, asks`;
      return mrkdwn`${asks} ${who(swap.to)} to take a shift: ${shiftOf(swap)}`;
    }
    case 'cover_asked': {
      const { swap, by } = change;
      const asks = by === undefined ? mrkdwn`${who(swap.from)} asks` : mrkdwn`${who(by)}, for ${who(swap.from)}, asks`;
      return mrkdwn`${asks} for somebody to take a shift: ${shiftOf(swap)}`;
    }
    case 'swap_agreed': {
      const { swap } = change;
      return mrkdwn`${who(swap.to)} takes a shift from ${who(swap.from)}: ${shiftOf(swap)}`;
    }
    case 'swap_reminder': {
      const { swap } = change;
      return mrkdwn`Soon: ${who(swap.to)} is on call in place of ${who(swap.from)}: ${shiftOf(swap)}`;
    }
    case 'swap_declined': {
      const { swap } = change;
      return mrkdwn`${who(swap.to)} cannot take it, so it stays with ${who(swap.from)}: ${shiftOf(swap)}`;
    }
    case 'swap_withdrawn': {
      const { swap } = change;
      if (swap.to === '') return mrkdwn`${who(swap.from)} keeps the shift: ${shiftOf(swap)}`;
      return mrkdwn`${who(swap.from)} keeps the shift that ${who(swap.to)} was asked to take: ${shiftOf(swap)}`;
    }
    case 'swap_undone': {
      const { swap, by } = change;
      return mrkdwn`${who(by)} undid a swap, so the shift is ${who(swap.from)}’s again: ${shiftOf(swap)}`;
    }
    case 'swap_void': {
      const { swap, why } = change;
      if (why === 'taker_gone')
        return mrkdwn`${who(swap.to)} was deactivated, so the shift is ${who(swap.from)}’s again: ${shiftOf(swap)}`;
      return mrkdwn`The schedule changed and a shift is no more, so the swap of ${who(swap.from)} and ${who(swap.to)} is off: ${shiftOf(swap)}`;
    }
    case 'override_made': {
      const { override } = change;
      const { schedule, start, end, user, by, effect, instead } = override;
      const maker = by === user ? NOTHING : mrkdwn` Set by ${who(by)}.`;
      const when = mrkdwn`${named(schedule)} ${at(start)} – ${at(end)}`;
      const others = instead.length === 0 ? undefined : all(instead);
      if (effect === 'add')
        return mrkdwn`${who(user)} is on call, too, for ${when}${others ? mrkdwn` beside ${others}` : NOTHING}.${maker}`;
      if (effect === 'remove')
        return mrkdwn`${who(user)} is not on call for ${when}; ${others ? mrkdwn`instead ${others}` : esc('nobody is')}.${maker}`;
      return mrkdwn`${who(user)} is on call for ${when}${insteadOf(override, all)}.${maker}`;
    }
    case 'shift_taken': {
      const { override } = change;
      const { schedule, end, user } = override;
      return mrkdwn`${who(user)} has taken ${named(schedule)} until ${at(end)}${insteadOf(override, all)}.`;
    }
    case 'override_ended': {
      const { schedule, start, end, user, instead } = change.override;
      const back = instead.length === 0 ? esc('nobody') : all(instead);
      return mrkdwn`The override for ${who(user)} on ${named(schedule)} ends: ${at(start)} – ${at(end)} is on ${back} again.`;
    }
  }
}

function insteadOf({ instead }: OverrideView, all: (people: readonly string[]) => Mrkdwn): Mrkdwn {
  return instead.length === 0 ? NOTHING : mrkdwn` instead of ${all(instead)}`;
}

const NOTHING = esc('');

function warningLines(change: OncallChange, writing: Writing): Mrkdwn {
  if ('swap' in change)
    return join(
      change.swap.warnings.map((one) => warningText(one, change.swap.to, writing)),
      '\n',
    );
  return join(
    change.override.warnings.map((one) => warningText(one, change.override.user, writing)),
    '\n',
  );
}

function warningText(warning: OncallWarning, whose: string, { who, at }: Writing): Mrkdwn {
  switch (warning.kind) {
    case 'double_booked':
      return mrkdwn`⚠️ ${who(whose)} holds ${esc(warning.schedule, 80)} in that time, too.`;
    case 'no_rest': {
      const side = esc(warning.side === 'before' ? 'comes straight from' : 'goes straight on to');
      return mrkdwn`⚠️ ${who(whose)} ${side} another shift of ${esc(warning.schedule, 80)}: no rest between.`;
    }
    case 'nobody_on_call':
      return mrkdwn`⚠️ Nobody is on call ${at(warning.start)} – ${at(warning.end)}: put somebody in, or end this.`;
    case 'no_account':
      return mrkdwn`⚠️ ${who(whose)} has no Slack account here: pages do not reach them.`;
  }
}

function buttons(change: OncallChange, reader: string): Block | undefined {
  switch (change.kind) {
    case 'swap_offered': {
      const { id, from, to } = change.swap;
      if (reader === to)
        return actions('swap', [
          button('swap_take', 'Take', id, { primary: true }),
          button('swap_decline', 'Decline', id),
        ]);
      return reader === from || reader === change.by
        ? actions('swap', [button('swap_withdraw', 'Take back', id)])
        : undefined;
    }
    case 'cover_asked': {
      const { id, from } = change.swap;
      return reader === from || reader === change.by
        ? actions('swap', [button('swap_withdraw', 'Take back', id)])
        : actions('cover', [button('cover_take', 'Take', id, { primary: true })]);
    }
    case 'swap_agreed':
    case 'swap_reminder': {
      const { id, from, to } = change.swap;
      return reader === to || reader === from ? actions('swap', [button('swap_withdraw', 'Undo', id)]) : undefined;
    }
    case 'override_made':
    case 'shift_taken': {
      const { id, user, by } = change.override;
      return reader === user || reader === by ? actions('override', [button('override_end', 'End it', id)]) : undefined;
    }
    case 'swap_declined':
    case 'swap_withdrawn':
    case 'swap_undone':
    case 'swap_void':
    case 'override_ended':
      return undefined;
  }
}

/** Beside a refusal because of another override: how that one is ended. */
export function endOverrideHint(command: string): Mrkdwn {
  return mrkdwn`${code(`${command} override end ID`)} ends one`;
}
