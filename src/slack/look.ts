import type { SlackDeps } from './ports.ts';
import type { CardLook } from './view/card.ts';
import type { Wording } from './view/words.ts';

/** How this installation writes times and names. */
export function wording({ settings, people }: Pick<SlackDeps, 'settings' | 'people'>): Wording {
  return { timezone: settings.timezone, nameOf: (userId) => people.nameOf(userId) };
}

/** How it draws a card at `now`. */
export function cardLook(deps: Pick<SlackDeps, 'settings' | 'people'>, now: number): CardLook {
  return { ...wording(deps), now, profile: deps.settings.profile, command: deps.settings.commands.alert };
}
