import { emojiFor } from './emoji.js';

/**
 * Slack's mrkdwn as a tree of plain objects. Markdown's `**` and `[a](b)` mean nothing here and stay as they are.
 * Nodes: text, bold, italic, strike, code, pre, quote, link, user, channel, group, broadcast, date, emoji, br.
 */
export function parseMrkdwn(source, { verbatim = false } = {}) {
  const nodes = [];
  let rest = String(source);
  while (rest !== '') {
    const fence = /```([\s\S]+?)```/.exec(rest);
    const before = fence ? rest.slice(0, fence.index) : rest;
    nodes.push(...parseLines(fence ? before.replace(/\n$/, '') : before, verbatim));
    if (!fence) break;
    nodes.push({ type: 'pre', children: parsePlain(fence[1].replace(/^\n/, '').replace(/\n$/, '')) });
    rest = rest.slice(fence.index + fence[0].length).replace(/^\n/, '');
  }
  return nodes;
}

/** A whole text in which only references, entities and emoji count: plain_text, code, preformatted. */
export function parsePlain(source) {
  const nodes = [];
  let at = 0;
  for (const match of source.matchAll(/<([^<>\n]+)>/g)) {
    pushText(nodes, source.slice(at, match.index));
    nodes.push(reference(match[1]) ?? { type: 'text', text: unescape(match[0]) });
    at = match.index + match[0].length;
  }
  pushText(nodes, source.slice(at));
  return nodes;
}

/** plain_text: entities and emoji codes only; angle brackets are what they are. */
export function parsePlainText(source, { emoji = true } = {}) {
  const nodes = [];
  const text = unescape(String(source));
  let at = 0;
  for (const match of text.matchAll(emoji ? EMOJI_ALL : /$^/g)) {
    const found = emojiFor(match[1]);
    if (!found) continue;
    pushLines(nodes, text.slice(at, match.index));
    nodes.push({ type: 'emoji', name: match[1], unicode: found });
    at = match.index + match[0].length;
  }
  pushLines(nodes, text.slice(at));
  return nodes;
}

