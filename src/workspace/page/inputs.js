import { h } from './dom.js';
import { textObject } from './inline.js';

const ENTER = 'on_enter_pressed';
/** Slack waits for a pause in typing as well. */
const TYPING_PAUSE_MS = 300;

/** Fields that people type or tick. `surface.get(key, element)` gives what was entered, else the initial value. */

export function textInput(element, block, surface, commit) {
  const key = `${block.block_id}/${element.action_id}`;
  const value = surface.get(key, element);
  const isLong = element.multiline === true || element.type === 'rich_text_input';
  const types = { email_text_input: 'email', url_text_input: 'url', number_input: 'text' };
  // Without a word about it an input that dispatches tells only of Enter.
  const told = block.dispatch_action === true ? (element.dispatch_action_config?.trigger_actions_on ?? [ENTER]) : [];
  let pause;
  const tell = () => {
    clearTimeout(pause);
    // The one under way does not know what was typed since.
    if (control.classList.contains('busy')) pause = setTimeout(tell, TYPING_PAUSE_MS);
    else void commit(control.value === '' ? null : control.value, control);
  };
  const keep = (event) => {
    surface.set(key, event.target.value === '' ? null : event.target.value);
    clearTimeout(pause);
    if (told.includes('on_character_entered')) pause = setTimeout(tell, TYPING_PAUSE_MS);
  };
  const control = h(isLong ? 'textarea' : 'input', {
    class: 'field',
    type: isLong ? undefined : (types[element.type] ?? 'text'),
    inputmode: element.type === 'number_input' ? 'decimal' : undefined,
    rows: isLong ? 4 : undefined,
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    autocomplete: 'off',
    dataset: { actionId: element.action_id, blockId: block.block_id },
    oninput: keep,
    onkeydown: (event) => {
      if (event.key !== 'Enter' || isLong || !told.includes(ENTER)) return;
      event.preventDefault();
      tell();
    },
  });
  control.value = typeof value === 'object' ? '' : (value ?? '');
  if (element.focus_on_load) control.setAttribute('autofocus', '');
  return control;
}

export function picker(element, key, surface, commit) {
  const types = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local' };
  const [blockId] = key.split('/');
  const isInstant = element.type === 'datetimepicker';
  const read = (text) => (text === '' ? null : isInstant ? Math.floor(new Date(text).getTime() / 1000) : text);
  const control = h('input', {
    class: 'field picker',
    type: types[element.type] ?? 'text',
    'aria-label': element.placeholder?.text ?? 'Choose',
    dataset: { actionId: element.action_id, blockId },
    onchange: () => void commit(read(control.value), control),
  });
  const value = surface.get(key, element);
  control.value = value === undefined || value === null ? '' : isInstant ? localInstant(value) : value;
  return control;
}

/** Checkboxes and radio buttons. */
export function choices(element, key, surface, commit) {
  const isMany = element.type === 'checkboxes';
  const [blockId] = key.split('/');
  const chosen = new Set([surface.get(key, element) ?? []].flat());
  const box = h('div', {
    class: 'choices',
    role: isMany ? 'group' : 'radiogroup',
    dataset: { actionId: element.action_id, blockId },
  });
  const change = (option, input) => {
    if (!isMany) chosen.clear();
    if (input.checked) chosen.add(option.value);
    else chosen.delete(option.value);
    void commit(isMany ? [...chosen] : option.value, box);
  };
  for (const option of element.options ?? []) {
    const input = h('input', {
      type: isMany ? 'checkbox' : 'radio',
      name: key,
      value: option.value,
      onchange: () => change(option, input),
    });
    input.checked = chosen.has(option.value);
    box.append(
      h(
        'label',
        { class: 'choice' },
        input,
        h(
          'span',
          {},
          textObject(option.text),
          option.description ? h('small', {}, textObject(option.description)) : undefined,
        ),
      ),
    );
  }
  return box;
}

function localInstant(seconds) {
  const date = new Date(seconds * 1000);
  const pad = (n) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}
