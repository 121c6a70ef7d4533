import { chartBlock } from './chart.js';
import { h, safeUrl } from './dom.js';
import { interactive } from './elements.js';
import { link, mrkdwn, plain, textObject } from './inline.js';
import { markdown } from './markdown.js';
import { richText } from './rich-text.js';
import { tableBlock } from './table.js';

/** Block Kit as DOM. A block nobody knows is shown loudly as JSON, never left out. */
export function renderBlocks(blocks, surface) {
  return blocks.map((block) =>
    h(
      'div',
      { class: `block block-${String(block.type).replace(/[^a-z_]/g, '')}`, dataset: { blockId: block.block_id } },
      render(block, surface),
    ),
  );
}

function render(block, surface) {
  const draw = Object.hasOwn(DRAW, block.type) ? DRAW[block.type] : unknown;
  try {
    return draw(block, surface);
  } catch {
    return unknown(block);
  }
}

const DRAW = {
  header: (block) => h('div', { class: 'header-text', role: 'heading', 'aria-level': '3' }, textObject(block.text)),
  section,
  context: (block) => h('div', { class: 'context' }, (block.elements ?? []).map(contextElement)),
  actions: (block, surface) =>
    h(
      'div',
      { class: 'actions' },
      (block.elements ?? []).map((element) => interactive(element, block, surface)),
    ),
  context_actions: (block, surface) =>
    h(
      'div',
      { class: 'actions' },
      (block.elements ?? []).map((element) => interactive(element, block, surface)),
    ),
  divider: () => h('hr'),
  image: imageBlock,
  input,
  rich_text: richText,
  markdown: (block) => markdown(block.text),
  table: tableBlock,
  data_table: tableBlock,
  data_visualization: chartBlock,
  alert: (block) => h('div', { class: `alert ${block.level ?? 'default'}` }, textObject(block.text)),
  card,
  carousel: (block, surface) =>
    h(
      'div',
      { class: 'carousel' },
      block.elements.map((one) => card(one, surface)),
    ),
  container,
  task_card: taskCard,
  plan: (block, surface) =>
    h(
      'div',
      { class: 'card' },
      h('strong', {}, block.title),
      (block.tasks ?? []).map((task) => taskCard(task, surface)),
    ),
  video: (block) =>
    h(
      'div',
      { class: 'card' },
      link(block.title_url ?? block.video_url, textObject(block.title)),
      picture(block.thumbnail_url, block.alt_text),
    ),
};

function section(block, surface) {
  const { text, fields, accessory } = block;
  const body = h(
    'div',
    { class: 'section-body' },
    text ? h('div', { class: 'text' }, textObject(text)) : undefined,
    fields
      ? h(
          'div',
          { class: 'fields' },
          fields.map((field) => h('div', { class: 'text' }, textObject(field))),
        )
      : undefined,
  );
  if (!accessory) return body;
  const side =
    accessory.type === 'image'
      ? picture(sourceOf(accessory), accessory.alt_text)
      : interactive(accessory, block, surface);
  const isWide = ['checkboxes', 'radio_buttons'].includes(accessory.type);
  return h('div', { class: isWide ? 'section wide' : 'section' }, body, h('div', { class: 'accessory' }, side));
}

function contextElement(element) {
  if (element.type === 'image') return picture(sourceOf(element), element.alt_text);
  return h(
    'span',
    { class: 'text' },
    element.type === 'mrkdwn' ? mrkdwn(element.text, { verbatim: element.verbatim }) : plain(element.text),
  );
}

function imageBlock(block) {
  const title = block.title ? h('figcaption', {}, textObject(block.title)) : undefined;
  return h('figure', { class: 'image' }, title, picture(sourceOf(block), block.alt_text));
}

function sourceOf({ image_url, slack_file }) {
  if (image_url) return image_url;
  return slack_file?.url ?? `/_files/${slack_file?.id ?? ''}/image`;
}

function picture(url, alt) {
  const safe = safeUrl(url ?? '');
  if (!safe) return h('span', { class: 'unknown' }, `image without a usable URL: ${alt ?? ''}`);
  return h('img', { src: safe, alt: alt ?? '', title: alt ?? '', loading: 'lazy', referrerpolicy: 'no-referrer' });
}

function input(block, surface) {
  const error = surface.error?.(block.block_id);
  return h(
    'div',
    { class: error ? 'input-block invalid' : 'input-block' },
    h(
      'div',
      { class: 'input-label' },
      textObject(block.label),
      block.optional ? h('span', { class: 'optional' }, ' (optional)') : undefined,
    ),
    interactive(block.element, block, surface, true),
    error ? h('div', { class: 'input-error', role: 'alert' }, error) : undefined,
    block.hint ? h('div', { class: 'input-hint' }, textObject(block.hint)) : undefined,
  );
}

function card(block, surface) {
  return h(
    'div',
    { class: 'card' },
    block.hero_image ? picture(sourceOf(block.hero_image), block.hero_image.alt_text) : undefined,
    h(
      'div',
      { class: 'card-head' },
      block.icon ? picture(sourceOf(block.icon), block.icon.alt_text) : undefined,
      h(
        'div',
        {},
        block.title ? h('strong', {}, textObject(block.title)) : undefined,
        block.subtitle ? h('div', { class: 'muted' }, textObject(block.subtitle)) : undefined,
      ),
    ),
    block.body ? h('div', { class: 'text' }, textObject(block.body)) : undefined,
    block.actions
      ? h(
          'div',
          { class: 'actions' },
          block.actions.map((element) => interactive(element, block, surface)),
        )
      : undefined,
  );
}

function container(block, surface) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : textObject(block.title);
  const body = renderBlocks(block.child_blocks ?? [], surface);
  const subtitle = block.subtitle ? h('div', { class: 'muted' }, textObject(block.subtitle)) : undefined;
  if (!block.is_collapsible) return h('div', { class: 'card' }, h('strong', {}, title), subtitle, body);
  return h(
    'details',
    { class: 'card', open: !block.default_collapsed },
    h('summary', {}, h('strong', {}, title), subtitle),
    body,
  );
}

function taskCard(block) {
  const signs = { pending: '○', in_progress: '◐', complete: '✓', error: '✕' };
  return h(
    'div',
    { class: `task ${block.status}` },
    h('span', { class: 'task-sign' }, signs[block.status] ?? '○'),
    h(
      'div',
      {},
      h('div', {}, block.title),
      block.details ? richText(block.details) : undefined,
      block.output ? richText(block.output) : undefined,
      (block.sources ?? []).map((source) => link(source.url, [source.text])),
    ),
  );
}

function unknown(block) {
  return h(
    'div',
    { class: 'unknown' },
    h('b', {}, `This page cannot draw a block of type “${String(block?.type)}”`),
    h('pre', {}, JSON.stringify(block, null, 2)),
  );
}
