import { chartBlock } from './chart.ts';
import {
  bool,
  byType,
  type Check,
  every,
  finite,
  integer,
  inWords,
  isObject,
  list,
  oneOf,
  type Report,
  shape,
  text,
  url,
} from './check.ts';
import { anyText, blockId, imageSource, mrkdwn, plainText, slackFile } from './composition.ts';
import {
  actionsElement,
  buttonElement,
  contextActionsElement,
  imageElement,
  inputElement,
  sectionAccessory,
} from './elements.ts';
import { richText } from './rich-text.ts';

/** Where blocks can stand. */
export type Surface = 'message' | 'modal' | 'home';

const identified = { block_id: blockId };

const section = every(
  shape(
    {},
    {
      ...identified,
      text: anyText({ max: 3000 }),
      fields: list(anyText({ max: 2000 }), { max: 10 }),
      accessory: sectionAccessory,
      expand: bool,
    },
  ),
  (value, at, report) => {
    if (isObject(value) && value['text'] === undefined && value['fields'] === undefined) {
      report('must define either `text` or `fields`', at);
    }
  },
);

const contextElement: Check = (value, at, report) => {
  const isImage = isObject(value) && value['type'] === 'image';
  if (isImage) imageElement(value, at, report);
  else anyText({ max: 2000 })(value, at, report);
};

const image = every(
  shape(
    { alt_text: text({ max: 2000 }) },
    { ...identified, image_url: url, slack_file: slackFile, title: plainText({ max: 2000 }) },
  ),
  imageSource,
);

const video = shape(
  { video_url: url, thumbnail_url: url, alt_text: text({ max: 2000 }), title: plainText({ max: 199 }) },
  {
    ...identified,
    title_url: url,
    author_name: text({ max: 49 }),
    provider_name: text({ max: 100 }),
    provider_icon_url: url,
    description: plainText({ max: 200 }),
  },
);

const input = shape(
  { label: plainText({ max: 2000 }), element: inputElement },
  { ...identified, hint: plainText({ max: 2000 }), optional: bool, dispatch_action: bool },
);

const rawNumber = shape({ value: finite, text: text({ max: 2000 }) });
const rawText = shape({ text: text({ min: 0, max: 2000 }) });
const cell: Check = (value, at, report) => {
  if (isObject(value) && value['type'] === 'rich_text') richText(value, at, report);
  else byType({ raw_text: rawText, raw_number: rawNumber })(value, at, report);
};

const table = shape(
  { rows: list(list(cell, { max: 20 }), { max: 100 }) },
  {
    ...identified,
    column_settings: list(nullable(shape({}, { align: oneOf('left', 'center', 'right'), is_wrapped: bool })), {
      min: 0,
      max: 20,
    }),
  },
);

const dataTable = every(
  shape(
    { caption: text({ max: 200 }), rows: list(list(cell, { max: 20 }), { min: 2, max: 201 }) },
    { ...identified, page_size: integer(1, 100), row_header_column_index: integer(0, 19) },
  ),
  evenRows,
);

const card = every(
  shape(
    {},
    {
      ...identified,
      hero_image: imageElement,
      icon: imageElement,
      title: mrkdwn({ max: 150 }),
      subtitle: mrkdwn({ max: 150 }),
      body: mrkdwn({ max: 200 }),
      actions: list(buttonElement, { max: 5 }),
    },
  ),
  (value, at, report) => {
    const shown = ['hero_image', 'title', 'actions', 'body'];
    if (isObject(value) && shown.every((name) => value[name] === undefined)) {
      report('must define at least one of `hero_image`, `title`, `actions`, `body`', at);
    }
  },
);

const taskCard = shape(
  {
    task_id: text({ max: 255 }),
    title: text({ max: 300 }),
    status: oneOf('pending', 'in_progress', 'complete', 'error'),
  },
  {
    ...identified,
    details: richText,
    output: richText,
    sources: list(byType({ url: shape({ url, text: text({ max: 300 }) }) }), { min: 0, max: 50 }),
  },
);

const plain: Readonly<Record<string, Check>> = {
  actions: shape({ elements: list(actionsElement, { max: 25 }) }, identified),
  context: shape({ elements: list(contextElement, { max: 10 }) }, identified),
  divider: shape({}, identified),
  header: shape({ text: plainText({ max: 150 }) }, { ...identified, level: integer(1, 4) }),
  image,
  input,
  rich_text: richText,
  section,
  video,
};

