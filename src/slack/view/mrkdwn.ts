declare const brand: unique symbol;

/**
 * Text in Slack's mrkdwn in which every untrusted part has been escaped. Made only by the functions of this file, so that a
 * raw string does not type-check into a block.
 */
export type Mrkdwn = string & { readonly [brand]: 'mrkdwn' };

/** Formatting of `<!date^…>` tokens: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export type DateFormat = '{time}' | '{date_short_pretty} {time}' | 'at {time}';

const LONGEST_VALUE = 300;
// Controls, bidirectional marks and overrides, zero-width and tag characters: nothing that a label value needs to be read, and all
// that can make it read as something else. Joiners stay: emoji and several scripts need them.
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line of clean text: no controls, no direction tricks, white space collapsed; not escaped yet. */
export function clean(text: string): string {
  return flat(text).trim();
}

function flat(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\u2028\u2029]+/gu, ' ')
    .replace(INVISIBLE, '');
}

/** At most `most` characters as Slack counts them, cut between characters that a person sees; the last one is then an ellipsis. */
export function truncate(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = '';
  for (const { segment } of segmenter.segment(text.slice(0, most))) {
    if (kept.length + segment.length > most - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`.toWellFormed();
}

/**
 * Untrusted text for mrkdwn: cleaned, cut, `& < >` as entities, and formatting characters replaced by look-alikes where they
 * would format. What comes out mentions nobody, links nowhere and opens no bold, code or quote.
 */
export function esc(text: string, most: number = LONGEST_VALUE): Mrkdwn {
  return inert(truncate(clean(text), most)).replace(/^&gt;/, '›') as Mrkdwn;
}

/** A stretch of a longer line: as `esc`, but its outer spaces stay. */
export function stretch(text: string): Mrkdwn {
  return inert(flat(text)) as Mrkdwn;
}

function inert(text: string): string {
  const flattened = text
    .replaceAll('`', 'ʼ')
    .replace(/(?<![\p{L}\p{N}])_(?=\S)|(?<=\S)_(?![\p{L}\p{N}])/gu, 'ˍ')
    .replace(/\*(?=\S)|(?<=\S)\*/g, '∗')
    .replace(/~(?=\S)|(?<=\S)~/g, '∼');
  return entities(flattened);
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * A value inside the text of a receiver's template: nothing in it is a mention, a link or a control, its lines stay. Formatting marks
 * stay too, because a look-alike would break the addresses that templates put values into.
 */
export function interpolated(text: string): string {
  return entities(
    text
      .toWellFormed()
      .replace(/[^\S\n]+/gu, ' ')
      .replace(/(?!\n)(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu, ''),
  );
}

/** The text of a receiver's template, expanded with `interpolated` as its escape: what stands in the configuration is trusted. */
export function receiverText(text: string): Mrkdwn {
  return text.trim() as Mrkdwn;
}

/** For `plain_text` objects, where nothing is parsed: cleaned and cut, and control sequences broken all the same. */
export function plain(text: string, most: number): string {
  return truncate(clean(text).replace(/<(?=\S)/g, '‹'), most);
}

/** A code span around an untrusted value. */
export function code(text: string, most: number = LONGEST_VALUE): Mrkdwn {
  const inner = entities(truncate(clean(text), most).replaceAll('`', 'ʼ'));
  return (inner === '' ? '' : `\`${inner}\``) as Mrkdwn;
}

/** Several lines as a code block, its spaces kept. */
export function codeBlock(lines: readonly string[]): Mrkdwn {
  const inner = lines.map((line) =>
    entities(line.toWellFormed().replace(/\t/g, '  ').replace(INVISIBLE, '').replaceAll('`', 'ʼ')),
  );
  return `\`\`\`\n${inner.join('\n')}\n\`\`\`` as Mrkdwn;
}

/** A sparkline keeps its spaces: they are gaps in the data. */
export function sparkCode(spark: string): Mrkdwn {
  return (/^[▁▂▃▄▅▆▇█ ]+$/u.test(spark) ? `\`${spark}\`` : '') as Mrkdwn;
}

export function bold(part: Mrkdwn): Mrkdwn {
  return (part === '' ? '' : `*${part}*`) as Mrkdwn;
}

export function italic(part: Mrkdwn): Mrkdwn {
  return (part === '' ? '' : `_${part}_`) as Mrkdwn;
}

/** A link, or only its label where the address is not plain http(s). */
export function link(url: string, label: string): Mrkdwn {
  const safe = safeUrl(url);
  const text = esc(label, 150).replaceAll('|', '¦');
  return (safe === undefined ? text : `<${safe}|${text}>`) as Mrkdwn;
}

/** An http(s) address without credentials, of at most 3,000 characters, safe inside `<…|…>` and in a button; else undefined. */
export function safeUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return undefined;
  if (parsed.username !== '' || parsed.password !== '') return undefined;
  const href = parsed.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return href.length > 3000 ? undefined : href;
}

const USER_ID = /^[UW][A-Z0-9]{2,20}$/;

/** `<@U…>` for a Slack user id, else the name as it is. */
export function person(who: string): Mrkdwn {
  return (USER_ID.test(who) ? `<@${who}>` : esc(who, 80)) as Mrkdwn;
}

export function isUserId(who: string): boolean {
  return USER_ID.test(who);
}

/**
 * An instant that each reader sees in their own zone; the fallback, in the team's zone, bears that zone's name.
 * @param fallback e.g. `03:02 IST`
 */
export function dateToken(at: number, format: DateFormat, fallback: string): Mrkdwn {
  return `<!date^${Math.floor(at / 1000)}^${format}|${esc(fallback, 60)}>` as Mrkdwn;
}

/** Literal parts are ours; values are numbers or already mrkdwn. */
export function mrkdwn(literals: TemplateStringsArray, ...values: readonly (Mrkdwn | number)[]): Mrkdwn {
  let text = literals[0] ?? '';
  for (const [index, value] of values.entries()) text += `${value}${literals[index + 1] ?? ''}`;
  return text as Mrkdwn;
}

/** Joins what is not empty. */
export function join(
  parts: readonly (Mrkdwn | undefined)[],
  separator: '' | ' · ' | '\n' | ' ' | ', ' | '  ' | ' → ',
): Mrkdwn {
  return parts.filter((part) => part !== undefined && part !== '').join(separator) as Mrkdwn;
}

/**
 * Mrkdwn cut to at most `most` characters without cutting a token or an entity: whole lines are dropped first.
 */
export function clip(text: Mrkdwn, most: number): Mrkdwn {
  if (text.length <= most) return text;
  const lines = text.split('\n');
  while (lines.length > 1 && lines.join('\n').length + 2 > most) lines.pop();
  let rest = lines.join('\n');
  if (rest.length + 2 > most) {
    rest = rest.slice(0, most - 2);
    rest = rest.replace(/<[^>]*$/, '').replace(/&[a-z]*$/, '');
    if ((rest.split('`').length - 1) % 2 === 1) rest = rest.slice(0, rest.lastIndexOf('`'));
  }
  return `${rest}\n…` as Mrkdwn;
}
