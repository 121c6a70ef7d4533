import { renderBlocks } from './blocks.js';
import { ago, clock, fullTime } from './dates.js';
import { h, icon, safeUrl } from './dom.js';
import { emojiFor, QUICK } from './emoji.js';
import { link, mrkdwn, plain } from './inline.js';
import { openMenu } from './menu.js';
import { avatar, displayName, nameList } from './people.js';
import { act, store } from './store.js';
import { enteredIn, makeSurface } from './surface.js';

export const millis = (ts) => Number(ts) * 1000;

/** One message. `follows` hides the author again when the same one wrote just before; `inThread` leaves thread marks out. */
export function renderMessage(message, { follows = false, inThread = false } = {}) {
  const isReplyInChannel = !inThread && message.subtype === 'thread_broadcast';
  const classes = [
    'message',
    follows ? 'follows' : '',
    message.ephemeral ? 'ephemeral' : '',
    mentionsMe(message) ? 'mentions-me' : '',
  ];
  return h(
    'article',
    {
      class: classes.filter(Boolean).join(' '),
      dataset: { ts: message.ts, channel: message.channel, user: message.user },
      tabindex: '-1',
    },
    h(
      'div',
      { class: 'gutter' },
      follows ? h('span', { class: 'side-time' }, clock(millis(message.ts))) : avatar(message.user),
    ),
    h(
      'div',
      { class: 'content' },
      message.ephemeral ? h('div', { class: 'only-you' }, icon('eye', 14), 'Only visible to you') : undefined,
      isReplyInChannel ? repliedLine(message) : undefined,
      follows ? undefined : headline(message),
      h('div', { class: 'body' }, body(message)),
      message.reactions ? reactions(message) : undefined,
      !inThread && message.reply_count ? threadLine(message) : undefined,
    ),
    message.ephemeral ? undefined : tools(message, inThread),
  );
}

function headline(message) {
  return h(
    'header',
    {},
    h('span', { class: 'author' }, message.username ?? displayName(message.user)),
    message.fromBot ? h('span', { class: 'app-badge' }, 'APP') : undefined,
    h(
      'a',
      { class: 'time', href: `#${message.channel}/${message.ts}`, title: fullTime(millis(message.ts)) },
      clock(millis(message.ts)),
    ),
  );
}

function body(message) {
  const surface = makeSurface(
    { channel: message.channel, ts: message.ts },
    enteredIn(`${message.channel}/${message.ts}`),
  );
  const hasBlocks = (message.blocks ?? []).length > 0;
  const parts = hasBlocks ? renderBlocks(message.blocks, surface) : message.text ? [textBody(message)] : [];
  if (message.edited && !hasBlocks) parts.at(-1)?.append(h('span', { class: 'edited' }, ' (edited)'));
  return [
    ...parts,
    ...(message.attachments ?? []).map((one) => attachment(one, surface)),
    ...(message.files ?? []).map(file),
  ];
}

function textBody(message) {
  const isBig =
    /^(?:\s|\p{Extended_Pictographic}|\uFE0F|\u200D|:[a-z0-9_+-]+:){1,24}$/u.test(message.text) &&
    /\S/.test(message.text);
  return h('div', { class: isBig ? 'text big' : 'text' }, mrkdwn(message.text));
}

/** Legacy attachments: the colour bar with texts, fields or blocks beside it. */
function attachment(one, surface) {
  const named = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };
  const colour =
    named[one.color] ?? (/^#?[0-9a-f]{6}$/i.test(one.color ?? '') ? `#${one.color.replace('#', '')}` : undefined);
  const title = one.title
    ? h(
        'div',
        { class: 'attachment-title' },
        one.title_link ? link(one.title_link, plain(one.title)) : plain(one.title),
      )
    : undefined;
  const fields = one.fields
    ? h(
        'div',
        { class: 'fields' },
        one.fields.map((field) =>
          h(
            'div',
            { class: field.short ? 'text' : 'text long' },
            h('strong', {}, plain(field.title ?? '')),
            h('br'),
            mrkdwn(field.value ?? ''),
          ),
        ),
      )
    : undefined;
  const image =
    one.image_url && safeUrl(one.image_url)
      ? h('img', { src: safeUrl(one.image_url), alt: '', loading: 'lazy' })
      : undefined;
  return h(
    'div',
    {},
    one.pretext ? h('div', { class: 'text' }, mrkdwn(one.pretext)) : undefined,
    h(
      'div',
      { class: 'attachment', style: colour ? { '--bar': colour } : undefined },
      one.blocks ? renderBlocks(one.blocks, surface) : undefined,
      one.author_name ? h('div', { class: 'attachment-author' }, one.author_name) : undefined,
      title,
      one.text ? h('div', { class: 'text' }, mrkdwn(one.text)) : undefined,
      fields,
      image,
      one.footer
        ? h('div', { class: 'context' }, plain(one.footer), one.ts ? ` · ${fullTime(Number(one.ts) * 1000)}` : '')
        : undefined,
    ),
  );
}

