import { act } from './store.js';

/** What was entered into messages, kept while the page lives: `channel/ts` → key → value. */
const entered = new Map();

export function enteredIn(place) {
  const values = entered.get(place) ?? new Map();
  entered.set(place, values);
  return values;
}

/** The surface that elements stand on: `where` is what the act needs to find it again. */
export function makeSurface(where, values, extra = {}) {
  const args = (element, block) => ({
    ...where,
    actionId: element.action_id,
    blockId: block.block_id,
    values: Object.fromEntries(values),
  });
  return {
    get: (key, element) => (values.has(key) ? values.get(key) : initialOf(element)),
    set: (key, value) => values.set(key, value),
    act: (element, block, value) =>
      act('click', { ...args(element, block), ...(value === undefined ? {} : { value }) }),
    suggest: (element, block, query) => act('suggest', { ...args(element, block), query }),
    ...extra,
  };
}

function initialOf(element = {}) {
  const { initial_option: option, initial_options: options } = element;
  if (option) return option.value;
  if (options) return options.map((one) => one.value);
  const name = Object.keys(element).find((key) => key.startsWith('initial_'));
  return name ? element[name] : undefined;
}
