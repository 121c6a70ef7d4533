import { h } from './dom.js';
import { link } from './inline.js';

/** The `markdown` block: standard Markdown, the useful part of it. Built as DOM, line by line. */
export function markdown(source) {
  const root = h('div', { class: 'markdown' });
  const lines = String(source).split('\n');
  let at = 0;
  while (at < lines.length) {
    const { node, next } = blockAt(lines, at);
    if (node) root.append(node);
    at = next;
  }
  return root;
}

function blockAt(lines, at) {
  const line = lines[at];
  if (line.trim() === '') return { next: at + 1 };
  if (/^```/.test(line)) return fenced(lines, at);
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return { node: h(`h${Math.min(6, heading[1].length + 2)}`, {}, spans(heading[2])), next: at + 1 };
  if (/^(?:---+|\*\*\*+)\s*$/.test(line)) return { node: h('hr'), next: at + 1 };
  if (/^\s*\|.*\|\s*$/.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? '')) return tableAt(lines, at);
  if (/^>/.test(line)) return gather(lines, at, /^>\s?/, (text) => h('blockquote', {}, spans(text)));
  if (/^\s*(?:[-*+]|\d+[.)])\s+/.test(line)) return listAt(lines, at);
  return paragraph(lines, at);
}

function fenced(lines, at) {
  let end = at + 1;
  while (end < lines.length && !/^```/.test(lines[end])) end += 1;
  return { node: h('pre', {}, lines.slice(at + 1, end).join('\n')), next: end + 1 };
}

function gather(lines, at, prefix, build) {
  let end = at;
  while (end < lines.length && prefix.test(lines[end])) end += 1;
  return {
    node: build(
      lines
        .slice(at, end)
        .map((line) => line.replace(prefix, ''))
        .join('\n'),
    ),
    next: end,
  };
}

function listAt(lines, at) {
  const isOrdered = /^\s*\d/.test(lines[at]);
  const item = /^(\s*)(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
  const list = h(isOrdered ? 'ol' : 'ul');
  let end = at;
  for (; end < lines.length; end += 1) {
    const match = item.exec(lines[end]);
    if (!match) break;
    const [, indent, mark, text] = match;
    const box = mark === undefined ? undefined : mark === ' ' ? '☐ ' : '☑ ';
    list.append(h('li', { class: `indent-${Math.min(8, Math.floor(indent.length / 2))}` }, box, spans(text)));
  }
  return { node: list, next: end };
}

function tableAt(lines, at) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
  const head = h(
    'tr',
    {},
    cells(lines[at]).map((cell) => h('th', {}, spans(cell))),
  );
  const body = [];
  let end = at + 2;
  for (; end < lines.length && /^\s*\|/.test(lines[end]); end += 1) {
    body.push(
      h(
        'tr',
        {},
        cells(lines[end]).map((cell) => h('td', {}, spans(cell))),
      ),
    );
  }
  return {
    node: h('div', { class: 'table-scroll' }, h('table', {}, h('thead', {}, head), h('tbody', {}, body))),
    next: end,
  };
}

function paragraph(lines, at) {
  let end = at + 1;
  while (
    end < lines.length &&
    lines[end].trim() !== '' &&
    !/^(?:#{1,6}\s|>|```|\s*(?:[-*+]|\d+[.)])\s)/.test(lines[end])
  )
    end += 1;
  return { node: h('p', {}, spans(lines.slice(at, end).join('\n'))), next: end };
}

const SPAN =
  /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|(?<![\w*])\*([^*\n]+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)/g;

function spans(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(SPAN)) {
    nodes.push(...broken(text.slice(at, match.index)), span(match));
    at = match.index + match[0].length;
  }
  nodes.push(...broken(text.slice(at)));
  return nodes;
}

function span([, code, label, url, bold, bold2, strike, italic, italic2]) {
  if (code !== undefined) return h('code', {}, code);
  if (url !== undefined) return link(url, spans(label));
  if (bold ?? bold2) return h('strong', {}, spans(bold ?? bold2));
  if (strike !== undefined) return h('s', {}, spans(strike));
  return h('em', {}, spans(italic ?? italic2));
}

function broken(text) {
  return text.split('\n').flatMap((line, index) => (index === 0 ? [line] : [h('br'), line]));
}
