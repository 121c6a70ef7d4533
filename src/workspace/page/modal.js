import { renderBlocks } from './blocks.js';
import { h, icon } from './dom.js';
import { textObject } from './inline.js';
import { closeMenu } from './menu.js';
import { act, on, store } from './store.js';
import { makeSurface } from './surface.js';

/** The stack of modals: the top one is shown, with a way back to those below. What was typed survives an update of the view. */
export function modalHost() {
  const typed = new Map();
  let errors = {};
  let failure = '';
  let dialog;
  let drawn;

  const valuesFor = (view) => {
    const known = typed.get(view.id) ?? new Map();
    typed.set(view.id, known);
    return known;
  };

  const draw = () => {
    const focused = dialog?.querySelector(':focus')?.closest('[data-action-id]')?.dataset.actionId;
    const scroll = dialog?.querySelector('.dialog-body')?.scrollTop ?? 0;
    closeMenu();
    dialog?.close();
    dialog?.remove();
    dialog = undefined;
    const view = store.stack.at(-1);
    drawn = view;
    if (!view) return;
    dialog = build(view);
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('.dialog-body').scrollTop = scroll;
    const target = focused
      ? dialog.querySelector(`[data-action-id="${CSS.escape(focused)}"]`)
      : (dialog.querySelector('[autofocus]') ??
        dialog.querySelector('.dialog-body input, .dialog-body textarea, .dialog-body button'));
    target?.focus();
  };

  const surfaceFor = (view, values) =>
    makeSurface({ surface: 'modal' }, values, { error: (blockId) => errors[blockId] }, view.state?.values);

  /** Only the blocks that changed: who is typing is not to lose the caret. false where more than blocks changed. */
  const patch = (view) => {
    if (!dialog || failure || Object.keys(errors).length > 0 || frameOf(view) !== frameOf(drawn)) return false;
    const shown = [...dialog.querySelector('.dialog-body').children];
    const fresh = renderBlocks(view.blocks, surfaceFor(view, valuesFor(view)));
    for (const [index, block] of view.blocks.entries())
      if (essenceOf(block) !== essenceOf(drawn.blocks[index])) shown[index].replaceWith(fresh[index]);
    drawn = view;
    return true;
  };

  const build = (view) => {
    const values = valuesFor(view);
    const surface = surfaceFor(view, values);
    const isStacked = store.stack.length > 1;
    const submit = view.submit
      ? h('button', { class: 'button primary', type: 'submit', dataset: { submit: '' } }, textObject(view.submit))
      : undefined;
    return h(
      'dialog',
      {
        class: 'dialog modal',
        dataset: { view: view.id, callbackId: view.callback_id },
        'aria-label': view.title?.text,
        oncancel: (event) => (event.preventDefault(), void close(false)),
      },
      h(
        'form',
        { onsubmit: (event) => (event.preventDefault(), void send(view, values)), novalidate: true },
        h(
          'div',
          { class: 'dialog-head' },
          isStacked
            ? h(
                'button',
                { class: 'icon-button', type: 'button', 'aria-label': 'Back', onclick: () => void close(false) },
                icon('back'),
              )
            : h('span', { class: 'app-lamp' }),
          h('h2', {}, view.title ? textObject(view.title) : ''),
          h(
            'button',
            {
              class: 'icon-button',
              type: 'button',
              'aria-label': 'Close',
              dataset: { close: '' },
              onclick: () => void close(isStacked),
            },
            icon('close'),
          ),
        ),
        failure ? h('div', { class: 'dialog-failure', role: 'alert' }, failure) : undefined,
        h('div', { class: 'dialog-body' }, renderBlocks(view.blocks, surface)),
        h(
          'footer',
          {},
          h(
            'button',
            { class: 'button', type: 'button', onclick: () => void close(false) },
            view.close ? textObject(view.close) : 'Close',
          ),
          submit,
        ),
      ),
    );
  };

  const send = async (view, values) => {
    const button = dialog.querySelector('[data-submit]');
    button?.classList.add('busy');
    const outcome = await act('submit', { values: Object.fromEntries(values) });
    button?.classList.remove('busy');
    errors = outcome.errors ?? {};
    failure = outcome.ok || outcome.errors ? '' : `We had some trouble connecting. Try again? (${outcome.error})`;
    if (!outcome.ok) draw();
  };

  const close = async (all) => {
    errors = {};
    failure = '';
    await act('close', { all });
  };

  let shownId = '';
  on('view', () => {
    const top = store.stack.at(-1);
    if (top?.id !== shownId) {
      errors = {};
      failure = '';
    }
    const isSame = top !== undefined && top.id === shownId;
    shownId = top?.id ?? '';
    for (const id of typed.keys()) if (!store.stack.some((view) => view.id === id)) typed.delete(id);
    if (!isSame || !patch(top)) draw();
  });
  draw();
}

/** All of a modal but what its blocks say. */
function frameOf(view) {
  return JSON.stringify([view.title, view.submit, view.close, view.blocks.length]);
}

/** What a block looks like: a made-up id is not seen, and an input keeps what was typed, whatever it began with. */
function essenceOf(block) {
  const isInput = block.type === 'input';
  return JSON.stringify(block, (key, value) =>
    (key === 'block_id' && !isInput) || key.startsWith('initial_') ? undefined : value,
  );
}
