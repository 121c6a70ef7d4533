import {
  bool,
  byType,
  type Check,
  every,
  isObject,
  type LengthBounds,
  list,
  oneOf,
  pattern,
  shape,
  text,
  url,
} from './check.ts';

/** Composition objects: texts, options, confirmation dialogs. Sizes are those of Slack's Block Kit reference. */

export function plainText(bounds: LengthBounds): Check {
  return byType({ plain_text: shape({ text: text(bounds) }, { emoji: bool }) });
}

/** `plain_text` or `mrkdwn`, the latter with balanced use left to the author: Slack accepts any mrkdwn. */
export function anyText(bounds: LengthBounds): Check {
  return byType({
    plain_text: shape({ text: text(bounds) }, { emoji: bool }),
    mrkdwn: shape({ text: text(bounds) }, { verbatim: bool }),
  });
}

export function mrkdwn(bounds: LengthBounds): Check {
  return byType({ mrkdwn: shape({ text: text(bounds) }, { verbatim: bool }) });
}

export const actionId = text({ max: 255 });
export const blockId = text({ max: 255 });

export const confirm: Check = shape(
  { text: anyText({ max: 300 }) },
  {
    title: plainText({ max: 100 }),
    confirm: plainText({ max: 30 }),
    deny: plainText({ max: 30 }),
    style: oneOf('primary', 'danger'),
  },
);

/** An option of a menu (plain text only). */
export const option: Check = shape(
  { text: plainText({ max: 75 }), value: text({ max: 150 }) },
  { description: plainText({ max: 75 }) },
);

/** An option of radio buttons or checkboxes, where mrkdwn is allowed. */
export const richOption: Check = shape(
  { text: anyText({ max: 75 }), value: text({ max: 150 }) },
  { description: anyText({ max: 75 }) },
);

export const overflowOption: Check = shape(
  { text: plainText({ max: 75 }), value: text({ max: 150 }) },
  { description: plainText({ max: 75 }), url },
);

export const optionGroup: Check = shape({
  label: plainText({ max: 75 }),
  options: list(option, { max: 100 }),
});

export const slackFile: Check = every(
  shape({}, { id: pattern(/^F[A-Z0-9]+$/, 'must provide a file id'), url }),
  (value, at, report) => {
    if (isObject(value) && (value['id'] === undefined) === (value['url'] === undefined)) {
      report('must define either `id` or `url`', at);
    }
  },
);

/** Shared by the image block and the image element. */
export const imageSource: Check = (value, at, report) => {
  if (!isObject(value)) return;
  if ((value['image_url'] === undefined) === (value['slack_file'] === undefined)) {
    report('must define either `image_url` or `slack_file`', at);
  }
};

export const dispatchActionConfig: Check = shape(
  {},
  { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), { max: 2 }) },
);

export const conversationFilter: Check = shape(
  {},
  {
    include: list(oneOf('im', 'mpim', 'private', 'public'), { max: 4 }),
    exclude_external_shared_channels: bool,
    exclude_bot_users: bool,
  },
);
