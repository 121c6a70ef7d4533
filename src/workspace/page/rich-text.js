import { h } from './dom.js';
import { emojiFor } from './emoji.js';
import { date, emoji, link, mention } from './inline.js';

/** The rich_text block: what Slack's own composer writes. */
export function richText(block) {
  return h('div', { class: 'rich-text' }, (block.elements ?? []).map(part));
}

function part(element) {
  switch (element.type) {
    case 'rich_text_section':
      return h('div', {}, (element.elements ?? []).map(leaf));
    case 'rich_text_preformatted':
      return h('pre', {}, (element.elements ?? []).map(leaf));
    case 'rich_text_quote':
      return h('blockquote', {}, (element.elements ?? []).map(leaf));
    case 'rich_text_list':
      return list(element);
    default:
      return h('pre', { class: 'unknown' }, JSON.stringify(element, null, 1));
  }
}

function list(element) {
  const tag = element.style === 'ordered' ? 'ol' : 'ul';
  const items = (element.elements ?? []).map((item) => h('li', {}, (item.elements ?? []).map(leaf)));
  const start = element.style === 'ordered' && element.offset ? element.offset + 1 : undefined;
  return h(tag, { class: `indent-${Math.min(8, element.indent ?? 0)}`, start }, items);
}

function leaf(node) {
  return styled(content(node), node.style ?? {});
}

function content(node) {
  switch (node.type) {
    case 'text':
      return lines(node.text ?? '');
    case 'link':
      return [link(node.url, [node.text || node.url])];
    case 'emoji':
      return [emoji(node.name, emojiFor(node.name) ?? fromCodepoints(node.unicode) ?? `:${node.name}:`)];
    case 'user':
      return [mention({ type: 'user', id: node.user_id })];
    case 'channel':
      return [mention({ type: 'channel', id: node.channel_id })];
    case 'usergroup':
      return [mention({ type: 'group', id: node.usergroup_id })];
    case 'broadcast':
      return [mention({ type: 'broadcast', range: node.range })];
    case 'date':
      return [date({ unix: node.timestamp, format: node.format, url: node.url, fallback: node.fallback ?? '' })];
    case 'color':
      return [h('span', { class: 'swatch', style: { '--swatch': node.value } }), node.value];
    default:
      return [JSON.stringify(node)];
  }
}

/** `1f525-fe0f` as the character. */
function fromCodepoints(unicode) {
  if (!unicode || !/^[0-9a-f-]+$/i.test(unicode)) return undefined;
  return String.fromCodePoint(...unicode.split('-').map((hex) => Number.parseInt(hex, 16)));
}

function styled(children, style) {
  const tags = { bold: 'strong', italic: 'em', strike: 's', underline: 'u', code: 'code', highlight: 'mark' };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? [h(tag, {}, inner)] : inner), children);
}

function lines(text) {
  return text.split('\n').flatMap((line, index) => (index === 0 ? [line] : [h('br'), line]));
}