const EMOJI_ALL = /:([a-z0-9_+'-]+)(?:::skin-tone-\d)?:/g;
const EMOJI_AT = /:([a-z0-9_+'-]+)(?:::skin-tone-\d)?:/y;
const URL_AT = /https?:\/\/[^\s<>|`]+/y;
const REFERENCE_AT = /<([^<>\n]+)>/y;
const CODE_AT = /`([^`\n]+)`/y;
const STYLES = { '*': 'bold', _: 'italic', '~': 'strike' };
const WORD = /[\p{L}\p{N}]/u;

/** Lines that begin with `>` (or `&gt;`) are a quote; `>>>` quotes all that follows. */
function parseLines(text, verbatim) {
  const nodes = [];
  const lines = text.split('\n');
  let index = 0;
  let isFirst = true;
  while (index < lines.length) {
    const isToEnd = /^(?:>>>|&gt;&gt;&gt;)/.test(lines[index]);
    const toEnd = isToEnd ? /^(?:>>>|&gt;&gt;&gt;) ?([\s\S]*)$/.exec(lines.slice(index).join('\n')) : undefined;
    if (toEnd && toEnd[1] !== '') {
      nodes.push({ type: 'quote', children: parseInline(toEnd[1], verbatim) });
      return nodes;
    }
    if (isQuote(lines[index])) {
      const quoted = [];
      while (index < lines.length && isQuote(lines[index])) quoted.push(lines[index++].replace(/^(?:>|&gt;) ?/, ''));
      nodes.push({ type: 'quote', children: parseInline(quoted.join('\n'), verbatim) });
      isFirst = true;
      continue;
    }
    if (!isFirst) nodes.push({ type: 'br' });
    nodes.push(...parseInline(lines[index], verbatim));
    isFirst = false;
    index += 1;
  }
  return nodes;
}

function isQuote(line) {
  return /^(?:>|&gt;)/.test(line);
}

/** Styles nest only so deep; text beyond is shown as it is. */
const DEPTH_MAX = 6;

function parseInline(text, verbatim, depth = 0) {
  const nodes = [];
  // Per mark, the end of a line in which no closing mark was found: later ones there need no search, which keeps the time linear.
  const state = { verbatim, depth, fruitless: {} };
  let plain = '';
  let at = 0;
  const flush = () => {
    pushText(nodes, plain);
    plain = '';
  };
  while (at < text.length) {
    const found = nodeAt(text, at, state);
    if (found) {
      flush();
      nodes.push(found.node);
      at = found.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function nodeAt(text, at, state) {
  const char = text[at];
  switch (char) {
    case '\n':
      return { node: { type: 'br' }, end: at + 1 };
    case '<': {
      const match = matchAt(REFERENCE_AT, text, at);
      const node = match ? reference(match[1]) : undefined;
      return node ? { node, end: at + match[0].length } : undefined;
    }
    case '`': {
      const match = matchAt(CODE_AT, text, at);
      return match ? { node: { type: 'code', children: parsePlain(match[1]) }, end: at + match[0].length } : undefined;
    }
    case '*':
    case '_':
    case '~':
      return styledAt(text, at, char, state);
    case ':': {
      const match = matchAt(EMOJI_AT, text, at);
      const unicode = match ? emojiFor(match[1]) : undefined;
      return unicode ? { node: { type: 'emoji', name: match[1], unicode }, end: at + match[0].length } : undefined;
    }
    case 'h':
      return state.verbatim ? undefined : bareLink(text, at);
    default:
      return undefined;
  }
}

/** A style opens at a word's border and closes at one: `*a*` but not `a*b*c`, `* a*` or `**a**`. */
function styledAt(text, at, mark, { verbatim, depth, fruitless }) {
  if (depth >= DEPTH_MAX || at < (fruitless[mark] ?? -1)) return undefined;
  const before = text[at - 1];
  const next = text[at + 1];
  if (before !== undefined && (WORD.test(before) || before === mark)) return undefined;
  if (next === undefined || next === mark || /\s/.test(next)) return undefined;
  let end = at + 1;
  while (end < text.length && text[end] !== '\n') {
    const skip = skipped(text, end);
    if (skip > end) {
      end = skip;
      continue;
    }
    if (text[end] === mark) {
      const after = text[end + 1];
      const closes = !/\s/.test(text[end - 1]) && (after === undefined || !(WORD.test(after) || after === mark));
      if (closes)
        return {
          node: { type: STYLES[mark], children: parseInline(text.slice(at + 1, end), verbatim, depth + 1) },
          end: end + 1,
        };
    }
    end += 1;
  }
  fruitless[mark] = end;
  return undefined;
}

/** End of a code span or reference that begins here, in which no style mark counts; else `at`. */
function skipped(text, at) {
  const expression = text[at] === '`' ? CODE_AT : text[at] === '<' ? REFERENCE_AT : undefined;
  const match = expression ? matchAt(expression, text, at) : undefined;
  return match ? at + match[0].length : at;
}

function bareLink(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return undefined;
  const match = matchAt(URL_AT, text, at);
  if (!match) return undefined;
  const raw = match[0].replace(/[.,;:!?)'"*_~\]]+$/, '');
  return {
    node: { type: 'link', url: unescape(raw), children: [{ type: 'text', text: unescape(raw) }] },
    end: at + raw.length,
  };
}

/** What stands between angle brackets: a mention, a date, a link. */
function reference(inner) {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : unescape(inner.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { type: 'user', id: target.slice(1), label };
  if (/^#[CDG][A-Z0-9]+$/.test(target)) return { type: 'channel', id: target.slice(1), label };
  if (target.startsWith('!subteam^')) return { type: 'group', id: target.slice(9), label };
  if (/^!(?:here|channel|everyone)$/.test(target)) return { type: 'broadcast', range: target.slice(1) };
  if (target.startsWith('!date^')) {
    const [, unix, format = '', url] = target.split('^');
    const fallback = label ?? unescape(format);
    return Number.isFinite(Number(unix)) && format !== ''
      ? { type: 'date', unix: Number(unix), format: unescape(format), url, fallback }
      : { type: 'text', text: fallback };
  }
  if (/^(?:https?:\/\/|mailto:|tel:)/i.test(target)) {
    const url = unescape(target);
    return { type: 'link', url, children: [{ type: 'text', text: label ?? url.replace(/^mailto:/, '') }] };
  }
  return undefined;
}

function matchAt(expression, text, at) {
  expression.lastIndex = at;
  return expression.exec(text) ?? undefined;
}

function pushText(nodes, raw) {
  pushLines(nodes, unescape(raw));
}

function pushLines(nodes, text) {
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) nodes.push({ type: 'br' });
    if (line !== '') nodes.push({ type: 'text', text: line });
  }
}

function unescape(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
