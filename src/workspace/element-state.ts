import type { StateValues } from './model.ts';
import { inWords, isObject, type JsonObject } from './strict/check.ts';

/** What a person put into an element: text, chosen option value(s), user ids, a date. null clears it. */
export type InputValue = string | number | readonly string[] | null;
/** By `block_id/action_id`, or by action_id alone. */
export type InputValues = Readonly<Record<string, InputValue>>;

export interface FoundElement {
  readonly block: JsonObject;
  readonly element: JsonObject;
}

/** Every interactive element of some blocks, in the order of reading. */
export function elementsOf(blocks: readonly JsonObject[]): FoundElement[] {
  return blocks.flatMap((block) => {
    const own = [block['accessory'], block['element'], ...list(block['elements']), ...list(block['actions'])];
    const found = own
      .filter(isObject)
      .filter((element) => typeof element['action_id'] === 'string')
      .map((element) => ({ block, element }));
    const nested = [...list(block['child_blocks']), ...(block['type'] === 'carousel' ? list(block['elements']) : [])];
    return [...found, ...elementsOf(nested.filter(isObject))];
  });
}

export function findElement(
  blocks: readonly JsonObject[],
  actionId: string,
  blockId?: string,
): FoundElement | undefined {
  return elementsOf(blocks).find(
    ({ block, element }) =>
      element['action_id'] === actionId && (blockId === undefined || block['block_id'] === blockId),
  );
}

/** Name of the field in which Slack reports an element's value. */
const FIELD: Readonly<Record<string, string>> = {
  static_select: 'selected_option',
  external_select: 'selected_option',
  radio_buttons: 'selected_option',
  overflow: 'selected_option',
  multi_static_select: 'selected_options',
  multi_external_select: 'selected_options',
  checkboxes: 'selected_options',
  users_select: 'selected_user',
  multi_users_select: 'selected_users',
  conversations_select: 'selected_conversation',
  multi_conversations_select: 'selected_conversations',
  channels_select: 'selected_channel',
  multi_channels_select: 'selected_channels',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
  rich_text_input: 'rich_text_value',
};
const STATELESS = new Set(['button', 'overflow', 'workflow_button', 'icon_button', 'feedback_buttons', 'image']);

/** The value part of an action or of a state entry, e.g. `{ selected_option: {…} }`. */
export function valueFields(element: JsonObject, value: InputValue | undefined): JsonObject {
  const type = String(element['type']);
  const field = FIELD[type] ?? 'value';
  if (type === 'button' || type === 'icon_button') {
    return element['value'] === undefined ? {} : { value: element['value'] };
  }
  if (value === undefined || value === null || value === '') return { [field]: field.endsWith('s') ? [] : null };
  if (field === 'selected_option') return { [field]: optionOf(element, String(value)) };
  if (field === 'selected_options') return { [field]: many(value).map((one) => optionOf(element, one)) };
  if (field === 'rich_text_value') return { [field]: richTextOf(String(value)) };
  if (field === 'selected_date_time') return { [field]: Number(value) };
  return { [field]: field.endsWith('s') ? many(value) : String(value) };
}

/** State of all elements that have one; what a person chose goes before the initial values. */
export function stateValues(blocks: readonly JsonObject[], known: StateValues, given: InputValues = {}): StateValues {
  const values: Record<string, Record<string, JsonObject>> = {};
  for (const { block, element } of elementsOf(blocks)) {
    const type = String(element['type']);
    if (STATELESS.has(type)) continue;
    const blockId = String(block['block_id']);
    const actionId = String(element['action_id']);
    const typed = given[`${blockId}/${actionId}`] ?? given[actionId];
    const isGiven = Object.hasOwn(given, `${blockId}/${actionId}`) || Object.hasOwn(given, actionId);
    const remembered = known[blockId]?.[actionId];
    const entry = isGiven
      ? { type, ...valueFields(element, typed) }
      : remembered?.['type'] === type
        ? remembered
        : { type, ...initial(element) };
    values[blockId] = { ...values[blockId], [actionId]: entry };
  }
  return values;
}

function initial(element: JsonObject): JsonObject {
  const field = FIELD[String(element['type'])] ?? 'value';
  const name =
    field === 'value' || field === 'rich_text_value' ? 'initial_value' : field.replace('selected_', 'initial_');
  return { [field]: element[name] ?? (field.endsWith('s') ? [] : null) };
}

/** The form's own complaints, which Slack shows without asking the app: empty, too short, out of range. By block_id. */
export function formErrors(blocks: readonly JsonObject[], values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { block, element } of elementsOf(blocks)) {
    if (block['type'] !== 'input') continue;
    const blockId = String(block['block_id']);
    const state = values[blockId]?.[String(element['action_id'])] ?? {};
    const value = state[FIELD[String(element['type'])] ?? 'value'];
    const isEmpty =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (isEmpty) {
      if (block['optional'] !== true) errors[blockId] = 'Please complete this required field.';
      continue;
    }
    const problem = typeof value === 'string' ? textProblem(element, value) : undefined;
    if (problem !== undefined) errors[blockId] = problem;
  }
  return errors;
}

function textProblem(element: JsonObject, value: string): string | undefined {
  const { min_length: min, max_length: max } = element;
  if (typeof min === 'number' && value.length < min) return `This entry must be at least ${min} characters long.`;
  if (typeof max === 'number' && value.length > max) return `This entry must be no more than ${max} characters long.`;
  if (element['type'] === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(value))
    return 'Please enter a valid e-mail address.';
  if (element['type'] === 'url_text_input' && !URL.canParse(value)) return 'Please enter a valid URL.';
  return element['type'] === 'number_input' ? numberProblem(element, value) : undefined;
}

function numberProblem(element: JsonObject, value: string): string | undefined {
  const number = Number(value);
  if (!Number.isFinite(number)) return 'Please enter a number.';
  if (element['is_decimal_allowed'] !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (element['min_value'] !== undefined && number < Number(element['min_value']))
    return `Please enter ${inWords(element['min_value'])} or more.`;
  if (element['max_value'] !== undefined && number > Number(element['max_value']))
    return `Please enter ${inWords(element['max_value'])} or less.`;
  return undefined;
}

/** The option with this value; external options are not in the element, so they are made from their value. */
function optionOf(element: JsonObject, value: string): JsonObject {
  const groups = list(element['option_groups']).filter(isObject);
  const options = [...list(element['options']), ...groups.flatMap((group) => list(group['options']))].filter(isObject);
  const found = options.find((option) => option['value'] === value);
  if (found) return found;
  if (String(element['type']).includes('external'))
    return { text: { type: 'plain_text', text: value, emoji: true }, value };
  throw new Error(
    `no option ${JSON.stringify(value)}; there are ${options.map((option) => String(option['value'])).join(', ')}`,
  );
}

function richTextOf(text: string): JsonObject {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] };
}

function many(value: InputValue): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
