import type { Actor } from '../incident/actions.ts';
import type { PageRequest, PageResult } from '../incident/manual-page-acts.ts';
import { type Effects, reply } from './effect.ts';
import { wording } from './look.ts';
import type { SlackDeps } from './ports.ts';
import type { ModalView } from './view/block.ts';
import { type PageChoices, pageModal, renderPaged } from './view/manual-page.ts';
import { code, mrkdwn } from './view/mrkdwn.ts';
import { renderRefusal } from './view/notice.ts';

/** What pages people by hand. */
export interface PageDesk {
  readonly page: (request: PageRequest, actor: Actor, now: number) => PageResult;
  /** What may be chosen instead of a person. */
  readonly choices: () => PageChoices;
}

export const NO_PAGES: Effects = reply(renderRefusal('Nobody can be paged by hand here.'));

/** The pager's answer; the others are told through the outbox. */
export function toldPage(result: PageResult, deps: SlackDeps): Effects {
  const command = deps.settings.commands.oncall;
  if (result.kind === 'done') return reply(renderPaged(result, wording(deps)));
  return reply(renderRefusal(result.message, mrkdwn`${code(`${command} page @asha the feature store is stuck`)}`));
}

/** The form; `channel` is where the card is to stand, '' for nowhere in particular. */
export function pageForm(desk: PageDesk, channel: string): ModalView {
  return pageModal(desk.choices(), channel);
}