function file(one) {
  const isImage = one.mimetype?.startsWith('image/');
  const name = link(one.url_private, [one.title || one.name]);
  return h(
    'figure',
    { class: 'image' },
    h('figcaption', {}, name),
    isImage
      ? h('img', { src: safeUrl(one.url_private) ?? '', alt: one.title ?? one.name, loading: 'lazy' })
      : undefined,
  );
}

function reactions(message) {
  const pill = ({ name, users }) =>
    h(
      'button',
      {
        class: users.includes(store.as) ? 'reaction mine' : 'reaction',
        type: 'button',
        title: `${nameList(users)} reacted with :${name}:`,
        dataset: { reaction: name },
        onclick: () => void act('react', { channel: message.channel, ts: message.ts, emoji: name }),
      },
      h('span', { class: 'emoji' }, emojiFor(name) ?? `:${name}:`),
      h('span', {}, String(users.length)),
    );
  return h('div', { class: 'reactions' }, message.reactions.map(pill));
}

function threadLine(message) {
  const users = message.reply_users ?? [];
  const count = message.reply_count;
  return h(
    'a',
    {
      class: 'thread-line',
      href: `#${message.channel}/${message.ts}/${message.ts}`,
      dataset: { threadOf: message.ts },
    },
    users.slice(0, 4).map((id) => avatar(id, 22)),
    h('b', {}, `${count} ${count === 1 ? 'reply' : 'replies'}`),
    h('span', { class: 'muted' }, `Last reply ${ago(millis(message.latest_reply))}`),
  );
}

function repliedLine(message) {
  return h(
    'div',
    { class: 'replied' },
    icon('thread', 14),
    h('a', { href: `#${message.channel}/${message.thread_ts}/${message.ts}` }, 'replied to a thread'),
  );
}

function tools(message, inThread) {
  const react = (emoji) => act('react', { channel: message.channel, ts: message.ts, emoji });
  const quick = (name) =>
    h(
      'button',
      {
        type: 'button',
        title: `React with :${name}:`,
        'aria-label': `React with ${name}`,
        dataset: { react: name },
        onclick: () => void react(name),
      },
      emojiFor(name),
    );
  const pick = h(
    'button',
    {
      type: 'button',
      title: 'Add a reaction',
      'aria-label': 'Add a reaction',
      onclick: () =>
        openMenu(pick, {
          title: 'Add a reaction',
          groups: [{ items: QUICK.map(reactionItem) }],
          onChoose: (name) => void react(name),
        }),
    },
    icon('smile', 18),
  );
  const reply = h(
    'a',
    {
      href: `#${message.channel}/${message.thread_ts ?? message.ts}/${message.ts}`,
      title: 'Reply in thread',
      'aria-label': 'Reply in thread',
      dataset: { reply: message.ts },
    },
    icon('thread', 18),
  );
  const shortcuts = store.boot.shortcuts.filter((shortcut) => shortcut.kind === 'message');
  const run = (callbackId) => void act('shortcut', { callbackId, channel: message.channel, ts: message.ts });
  const items = shortcuts.map((shortcut) => ({
    value: shortcut.callbackId,
    label: [shortcut.name],
    search: shortcut.name,
    description: [store.boot.appName],
  }));
  const more = h(
    'button',
    {
      type: 'button',
      title: 'More actions',
      'aria-label': 'More actions',
      onclick: () => openMenu(more, { title: 'Message shortcuts', groups: [{ items }], onChoose: run }),
    },
    icon('more', 18),
  );
  return h(
    'div',
    { class: 'tools' },
    quick('eyes'),
    quick('white_check_mark'),
    pick,
    inThread ? undefined : reply,
    items.length > 0 ? more : undefined,
  );
}

function reactionItem(name) {
  return { value: name, label: [`${emojiFor(name)}  :${name}:`], search: name };
}

/** Whether the acting user is called here. */
function mentionsMe(message) {
  const text = `${message.text ?? ''}${JSON.stringify(message.blocks ?? '')}`;
  return (
    text.includes(`<@${store.as}>`) &&
    !message.ephemeral &&
    message.user !== store.as &&
    /<!(?:here|channel|everyone)>|^<@/.test(message.text ?? '')
  );
}
