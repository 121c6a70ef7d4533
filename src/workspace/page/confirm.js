import { h } from './dom.js';
import { textObject } from './inline.js';

/** Slack's confirmation dialog; resolves true when confirmed. */
export function askConfirm(confirm) {
  return new Promise((resolve) => {
    const answer = (yes) => {
      dialog.close();
      dialog.remove();
      resolve(yes);
    };
    const style = confirm.style === 'danger' ? 'danger' : 'primary';
    const dialog = h(
      'dialog',
      {
        class: 'dialog confirm',
        dataset: { confirm: '' },
        oncancel: (event) => (event.preventDefault(), answer(false)),
      },
      h('h2', {}, confirm.title ? textObject(confirm.title) : 'Are you sure?'),
      h('p', {}, textObject(confirm.text)),
      h(
        'footer',
        {},
        h(
          'button',
          { class: 'button', type: 'button', dataset: { deny: '' }, onclick: () => answer(false) },
          confirm.deny ? textObject(confirm.deny) : 'Cancel',
        ),
        h(
          'button',
          { class: `button ${style}`, type: 'button', dataset: { confirm: '' }, onclick: () => answer(true) },
          confirm.confirm ? textObject(confirm.confirm) : 'Yes',
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
