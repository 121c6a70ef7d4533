import { NO_PAGES, pageForm, toldPage } from '../paging-by-hand.ts';
import type { SlackDeps } from '../ports.ts';
import { defineCommand } from '../registry.ts';

export const oncallPage = defineCommand({
  family: 'oncall',
  name: 'page',
  usage: 'page @PERSON|SCHEDULE|TEAM MESSAGE',
  summary: 'call somebody now, as a P1; you hear who answers',
  run({ rest, channel, opensForms, actor, now }, deps) {
    const desk = deps.pageDesk;
    if (!desk) return NO_PAGES;
    if (rest === '' && opensForms) return [{ kind: 'modal', view: pageForm(desk, channel) }];
    // Quotes in the message are its own: only the target may stand in quotes.
    const [, quoted, plain, text = ''] = /^(?:"([^"]*)"|(\S+))\s*(.*)$/su.exec(rest) ?? [];
    const named = (quoted ?? plain ?? '').replace(/^@(?=[UWS][A-Z0-9]{2,}$)/, '');
    const target = /^me$/i.test(named) ? actor.id : named;
    return toldPage(desk.page({ target, message: withNames(text, deps), channel }, actor, now), deps);
  },
});

/** Whoever is mentioned in the message is named, not called, and a lock screen shows no account ids. */
function withNames(text: string, { people }: SlackDeps): string {
  return text.replace(/@([UW][A-Z0-9]{2,20})\b/g, (_, id: string) => `@${people.nameOf(id) ?? 'somebody'}`);
}
