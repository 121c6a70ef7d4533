import { formatTokens, fullTime } from './dates.js';
import { h, permalinkTarget, safeUrl } from './dom.js';
import { parseMrkdwn, parsePlainText } from './mrkdwn.js';
import { store } from './store.js';

/** mrkdwn trees as DOM. */

export function mrkdwn(text, options) {
  return inline(parseMrkdwn(text, options));
}

export function plain(text, options) {
  return inline(parsePlainText(text, options));
}

/** A text object of Block Kit: `plain_text` or `mrkdwn`. */
export function textObject(object) {
  if (!object) return [];
  if (typeof object === 'string') return plain(object);
  return object.type === 'mrkdwn'
    ? mrkdwn(object.text, { verbatim: object.verbatim })
    : plain(object.text, { emoji: object.emoji !== false });
}

export function inline(nodes) {
  return nodes.map(render);
}

function render(node) {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'br':
      return h('br');
    case 'bold':
      return h('strong', {}, inline(node.children));
    case 'italic':
      return h('em', {}, inline(node.children));
    case 'strike':
      return h('s', {}, inline(node.children));
    case 'code':
      return h('code', {}, inline(node.children));
    case 'pre':
      return h('pre', {}, inline(node.children));
    case 'quote':
      return h('blockquote', {}, inline(node.children));
    case 'emoji':
      return emoji(node.name, node.unicode);
    case 'link':
      return link(node.url, inline(node.children));
    case 'date':
      return date(node);
    default:
      return mention(node);
  }
}

export function emoji(name, unicode) {
  return h(
    'span',
    { class: 'emoji', title: `:${name}:`, role: 'img', 'aria-label': name.replaceAll('_', ' ') },
    unicode,
  );
}

export function link(url, label) {
  const target = permalinkTarget(url);
  if (target)
    return h(
      'a',
      { href: `#${target.channel}/${target.thread ? `${target.thread}/` : ''}${target.ts}`, title: url },
      label,
    );
  const safe = safeUrl(url);
  if (safe === undefined) return h('span', { title: url }, label);
  return h('a', { href: safe, target: '_blank', rel: 'noopener noreferrer', title: safe }, label);
}

export function date({ unix, format, url, fallback }) {
  let text = fallback;
  try {
    text = formatTokens(format, unix);
  } catch {
    // An instant outside what Date can show: Slack uses the fallback as well.
    return h('span', {}, fallback);
  }
  const time = h('time', { title: fullTime(unix * 1000) }, text);
  return url ? link(url, [time]) : time;
}

export function mention({ type, id, label, range }) {
  switch (type) {
    case 'user': {
      const user = store.users.get(id);
      const isMe = id === store.as;
      return h(
        'span',
        { class: isMe ? 'mention me' : 'mention', dataset: { user: id }, title: user?.realName ?? id },
        `@${user?.displayName ?? label ?? id}`,
      );
    }
    case 'channel': {
      const channel = store.channels.get(id);
      return h('a', { class: 'mention', href: `#${id}` }, `#${channel?.name ?? label ?? 'private channel'}`);
    }
    case 'group': {
      const group = store.groups.get(id);
      const isMine = group?.users.includes(store.as);
      return h(
        'span',
        { class: isMine ? 'mention me' : 'mention', title: group?.name ?? id },
        group ? `@${group.handle}` : (label ?? id),
      );
    }
    default:
      return h('span', { class: 'mention all' }, `@${range}`);
  }
}
