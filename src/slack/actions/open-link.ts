import { defineAction } from '../registry.ts';

/** Slack opens the address itself and reports the click all the same: it only wants an acknowledgement. */
export const dashboard = defineAction('dashboard', () => []);
export const openCard = defineAction('open_card', () => []);
