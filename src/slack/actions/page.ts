import { NO_PAGES, pageForm, toldPage } from '../paging-by-hand.ts';
import { defineAction, defineModal, defineShortcut } from '../registry.ts';

/** Below the news that nobody answered. */
export const pageFormButton = defineAction('page_form', (_, deps) =>
  deps.pageDesk ? [{ kind: 'modal', view: pageForm(deps.pageDesk, '') }] : NO_PAGES,
);

/** Slash commands do not run in threads. */
export const pageSomebody = defineShortcut({
  callbackId: 'page_somebody',
  type: 'global',
  name: 'Page somebody',
  description: 'Call a person or whoever is on call',
  run: (_, deps) => (deps.pageDesk ? [{ kind: 'modal', view: pageForm(deps.pageDesk, '') }] : NO_PAGES),
});

export const pageRequest = defineModal('page', ({ interaction, actor, now }, deps) => {
  if (!deps.pageDesk) return NO_PAGES;
  const { values, metadata: channel } = interaction;
  const [person, chosen] = [values.get('person') ?? '', values.get('target') ?? ''];
  if (person !== '' && chosen !== '')
    return [{ kind: 'errors', errors: { person: 'Choose one: a person, or whoever is on call.' } }];
  const message = values.get('message') ?? '';
  const result = deps.pageDesk.page({ target: person || chosen, message, channel }, actor, now);
  if (result.kind === 'done') return toldPage(result, deps);
  const field = result.code === 'invalid' && (person || chosen) !== '' ? 'message' : 'person';
  return [{ kind: 'errors', errors: { [field]: result.message.slice(0, 300) } }];
});
