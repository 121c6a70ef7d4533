import { askConfirm } from './confirm.js';
import { h, icon, permalinkTarget, safeUrl } from './dom.js';
import { textObject } from './inline.js';
import { choices, picker, textInput } from './inputs.js';
import { openMenu } from './menu.js';
import { store } from './store.js';

/**
 * Interactive elements. `surface` is what they stand on:
 * `get(key)`, `set(key, value)` hold what was entered; `act(element, block, value)` tells the app and resolves with the outcome;
 * `suggest(element, block, query)` asks for external options. Keys are `block_id/action_id`.
 */

export function keyOf(block, element) {
  return `${block.block_id}/${element.action_id}`;
}

/** One element in an actions block, as an accessory, or (with `isInput`) as a form's field. */
export function interactive(element, block, surface, isInput = false) {
  const type = element.type ?? '';
  const commit = committer(element, block, surface, isInput);
  if (type === 'button' || type === 'workflow_button') return button(element, block, surface);
  if (type === 'overflow') return overflow(element, block, surface);
  if (type === 'icon_button' || type === 'feedback_buttons') return feedback(element, block, surface);
  if (type.endsWith('_select')) return select(element, block, surface, commit);
  if (type === 'checkboxes' || type === 'radio_buttons')
    return choices(element, keyOf(block, element), surface, commit);
  if (type.endsWith('picker')) return picker(element, keyOf(block, element), surface, commit);
  if (type.endsWith('_input')) return textInput(element, block, surface, commit);
  return h('pre', { class: 'unknown' }, JSON.stringify(element, null, 1));
}

/** Keeps a value; tells the app as well, unless this is a quiet form field. */
function committer(element, block, surface, isInput) {
  const tells = !isInput || block.dispatch_action === true;
  return async (value, control) => {
    surface.set(keyOf(block, element), value);
    if (!tells) return;
    if (element.confirm && !(await askConfirm(element.confirm))) return;
    await busy(control, () => surface.act(element, block, value));
  };
}

/** Shows that the app is being told; afterwards, whether it answered. */
async function busy(control, run) {
  if (control?.classList.contains('busy')) return;
  control?.classList.add('busy');
  const outcome = await run();
  control?.classList.remove('busy');
  if (control && outcome && !outcome.ok) {
    control.classList.add('failed');
    control.title = outcome.detail ?? outcome.error;
  } else control?.classList.remove('failed');
}

function button(element, block, surface) {
  const style = element.style === 'primary' || element.style === 'danger' ? element.style : '';
  const press = async (event) => {
    const target = element.url ? permalinkTarget(element.url) : undefined;
    if (target) location.hash = `${target.channel}/${target.thread ? `${target.thread}/` : ''}${target.ts}`;
    if (element.confirm && !(await askConfirm(element.confirm))) return;
    await busy(event.currentTarget ?? control, () => surface.act(element, block, undefined));
  };
  const shared = {
    class: `button ${style}${(element.text?.text ?? '').length > 20 ? ' long' : ''}`,
    'aria-label': element.accessibility_label,
    dataset: { actionId: element.action_id, blockId: block.block_id },
    onclick: press,
  };
  const safe = element.url && !permalinkTarget(element.url) ? safeUrl(element.url) : undefined;
  const control = safe
    ? h(
        'a',
        { ...shared, href: safe, target: '_blank', rel: 'noopener noreferrer', title: safe },
        textObject(element.text),
      )
    : h('button', { ...shared, type: 'button' }, textObject(element.text));
  return control;
}

function overflow(element, block, surface) {
  const items = element.options.map((option) => optionItem(option));
  const choose = async (value) => {
    const url = element.options.find((option) => option.value === value)?.url;
    const safe = url ? safeUrl(url) : undefined;
    if (safe) window.open(safe, '_blank', 'noopener');
    if (element.confirm && !(await askConfirm(element.confirm))) return;
    await busy(control, () => surface.act(element, block, value));
  };
  const control = h(
    'button',
    {
      class: 'button square',
      type: 'button',
      'aria-label': 'More actions',
      'aria-haspopup': 'listbox',
      dataset: { actionId: element.action_id, blockId: block.block_id },
      onclick: () => openMenu(control, { groups: [{ items }], onChoose: choose }),
    },
    icon('more', 18),
  );
  return control;
}

