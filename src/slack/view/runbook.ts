import type { RunbookText } from '../ports.ts';
import { type Block, context, header, type ModalView, plainText, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, code, codeBlock, italic, join, link, type Mrkdwn, mrkdwn, safeUrl, stretch } from './mrkdwn.ts';

/** A view may hold a hundred blocks; a message fewer (see limits). */
const MOST_VIEW_SECTIONS = 60;
const MOST_VIEW_CHARACTERS = 150_000;
const LONGEST_CHUNK = 2500;
const LONGEST_LINE = 1200;

/** The runbook as a modal: readable on a phone without leaving Slack. `model` takes the place of `$MODEL` in its commands. */
export function runbookModal(runbook: RunbookText, model = ''): ModalView {
  return {
    type: 'modal',
    callback_id: 'runbook',
    title: plainText('Runbook', 24),
    close: plainText('Close', 24),
    blocks: runbookBlocks(forModel(runbook, model), { sections: MOST_VIEW_SECTIONS, characters: MOST_VIEW_CHARACTERS }),
  };
}

/** The runbook as a message, for `/alert runbook`; what does not fit is named and linked. */
export function renderRunbook(runbook: RunbookText, model = ''): SlackMessage {
  const blocks = runbookBlocks(forModel(runbook, model), { sections: 20, characters: 9000 });
  return fit({ text: stretch(`Runbook: ${runbook.title}`), blocks });
}

/** Commands are copied into shells: only a name that means nothing to a shell is put into them. */
const PLAIN_NAME = /^[A-Za-z0-9][\w.-]{0,62}$/;

function forModel(runbook: RunbookText, model: string): RunbookText {
  if (!PLAIN_NAME.test(model)) return runbook;
  return { ...runbook, markdown: runbook.markdown.replaceAll(/\$MODEL\b/g, model) };
}

interface Room {
  readonly sections: number;
  readonly characters: number;
}

function runbookBlocks(runbook: RunbookText, room: Room): Block[] {
  const chunks = chunk(markdownLines(runbook.markdown));
  const shown = within(chunks, room);
  const source = safeUrl(runbook.url) === undefined ? undefined : link(runbook.url, 'open in the browser');
  const cut = chunks.length > shown.length ? mrkdwn`The rest is too long for Slack.` : undefined;
  const last = join([cut, source], ' ');
  const body = shown.length === 0 ? [section(mrkdwn`_This runbook is empty._`)] : shown.map((text) => section(text));
  return [header(runbook.title), ...body, ...(last === '' ? [] : [context(last)])];
}

function within(chunks: readonly Mrkdwn[], room: Room): readonly Mrkdwn[] {
  let left = room.characters;
  const fits = chunks.slice(0, room.sections).findIndex((text) => {
    left -= text.length;
    return left < 0;
  });
  return chunks.slice(0, fits < 0 ? room.sections : Math.max(1, fits));
}

/** What a heading has become. */
const HEADING = /^\*[^*\n]+\*$/;

/** Lines joined into pieces that fit a section, each heading with what it heads; a code block is never parted from its fence. */
function chunk(lines: readonly Mrkdwn[]): Mrkdwn[] {
  const chunks: Mrkdwn[] = [];
  let current: Mrkdwn[] = [];
  let length = 0;
  for (const text of lines) {
    if ((HEADING.test(text) || length + text.length > LONGEST_CHUNK) && current.length > 0) {
      chunks.push(join(current, '\n'));
      current = [];
      length = 0;
    }
    current.push(text);
    length += text.length + 1;
  }
  if (current.length > 0) chunks.push(join(current, '\n'));
  return chunks.filter((text) => text.trim() !== '');
}

