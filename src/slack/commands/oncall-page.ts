import { NO_PAGES, pageForm, toldPage } from '../paging-by-hand.ts';
import { defineCommand } from '../registry.ts';

export const oncallPage = defineCommand({
  family: 'oncall',
  name: 'page',
  usage: 'page @PERSON|SCHEDULE|TEAM MESSAGE',
  summary: 'call somebody now, as a P1; you hear who answers. Alone it opens a form',
  run({ rest, channel, opensForms, actor, now }, deps) {
    const desk = deps.pageDesk;
    if (!desk) return NO_PAGES;
    if (rest === '' && opensForms) return [{ kind: 'modal', view: pageForm(desk, channel) }];
    // The message stays as it was typed: only the target may stand in quotes.
    const [, quoted, plain, message = ''] = /^(?:"([^"]*)"|(\S+))\s*(.*)$/su.exec(rest) ?? [];
    const target = (quoted ?? plain ?? '').replace(/^@(?=[UWS][A-Z0-9]{2,}$)/, '');
    return toldPage(
      desk.page({ target: /^me$/i.test(target) ? actor.id : target, message, channel }, actor, now),
      deps,
    );
  },
});
