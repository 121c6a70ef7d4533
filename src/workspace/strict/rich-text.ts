import {
  bool,
  byType,
  type Check,
  every,
  finite,
  integer,
  isObject,
  list,
  oneOf,
  pattern,
  shape,
  text,
  url,
} from './check.ts';
import { blockId } from './composition.ts';

const textStyle = shape(
  {},
  {
    bold: bool,
    italic: bool,
    strike: bool,
    code: bool,
    underline: bool,
    highlight: bool,
    client_highlight: bool,
    unlink: bool,
  },
);
const styled = { style: textStyle };

/** Slack bounds a rich text by the message's total, not by leaf; this is that total. */
const LEAF_MAX = 13_000;

const leaf: Check = byType({
  broadcast: shape({ range: oneOf('here', 'channel', 'everyone') }, styled),
  color: shape({ value: pattern(/^#[0-9a-fA-F]{6}$/, 'must be a colour of the form #RRGGBB') }, styled),
  channel: shape({ channel_id: text({ max: 30 }) }, styled),
  date: shape(
    { timestamp: integer(0, 9_999_999_999), format: text({ max: 100 }) },
    { ...styled, url, fallback: text({ max: 300 }) },
  ),
  emoji: shape({ name: text({ max: 100 }) }, { ...styled, unicode: text({ max: 60 }), url, skin_tone: finite }),
  link: shape({ url }, { ...styled, text: text({ min: 0, max: LEAF_MAX }), unsafe: bool }),
  team: shape({ team_id: text({ max: 30 }) }, styled),
  text: shape({ text: text({ max: LEAF_MAX }) }, styled),
  user: shape({ user_id: text({ max: 30 }) }, styled),
  usergroup: shape({ usergroup_id: text({ max: 30 }) }, styled),
});

const section = shape({ elements: list(leaf, { min: 0, max: 1000 }) });
const bordered = { border: integer(0, 1) };

/** The `rich_text` block, which also stands in table cells and as an input's initial value. */
export const richText: Check = byType({
  rich_text: shape(
    {
      elements: list(
        byType({
          rich_text_section: section,
          rich_text_list: shape(
            {
              style: oneOf('bullet', 'ordered'),
              elements: list(byType({ rich_text_section: section }), { max: 1000 }),
            },
            { ...bordered, indent: integer(0, 8), offset: integer(0, 10_000) },
          ),
          rich_text_quote: shape({ elements: list(leaf, { max: 1000 }) }, bordered),
          rich_text_preformatted: every(
            shape({ elements: list(leaf, { max: 1000 }) }, { ...bordered, language: text({ max: 50 }) }),
            onlyTextAndLinks,
          ),
        }),
        { max: 1000 },
      ),
    },
    { block_id: blockId },
  ),
});

function onlyTextAndLinks(value: unknown, at: string, report: (message: string, pointer: string) => void): void {
  const elements = isObject(value) ? value['elements'] : undefined;
  if (!Array.isArray(elements)) return;
  for (const [index, element] of elements.entries()) {
    const type = isObject(element) ? element['type'] : undefined;
    if (type !== 'text' && type !== 'link')
      report('preformatted text holds only text and links', `${at}/elements/${index}`);
  }
}