function feedback(element, block, surface) {
  const parts =
    element.type === 'icon_button'
      ? [[element, '🗑']]
      : [
          [element.positive_button, '👍'],
          [element.negative_button, '👎'],
        ];
  return parts.map(([part, sign]) => {
    const label = part.accessibility_label ?? part.text?.text ?? '';
    const press = (event) => busy(event.currentTarget, () => surface.act(element, block, part.value));
    return h(
      'button',
      {
        class: 'button quiet',
        type: 'button',
        title: label,
        'aria-label': label,
        dataset: { actionId: element.action_id },
        onclick: press,
      },
      sign,
    );
  });
}

/** Single and multiple menus over options, people, channels or the app's own suggestions. */
function select(element, block, surface, commit) {
  const multiple = element.type.startsWith('multi_');
  const key = keyOf(block, element);
  const groups = groupsOf(element);
  const isExternal = element.type.includes('external');
  const current = () => {
    const value = surface.get(key, element);
    return new Set(value === undefined || value === null || value === '' ? [] : [value].flat());
  };
  const label = h('span', { class: 'select-label' });
  const draw = () => {
    const items = groups.flatMap((group) => group.items).filter((item) => current().has(item.value));
    const known = items.map((item) => item.plain).join(', ') || [...current()].join(', ');
    label.classList.toggle('placeholder', known === '');
    label.replaceChildren(...(known === '' ? textObject(element.placeholder ?? { text: 'Choose…' }) : [known]));
  };
  const search = isExternal ? async (query) => externalGroups(await surface.suggest(element, block, query)) : undefined;
  const open = async () => {
    const shown = search ? await search('') : groups;
    openMenu(control, {
      groups: shown,
      chosen: current(),
      multiple,
      search,
      title: element.placeholder?.text ?? '',
      onChoose: (value, item) => {
        if (isExternal) groups.push({ items: [item] });
        void commit(value, control).then(draw);
        draw();
      },
      onDone: (values) => {
        void commit(values, control).then(draw);
        draw();
      },
    });
  };
  const control = h(
    'button',
    {
      class: 'select',
      type: 'button',
      'aria-haspopup': 'listbox',
      dataset: { actionId: element.action_id, blockId: block.block_id },
      onclick: open,
    },
    label,
    icon('chevron', 16),
  );
  draw();
  return control;
}

function groupsOf(element) {
  if (element.type.includes('static')) {
    if (element.option_groups) {
      return element.option_groups.map((group) => ({
        label: textObject(group.label),
        items: group.options.map(optionItem),
      }));
    }
    return [{ items: (element.options ?? []).map(optionItem) }];
  }
  if (element.type.includes('users')) {
    const people = [...store.users.values()].filter((user) => !user.bot && !user.deleted);
    return [
      {
        items: people.map((user) => ({
          value: user.id,
          label: [user.displayName],
          plain: user.displayName,
          search: `${user.displayName} ${user.realName}`,
          description: user.id === store.as ? ['you'] : undefined,
        })),
      },
    ];
  }
  if (element.type.includes('channels') || element.type.includes('conversations')) {
    const named = [...store.channels.values()].filter((channel) => channel.name !== '');
    return [
      {
        items: named.map((channel) => ({
          value: channel.id,
          label: [`#${channel.name}`],
          plain: `#${channel.name}`,
          search: channel.name,
        })),
      },
    ];
  }
  const initial = [element.initial_option ?? element.initial_options ?? []].flat();
  return [{ items: initial.map(optionItem) }];
}

function externalGroups(outcome) {
  const answer = outcome?.response ?? {};
  if (answer.option_groups)
    return answer.option_groups.map((group) => ({
      label: textObject(group.label),
      items: group.options.map(optionItem),
    }));
  return [{ items: (answer.options ?? []).map(optionItem) }];
}

function optionItem(option) {
  const plain = option.text?.text ?? '';
  return {
    value: option.value,
    label: textObject(option.text),
    plain,
    search: plain,
    description: option.description ? textObject(option.description) : undefined,
  };
}
