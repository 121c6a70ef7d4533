import { h, icon } from './dom.js';
import { openMenu } from './menu.js';
import { act, store } from './store.js';
import { toast } from './toast.js';

/** Where people write. `/` offers the app's commands, `@` people; Enter sends, Shift+Enter breaks the line. */
export function composer({ channel, threadTs, placeholder }) {
  const field = h('textarea', {
    rows: '1',
    placeholder,
    'aria-label': placeholder,
    dataset: { composer: threadTs ? 'thread' : 'channel' },
  });
  const hints = h('div', { class: 'hints', role: 'listbox', hidden: true });
  const send = h(
    'button',
    {
      class: 'send',
      type: 'button',
      'aria-label': 'Send',
      dataset: { send: '' },
      disabled: true,
      onclick: () => void submit(),
    },
    icon('send', 18),
  );
  const global = store.boot.shortcuts.filter((shortcut) => shortcut.kind === 'global');
  const bolt =
    global.length > 0 && !threadTs
      ? h(
          'button',
          {
            class: 'icon-button',
            type: 'button',
            'aria-label': 'Shortcuts',
            title: 'Shortcuts',
            onclick: () => shortcuts(),
          },
          icon('bolt', 18),
        )
      : undefined;
  const slash = threadTs
    ? undefined
    : h(
        'button',
        {
          class: 'icon-button slash',
          type: 'button',
          'aria-label': 'Slash commands',
          title: 'Slash commands',
          onclick: () => begin('/'),
        },
        '/',
      );
  const root = h(
    'div',
    { class: 'composer' },
    hints,
    h(
      'div',
      { class: 'composer-box' },
      field,
      h('div', { class: 'composer-bar' }, slash, bolt, h('span', { class: 'grow' }), send),
    ),
  );
  let choices = [];
  let active = 0;

  const begin = (text) => {
    field.value = text;
    field.focus();
    changed();
  };

  const shortcuts = () => {
    const items = global.map((one) => ({
      value: one.callbackId,
      label: [one.name],
      search: one.name,
      description: [one.description],
    }));
    openMenu(bolt, {
      title: 'Shortcuts',
      groups: [{ label: store.boot.appName, items }],
      onChoose: (callbackId) => void act('shortcut', { callbackId }),
    });
  };

  const changed = () => {
    field.style.height = 'auto';
    field.style.height = `${Math.min(200, field.scrollHeight)}px`;
    send.disabled = field.value.trim() === '';
    suggest();
  };

  const suggest = () => {
    choices = field.selectionStart === field.value.length ? candidates(field.value, threadTs) : [];
    active = Math.min(active, Math.max(0, choices.length - 1));
    hints.hidden = choices.length === 0;
    hints.replaceChildren(
      ...choices.map((choice, index) =>
        h(
          'button',
          {
            class: index === active ? 'hint active' : 'hint',
            type: 'button',
            role: 'option',
            'aria-selected': index === active ? 'true' : 'false',
            dataset: { hint: choice.insert.trim() },
            onclick: () => take(choice),
          },
          h('b', {}, choice.label),
          h('span', { class: 'hint-usage' }, choice.usage),
          h('span', { class: 'hint-text' }, choice.text),
        ),
      ),
    );
  };

  const take = (choice) => {
    field.value = choice.replace(field.value);
    active = 0;
    field.focus();
    changed();
  };

  const submit = async () => {
    const text = field.value.trim();
    if (text === '') return;
    field.value = '';
    changed();
    const isCommand = text.startsWith('/');
    const outcome = await act(isCommand ? 'command' : 'message', {
      channel,
      text,
      ...(threadTs ? { thread: threadTs } : {}),
    });
    if (outcome.ok || isCommand) return;
    field.value = text;
    changed();
    toast(outcome.detail ?? outcome.error, 'error');
  };

  field.addEventListener('input', changed);
  field.addEventListener('keydown', (event) => {
    const isOpen = choices.length > 0;
    const exact = isOpen && choices[active].insert.trim() === field.value.trim();
    if (isOpen && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      active = (active + (event.key === 'ArrowDown' ? 1 : choices.length - 1)) % choices.length;
      suggest();
    } else if (isOpen && (event.key === 'Tab' || (event.key === 'Enter' && !exact))) take(choices[active]);
    else if (isOpen && event.key === 'Escape') hints.hidden = true;
    else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) void submit();
    else return;
    event.preventDefault();
  });
  return { root, focus: () => field.focus({ preventScroll: true }) };
}

/** What could be meant by the text before the cursor. */
function candidates(text, threadTs) {
  const command = threadTs ? null : /^(\/\S*)$/.exec(text);
  if (command) {
    return store.boot.commands
      .filter((one) => one.command.startsWith(command[1]))
      .map((one) => ({
        label: one.command,
        usage: one.usageHint,
        text: one.description,
        insert: `${one.command} `,
        replace: () => `${one.command} `,
      }));
  }
  const known = /^(\/\S+) $/.exec(text);
  if (known) return [];
  const at = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u.exec(text);
  if (!at) return [];
  const wanted = at[1].toLowerCase();
  return [...store.users.values()]
    .filter((user) => user.handle.startsWith(wanted) || user.displayName.toLowerCase().startsWith(wanted))
    .slice(0, 6)
    .map((user) => ({
      label: `@${user.handle}`,
      usage: '',
      text: user.realName,
      insert: `@${user.handle} `,
      replace: (value) => value.replace(/@[\p{L}\p{N}._-]*$/u, `@${user.handle} `),
    }));
}
