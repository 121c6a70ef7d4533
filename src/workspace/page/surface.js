import { act } from './store.js';

/** What was entered into messages, kept while the page lives: `channel/ts` → key → value. */
const entered = new Map();

export function enteredIn(place) {
  const values = entered.get(place) ?? new Map();
  entered.set(place, values);
  return values;
}

/** The surface that elements stand on: `where` is what the act needs to find it again; `state` is what Slack already holds of it. */
export function makeSurface(where, values, extra = {}, state = {}) {
  const args = (element, block) => ({
    ...where,
    actionId: element.action_id,
    blockId: block.block_id,
    values: Object.fromEntries(values),
  });
  return {
    get: (key, element) => (values.has(key) ? values.get(key) : (heldIn(state, key) ?? initialOf(element))),
    set: (key, value) => values.set(key, value),
    act: (element, block, value) =>
      act('click', { ...args(element, block), ...(value === undefined ? {} : { value }) }),
    suggest: (element, block, query) => act('suggest', { ...args(element, block), query }),
    ...extra,
  };
}

function heldIn(state, key) {
  const [blockId, actionId] = key.split('/');
  const held = state[blockId]?.[actionId];
  if (!held) return undefined;
  const name = Object.keys(held).find((one) => one === 'value' || one.startsWith('selected_'));
  const value = name ? held[name] : undefined;
  if (Array.isArray(value)) return value.length > 0 ? value.map((one) => one?.value ?? one) : undefined;
  return value?.value ?? value ?? undefined;
}

function initialOf(element = {}) {
  const { initial_option: option, initial_options: options } = element;
  if (option) return option.value;
  if (options) return options.map((one) => one.value);
  const name = Object.keys(element).find((key) => key.startsWith('initial_'));
  return name ? element[name] : undefined;
}