/** Markdown, as far as runbooks use it, in Slack's dialect: one entry per line or code block. */
export function markdownLines(markdown: string): Mrkdwn[] {
  const result: Mrkdwn[] = [];
  let fence: string[] | undefined;
  for (const line of unwrapped(markdown.slice(0, 200_000).replace(/\r\n?/g, '\n').split('\n'))) {
    if (FENCE.test(line)) {
      if (fence) result.push(...fences(fence));
      fence = fence ? undefined : [];
    } else if (fence) fence.push(line.slice(0, LONGEST_LINE));
    // One blank line is enough, and none at the beginning.
    else if (line.trim() !== '' || (result.length > 0 && result.at(-1) !== '')) {
      result.push(markdownLine(line.slice(0, LONGEST_LINE)));
    }
  }
  if (fence && fence.length > 0) result.push(...fences(fence));
  while (result.at(-1) === '') result.pop();
  return result;
}

const FENCE = /^\s*(?:```|~~~)/;
const BEGINS_ANEW = /^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|>|\||-{3,}|\*{3,}|$)/;
const STANDS_ALONE = /^\s*(?:#{1,6}\s|\||-{3,}|\*{3,}|$)/;

/** Markdown breaks lines anywhere; Slack shows each break. A line goes on until something new begins. */
function unwrapped(lines: readonly string[]): string[] {
  const result: string[] = [];
  let fenced = false;
  for (const line of lines) {
    const before = result.at(-1);
    const fence = FENCE.test(line);
    const goesOn = !fenced && !fence && before !== undefined && !FENCE.test(before);
    if (goesOn && !BEGINS_ANEW.test(line) && !STANDS_ALONE.test(before) && before.length < LONGEST_LINE) {
      result[result.length - 1] = `${before} ${line.trim()}`;
    } else result.push(line);
    if (fence) fenced = !fenced;
  }
  return result;
}

/** A long code block in pieces that each fit a section. */
function fences(indented: readonly string[]): Mrkdwn[] {
  // A block below a list item is indented as a whole.
  const indents = indented.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const lines = indented.map((line) => line.slice(Math.min(...indents)));
  const pieces: Mrkdwn[] = [];
  let current: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (length + line.length > LONGEST_CHUNK / 2 && current.length > 0) {
      pieces.push(codeBlock(current));
      current = [];
      length = 0;
    }
    current.push(line);
    length += line.length + 1;
  }
  return current.length === 0 ? pieces : [...pieces, codeBlock(current)];
}

function markdownLine(line: string): Mrkdwn {
  const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line);
  if (heading) return bold(inline((heading[1] ?? '').replaceAll('**', '')));
  const bullet = /^(\s*)[-*+]\s+(?:\[([ xX])\]\s+)?(.*)$/.exec(line);
  if (bullet) {
    const indent = stretch('    '.repeat(Math.min(3, Math.floor((bullet[1] ?? '').length / 2))));
    const box = bullet[2] === undefined ? BULLET : bullet[2] === ' ' ? OPEN_BOX : TICKED_BOX;
    return mrkdwn`${indent}${box} ${inline(bullet[3] ?? '')}`;
  }
  const quote = /^>\s?(.*)$/.exec(line);
  if (quote) return italic(inline((quote[1] ?? '').replaceAll('**', '')));
  if (/^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line)) return stretch('');
  if (/^\s*\|.*\|\s*$/.test(line)) return /^[\s|:-]+$/.test(line) ? stretch('') : code(line.trim(), LONGEST_LINE);
  return inline(line);
}

const BULLET = stretch('•');
const OPEN_BOX = stretch('☐');
const TICKED_BOX = stretch('☑');

const SPAN =
  /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]{1,300})\]\(([^()\s]{1,2000})\)|(?<![\w*])[*_]([^*_\s][^*_]*)[*_](?![\w*])/g;

function inline(text: string): Mrkdwn {
  const parts: Mrkdwn[] = [];
  let from = 0;
  for (const match of text.matchAll(SPAN)) {
    parts.push(stretch(text.slice(from, match.index)));
    const [, span, strong, label, url, emphasis] = match;
    if (span !== undefined) parts.push(code(span, LONGEST_LINE));
    else if (strong !== undefined) parts.push(bold(stretch(strong.trim())));
    else if (label !== undefined && url !== undefined) parts.push(link(url, label));
    else if (emphasis !== undefined) parts.push(italic(stretch(emphasis.trim())));
    from = match.index + match[0].length;
  }
  parts.push(stretch(text.slice(from)));
  return join(parts, '');
}
