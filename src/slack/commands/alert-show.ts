import { reply } from '../effect.ts';
import { cardLook } from '../look.ts';
import { unknownIncident } from '../look-up.ts';
import { defineCommand } from '../registry.ts';
import { renderCard } from '../view/card.ts';

export const alertShow = defineCommand({
  family: 'alert',
  name: 'show',
  usage: 'show ID',
  summary: 'its card, with the buttons',
  run({ words: [id], now }, deps) {
    const state = id === undefined ? undefined : deps.incidents.state(id, now);
    return state ? reply(renderCard(state, cardLook(deps, now))) : unknownIncident(id, deps, now);
  },
});
