import { clockSeconds } from './dates.js';
import { h, icon, perFrame } from './dom.js';
import { emit, get, on, store } from './store.js';

const SHOWN = 200;

/** The drawer with raw traffic: every call, envelope and acknowledgement, and what the validator thought of it. */
export function inspector() {
  const list = h('div', { class: 'traffic' });
  const only = h('input', { type: 'checkbox', onchange: () => draw() });
  const filter = h('input', {
    class: 'field',
    type: 'search',
    placeholder: 'Filter by method or text…',
    'aria-label': 'Filter the traffic',
    oninput: () => draw(),
  });
  const root = h(
    'section',
    { class: 'inspector', hidden: true, dataset: { inspector: '' }, 'aria-label': 'Raw traffic' },
    h(
      'header',
      {},
      h('b', {}, 'Traffic'),
      filter,
      h('label', { class: 'choice' }, only, h('span', {}, 'Refused only')),
      h(
        'button',
        { class: 'icon-button', type: 'button', 'aria-label': 'Close the inspector', onclick: () => toggle(false) },
        icon('close'),
      ),
    ),
    list,
  );
  let entries = [];
  let latest = 0;

  const fetchNew = perFrame(async () => {
    if (root.hidden) return;
    const page = await get('traffic', { after: String(latest) });
    entries = [...entries, ...page.entries].slice(-SHOWN);
    latest = entries.at(-1)?.id ?? latest;
    draw();
  });

  const draw = () => {
    const wanted = filter.value.toLowerCase();
    const fits = (entry) =>
      (!only.checked || entry.verdict === 'refused') &&
      (wanted === '' || JSON.stringify(entry).toLowerCase().includes(wanted));
    list.replaceChildren(...entries.filter(fits).toReversed().map(row));
    if (list.childElementCount === 0)
      list.append(
        h('p', { class: 'muted empty' }, 'Nothing yet. Every call of the bot and every event to it appears here.'),
      );
  };

  const open = new Set();
  const row = (entry) => {
    const signs = { api: '→', envelope: '←', ack: '✓', response_url: '→', fault: '⚡', note: '!' };
    const details = h('details', {
      class: `entry ${entry.verdict} ${entry.kind}`,
      open: open.has(entry.id),
      dataset: { entry: entry.name, verdict: entry.verdict },
    });
    details.append(
      h(
        'summary',
        {},
        h(
          'span',
          { class: 'entry-sign' },
          entry.kind === 'ack' && entry.verdict === 'refused' ? '✕' : (signs[entry.kind] ?? ''),
        ),
        h('span', { class: 'entry-name' }, entry.name),
        h(
          'span',
          { class: 'entry-verdict' },
          entry.errors[0] ?? entry.warnings[0] ?? (entry.kind === 'api' ? 'ok' : ''),
        ),
        h(
          'span',
          { class: 'entry-time' },
          `${clockSeconds(entry.at)}${entry.milliseconds > 0 ? ` · ${entry.milliseconds} ms` : ''}`,
        ),
      ),
    );
    details.addEventListener('toggle', () => {
      if (!details.open) return open.delete(entry.id);
      open.add(entry.id);
      if (details.childElementCount > 1) return;
      details.append(...body(entry));
    });
    if (details.open) details.append(...body(entry));
    return details;
  };

  const body = (entry) => [
    entry.errors.length + entry.warnings.length > 0
      ? h(
          'ul',
          { class: 'problems' },
          [...entry.errors, ...entry.warnings].map((text) => h('li', {}, text)),
        )
      : '',
    h('pre', {}, JSON.stringify(decoded(entry.request), null, 2)),
    entry.response === undefined ? '' : h('pre', {}, JSON.stringify(entry.response, null, 2)),
  ];

  const toggle = (show = root.hidden) => {
    root.hidden = !show;
    document.body.classList.toggle('inspector-open', show);
    if (!show) return;
    emit('drawer', 'inspector');
    store.refused = 0;
    emit('refused');
    fetchNew();
  };

  on('traffic', ({ verdict }) => {
    if (root.hidden && verdict === 'refused') {
      store.refused += 1;
      emit('refused');
    }
    fetchNew();
  });
  on('drawer', (opened) => opened !== 'inspector' && matchMedia('(max-width: 1100px)').matches && toggle(false));
  on('reset', () => {
    entries = [];
    latest = 0;
    fetchNew();
  });
  return { root, toggle };
}

/** Form arguments carry JSON as text: shown as what it means. */
function decoded(request) {
  return Object.fromEntries(
    Object.entries(request ?? {}).map(([name, value]) => {
      if (typeof value !== 'string' || !/^[[{]/.test(value)) return [name, value];
      try {
        return [name, JSON.parse(value)];
      } catch {
        return [name, value];
      }
    }),
  );
}
