import { day, dayName } from './dates.js';
import { h, icon, perFrame } from './dom.js';
import { millis, renderMessage } from './message.js';
import { get } from './store.js';

/** Beyond this many rows the oldest leave the page; scrolling up fetches them again. */
const KEEP = 240;
const FOLLOW_SECONDS = 300;

/** The scrolling list of a channel or a thread. Rows are kept by ts; only what changed is drawn again. */
export function messageList({ inThread = false, onEmpty, onNewest } = {}) {
  const rows = h('div', { class: 'rows', role: 'log', 'aria-live': 'polite' });
  const pillText = h('span');
  const toNewest = () => (isDetached ? onNewest?.() : bottom(true));
  const pill = h(
    'button',
    { class: 'jump', type: 'button', hidden: true, onclick: toNewest },
    icon('down', 16),
    pillText,
  );
  const scroller = h('div', { class: 'scroller', tabindex: '0' }, rows);
  const root = h('div', { class: 'list' }, scroller, pill);
  let messages = [];
  let elements = new Map();
  let channel = '';
  let more = false;
  let loading = false;
  let waiting = [];
  // A window far back in the history: what is new is not drawn here.
  let isDetached = false;

  // Whoever reads the newest stays with it, also when images or charts grow; scrolling up lets go.
  let isPinned = true;
  let lastTop = 0;
  const isAtBottom = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const bottom = (smooth = false) => {
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth ? 'smooth' : 'instant' });
    isPinned = true;
    pill.hidden = true;
  };

  const follows = (message, before) =>
    before !== undefined &&
    before.user === message.user &&
    before.username === message.username &&
    Boolean(before.ephemeral) === Boolean(message.ephemeral) &&
    message.subtype !== 'thread_broadcast' &&
    Number(message.ts) - Number(before.ts) < FOLLOW_SECONDS &&
    !(message.blocks?.length > 0 || message.attachments?.length > 0) &&
    day(millis(before.ts)) === day(millis(message.ts));

  const row = (index) => {
    const message = messages[index];
    const before = inThread && index === 1 ? undefined : messages[index - 1];
    const element = renderMessage(message, { follows: follows(message, before), inThread });
    elements.set(message.ts, element);
    if (inThread) {
      if (index !== 1) return [element];
      const count = messages.length - 1;
      return [
        h(
          'div',
          { class: 'divider-line', dataset: { divider: 'replies' } },
          h('span', {}, `${count} ${count === 1 ? 'reply' : 'replies'}`),
        ),
        element,
      ];
    }
    const isNewDay = before === undefined || day(millis(before.ts)) !== day(millis(message.ts));
    return isNewDay
      ? [
          h('div', { class: 'divider-line', dataset: { divider: 'day' } }, h('span', {}, dayName(millis(message.ts)))),
          element,
        ]
      : [element];
  };

  const drawAll = () => {
    elements = new Map();
    const empty = messages.length === 0 && onEmpty ? [onEmpty()] : [];
    rows.replaceChildren(
      ...(more ? [h('div', { class: 'loading' }, 'Loading earlier messages…')] : empty),
      ...messages.flatMap((_message, index) => row(index)),
    );
  };

  const earlier = async () => {
    if (!more || loading || messages.length === 0) return;
    loading = true;
    const page = await get('messages', { channel, before: messages[0].ts });
    const height = scroller.scrollHeight;
    const top = scroller.scrollTop;
    messages = [...page.messages, ...messages];
    more = page.more;
    drawAll();
    scroller.scrollTop = top + scroller.scrollHeight - height;
    loading = false;
  };

  scroller.addEventListener(
    'scroll',
    () => {
      if (scroller.scrollTop < 300) void earlier();
      if (isAtBottom()) isPinned = !isDetached;
      else if (scroller.scrollTop < lastTop) isPinned = false;
      lastTop = scroller.scrollTop;
      if (isPinned && !isDetached) pill.hidden = true;
    },
    { passive: true },
  );

  new ResizeObserver(() => isPinned && bottom()).observe(rows);

  const flush = perFrame(() => {
    const changes = waiting;
    waiting = [];
    for (const change of changes) applyOne(change);
    if (isPinned) {
      trim();
      bottom();
    } else if (changes.some((change) => change.what === 'posted')) {
      pillText.textContent = 'New messages';
      pill.hidden = false;
    }
  });

  const applyOne = ({ what, message }) => {
    const index = messages.findIndex((one) => one.ts === message.ts);
    if (what === 'deleted') {
      if (index < 0) return;
      messages.splice(index, 1);
      return drawAll();
    }
    if (index >= 0) {
      if (messages[index].revision > message.revision) return;
      messages[index] = message;
      const old = elements.get(message.ts);
      const [next] = row(index).slice(-1);
      old?.replaceWith(next);
      return;
    }
    if (isDetached || what !== 'posted' || Number(message.ts) < Number(messages.at(-1)?.ts ?? 0)) return;
    if (messages.length === 0) rows.replaceChildren();
    messages.push(message);
    const added = row(messages.length - 1);
    for (const element of added) element.classList.add('arrived');
    rows.append(...added);
    const replies = rows.querySelector('[data-divider="replies"] span');
    if (replies) replies.textContent = `${messages.length - 1} ${messages.length === 2 ? 'reply' : 'replies'}`;
  };

  const trim = () => {
    if (inThread || messages.length <= KEEP) return;
    messages = messages.slice(-Math.floor(KEEP / 2));
    more = true;
    drawAll();
  };

  return {
    root,
    show(nextChannel, page) {
      channel = nextChannel;
      messages = page.messages;
      more = page.more === true;
      waiting = [];
      isDetached = page.detached === true;
      drawAll();
      bottom();
      isPinned = !isDetached;
      pillText.textContent = 'Newest messages';
      pill.hidden = !isDetached;
    },
    push(change) {
      waiting.push(change);
      flush();
    },
    has: (ts) => elements.has(ts),
    /** Scrolls to a message and lights it up; false where it is not loaded. */
    highlight(ts) {
      const element = elements.get(ts);
      if (!element) return false;
      isPinned = false;
      element.scrollIntoView({ block: 'center' });
      element.classList.add('lit');
      setTimeout(() => element.classList.remove('lit'), 2500);
      return true;
    },
  };
}