const inContainer = byType({ ...plain, table });
const container = every(
  shape(
    { child_blocks: list(inContainer, { max: 10 }) },
    {
      ...identified,
      title: plainText({ max: 150 }),
      rich_text_title: richText,
      subtitle: anyText({ max: 150 }),
      width: oneOf('narrow', 'standard', 'wide', 'full'),
      icon: imageElement,
      is_collapsible: bool,
      default_collapsed: bool,
      has_header_divider: bool,
    },
  ),
  (value, at, report) => {
    if (isObject(value) && value['title'] === undefined && value['rich_text_title'] === undefined) {
      report('must define either `title` or `rich_text_title`', at);
    }
  },
);

const alert = shape(
  { text: anyText({ max: 3000 }) },
  { ...identified, level: oneOf('default', 'info', 'warning', 'error', 'success') },
);
const carousel = shape({ elements: list(byType({ card }), { max: 10 }) }, identified);

const messageOnly: Readonly<Record<string, Check>> = {
  context_actions: shape({ elements: list(contextActionsElement, { max: 5 }) }, identified),
  markdown: shape({ text: text({ max: 12_000 }) }, identified),
  table,
  data_table: dataTable,
  data_visualization: chartBlock,
  card,
  carousel,
  container,
  task_card: taskCard,
  plan: shape(
    { title: text({ max: 300 }) },
    { ...identified, tasks: list(byType({ task_card: taskCard }), { min: 0, max: 50 }) },
  ),
};

/**
 * Which block types a surface takes. `file` blocks appear only in messages read back, never in requests; the one source on `alert` says modals only,
 * so it is refused in messages: an alert must not hang on a block that a real workspace may reject.
 */
const bySurface: Readonly<Record<Surface, Check>> = {
  message: byType({ ...plain, ...messageOnly }),
  modal: byType({ ...plain, alert }),
  home: byType(plain),
};

/** Every block of a surface, their number, and the uniqueness of block_id and (within a block) action_id. */
export function blockList(surface: Surface): Check {
  const items = list(bySurface[surface], { min: 0, max: surface === 'message' ? 50 : 100 });
  return every(items, uniqueIds);
}

/** Counts that hold for a message as a whole. */
export const messageCounts: Check = (value, at, report) => {
  if (!Array.isArray(value)) return;
  const count = (type: string) => value.filter((block) => isObject(block) && block['type'] === type).length;
  if (count('table') > 1) report('only one table is allowed in a message', at);
  if (count('data_visualization') > 2) report('no more than 2 data_visualization blocks allowed', at);
  const markdown = value.reduce(
    (sum: number, block) => sum + (isObject(block) && block['type'] === 'markdown' ? String(block['text']).length : 0),
    0,
  );
  if (markdown > 12_000) report('markdown blocks must total less than 12001 characters', at);
};

function uniqueIds(value: unknown, at: string, report: Report): void {
  if (!Array.isArray(value)) return;
  const blockIds = new Set<unknown>();
  for (const [index, block] of value.entries()) {
    if (!isObject(block)) continue;
    const id = block['block_id'];
    if (id !== undefined && blockIds.has(id))
      report(`\`block_id\` ${inWords(id)} already exists`, `${at}/${index}/block_id`);
    blockIds.add(id);
    const elements = Array.isArray(block['elements']) ? block['elements'] : [];
    const actionIds = new Set<unknown>();
    for (const [place, element] of elements.entries()) {
      const action = isObject(element) ? element['action_id'] : undefined;
      if (action !== undefined && actionIds.has(action)) {
        report(`\`action_id\` ${inWords(action)} already exists`, `${at}/${index}/elements/${place}/action_id`);
      }
      actionIds.add(action);
    }
  }
}

function evenRows(value: unknown, at: string, report: Report): void {
  const rows = isObject(value) && Array.isArray(value['rows']) ? value['rows'] : [];
  const widths = new Set(rows.map((row: unknown) => (Array.isArray(row) ? row.length : -1)));
  if (widths.size > 1) report('all rows must have the same number of cells', `${at}/rows`);
}

function nullable(check: Check): Check {
  return (value, at, report) => {
    if (value !== null) check(value, at, report);
  };
}
