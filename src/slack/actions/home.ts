import { silencesModal } from '../redraw.ts';
import { defineAction } from '../registry.ts';

/** The tab is drawn anew after every act in it. */
export const homeRefresh = defineAction('home_refresh', () => []);

export const homeSilences = defineAction('home_silences', ({ now }, deps) => [
  { kind: 'modal', view: silencesModal(deps, now) },
]);
