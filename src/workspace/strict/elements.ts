import { bool, byType, type Check, every, integer, isObject, list, oneOf, pattern, shape, text, url } from './check.ts';
import {
  actionId,
  confirm,
  conversationFilter,
  dispatchActionConfig,
  imageSource,
  option,
  optionGroup,
  overflowOption,
  plainText,
  richOption,
  slackFile,
} from './composition.ts';
import { richText } from './rich-text.ts';

/** Block elements and where each may stand: field sizes from Slack's reference for block elements. */

const acting = { action_id: actionId };
const asking = { ...acting, confirm };
const placeholder = plainText({ max: 150 });
const choosing = { ...asking, focus_on_load: bool, placeholder };
const user = pattern(/^[UW][A-Z0-9]+$/, 'must provide a user id');
const conversation = pattern(/^[CDG][A-Z0-9]+$/, 'must provide a conversation id');
const day = pattern(/^\d{4}-\d{2}-\d{2}$/, 'must be a date of the form YYYY-MM-DD');
const wallTime = pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the form HH:mm');

const button = shape(
  { text: plainText({ max: 75 }) },
  {
    ...asking,
    value: text({ max: 2000 }),
    url,
    style: oneOf('primary', 'danger'),
    accessibility_label: text({ max: 75 }),
  },
);

/** A menu's own list: `options` or `option_groups`, never both, never neither. */
const optionSource: Check = (value, at, report) => {
  if (!isObject(value)) return;
  if ((value['options'] === undefined) === (value['option_groups'] === undefined)) {
    report('must define either `options` or `option_groups`', at);
  }
};

const optionFields = { options: list(option, { max: 100 }), option_groups: list(optionGroup, { max: 100 }) };
const maxSelected = { max_selected_items: integer(1, 1000) };

const menus: Readonly<Record<string, Check>> = {
  static_select: every(shape({}, { ...choosing, ...optionFields, initial_option: option }), optionSource),
  external_select: shape({}, { ...choosing, initial_option: option, min_query_length: integer(0, 1000) }),
  users_select: shape({}, { ...choosing, initial_user: user }),
  conversations_select: shape(
    {},
    {
      ...choosing,
      initial_conversation: conversation,
      default_to_current_conversation: bool,
      response_url_enabled: bool,
      filter: conversationFilter,
    },
  ),
  channels_select: shape({}, { ...choosing, initial_channel: conversation, response_url_enabled: bool }),
};

const multiMenus: Readonly<Record<string, Check>> = {
  multi_static_select: every(
    shape({}, { ...choosing, ...optionFields, ...maxSelected, initial_options: list(option, { max: 100 }) }),
    optionSource,
  ),
  multi_external_select: shape(
    {},
    {
      ...choosing,
      ...maxSelected,
      min_query_length: integer(0, 1000),
      initial_options: list(option, { max: 100 }),
    },
  ),
  multi_users_select: shape({}, { ...choosing, ...maxSelected, initial_users: list(user, { max: 100 }) }),
  multi_conversations_select: shape(
    {},
    {
      ...choosing,
      ...maxSelected,
      initial_conversations: list(conversation, { max: 100 }),
      default_to_current_conversation: bool,
      filter: conversationFilter,
    },
  ),
  multi_channels_select: shape({}, { ...choosing, ...maxSelected, initial_channels: list(conversation, { max: 100 }) }),
};

const pickers: Readonly<Record<string, Check>> = {
  datepicker: shape({}, { ...choosing, initial_date: day }),
  timepicker: shape({}, { ...choosing, initial_time: wallTime, timezone: text({ max: 100 }) }),
  datetimepicker: shape(
    {},
    { ...asking, focus_on_load: bool, initial_date_time: integer(1_000_000_000, 9_999_999_999) },
  ),
};

const choices: Readonly<Record<string, Check>> = {
  checkboxes: shape(
    { options: list(richOption, { max: 10 }) },
    { ...asking, focus_on_load: bool, initial_options: list(richOption, { max: 10 }) },
  ),
  radio_buttons: shape(
    { options: list(richOption, { max: 10 }) },
    { ...asking, focus_on_load: bool, initial_option: richOption },
  ),
};

const typed = { ...acting, focus_on_load: bool, placeholder, dispatch_action_config: dispatchActionConfig };
const richTextInput = shape(
  {},
  { ...typed, initial_value: richText, min_lines: integer(1, 100), max_lines: integer(1, 100) },
);
const inputs: Readonly<Record<string, Check>> = {
  plain_text_input: shape(
    {},
    {
      ...typed,
      initial_value: text({ min: 0, max: 3000 }),
      multiline: bool,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
    },
  ),
  email_text_input: shape({}, { ...typed, initial_value: text({ min: 0, max: 3000 }) }),
  url_text_input: shape({}, { ...typed, initial_value: text({ min: 0, max: 3000 }) }),
  number_input: shape(
    { is_decimal_allowed: bool },
    {
      ...typed,
      initial_value: text({ max: 100 }),
      min_value: text({ max: 100 }),
      max_value: text({ max: 100 }),
    },
  ),
  rich_text_input: richTextInput,
  file_input: shape({}, { ...acting, filetypes: list(text({ max: 20 }), { max: 100 }), max_files: integer(1, 10) }),
};

const image = every(shape({ alt_text: text({ max: 2000 }) }, { image_url: url, slack_file: slackFile }), imageSource);
const overflow = shape({ options: list(overflowOption, { max: 5 }) }, asking);
const workflowButton = shape(
  {
    text: plainText({ max: 75 }),
    workflow: shape({
      trigger: shape({ url }, { customizable_input_parameters: list(() => {}, { min: 0, max: 100 }) }),
    }),
  },
  { ...asking, style: oneOf('primary', 'danger'), accessibility_label: text({ max: 75 }) },
);
const feedback = shape(
  { text: plainText({ max: 75 }), value: text({ max: 2000 }) },
  { accessibility_label: text({ max: 75 }) },
);

export const buttonElement: Check = byType({ button });
export const imageElement: Check = byType({ image });

export const sectionAccessory: Check = byType({
  button,
  image,
  overflow,
  workflow_button: workflowButton,
  ...menus,
  ...multiMenus,
  ...choices,
  datepicker: pickers['datepicker'] ?? shape({}),
  timepicker: pickers['timepicker'] ?? shape({}),
});

export const actionsElement: Check = byType({
  button,
  overflow,
  workflow_button: workflowButton,
  ...menus,
  ...multiMenus,
  ...choices,
  ...pickers,
  rich_text_input: richTextInput,
});

export const inputElement: Check = byType({ ...inputs, ...menus, ...multiMenus, ...choices, ...pickers });

export const contextActionsElement: Check = byType({
  feedback_buttons: shape({ positive_button: feedback, negative_button: feedback }, acting),
  icon_button: shape(
    { icon: oneOf('trash'), text: plainText({ max: 75 }) },
    {
      ...asking,
      value: text({ max: 2000 }),
      accessibility_label: text({ max: 75 }),
      visible_to_user_ids: list(user, { max: 100 }),
    },
  ),
});
