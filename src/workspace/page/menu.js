import { h, icon } from './dom.js';

/** A list to choose from, beside its button; on a phone it comes up from the bottom. Keyboard: arrows, Enter, Escape, typing filters. */

let open;

export function closeMenu() {
  open?.remove();
  open = undefined;
}

/**
 * `groups`: [{ label?, items: [{ value, label: Node[], search, description?: Node[] }] }]. `chosen` is a Set of values.
 * Options: `multiple` keeps the list open with ticks; `search(query)` fetches groups anew; `title` names it on the phone.
 */
export function openMenu(
  anchor,
  { groups, chosen = new Set(), multiple = false, search, title = '', onChoose, onDone },
) {
  closeMenu();
  const host = anchor.closest('dialog') ?? document.body;
  const list = h('div', { class: 'menu-list', role: 'listbox', 'aria-multiselectable': multiple ? 'true' : undefined });
  const total = groups.reduce((sum, group) => sum + group.items.length, 0);
  const field =
    search || total > 8
      ? h('input', { class: 'menu-search', type: 'text', placeholder: 'Search…', 'aria-label': 'Search the options' })
      : undefined;
  const done = multiple
    ? h('button', { class: 'menu-done', type: 'button', onclick: () => finish() }, 'Done')
    : undefined;
  const box = h(
    'div',
    { class: 'menu', dataset: { menu: '' } },
    title ? h('div', { class: 'menu-title' }, title) : undefined,
    field,
    list,
    done,
  );
  const shade = h('div', { class: 'menu-shade', onclick: (event) => event.target === shade && finish() }, box);
  let shown = groups;
  let active = 0;

  const draw = (query = '') => {
    const wanted = query.trim().toLowerCase();
    list.replaceChildren(
      ...shown.flatMap((group) => {
        const items = search ? group.items : group.items.filter((item) => item.search.toLowerCase().includes(wanted));
        if (items.length === 0) return [];
        return [group.label ? h('div', { class: 'menu-group' }, group.label) : '', ...items.map(row)];
      }),
    );
    if (list.childElementCount === 0) list.append(h('div', { class: 'menu-empty' }, 'No matches'));
    mark(0);
  };

  const row = (item) => {
    const isChosen = chosen.has(item.value);
    const choose = () => {
      if (multiple) {
        if (!chosen.delete(item.value)) chosen.add(item.value);
        draw(field?.value);
        return;
      }
      finish();
      onChoose(item.value, item);
    };
    return h(
      'button',
      {
        class: 'menu-item',
        type: 'button',
        role: 'option',
        'aria-selected': isChosen ? 'true' : 'false',
        dataset: { value: item.value },
        onclick: choose,
      },
      h(
        'span',
        { class: 'menu-label' },
        item.label,
        item.description ? h('span', { class: 'menu-description' }, item.description) : undefined,
      ),
      isChosen ? icon('check', 18) : undefined,
    );
  };

  const rows = () => [...list.querySelectorAll('.menu-item')];
  const mark = (index) => {
    const all = rows();
    active = Math.max(0, Math.min(index, all.length - 1));
    for (const [i, element] of all.entries()) element.classList.toggle('active', i === active);
    all[active]?.scrollIntoView({ block: 'nearest' });
  };

  const finish = () => {
    closeMenu();
    if (multiple) onDone?.([...chosen]);
    anchor.focus({ preventScroll: true });
  };

  const keys = (event) => {
    if (event.key === 'ArrowDown') mark(active + 1);
    else if (event.key === 'ArrowUp') mark(active - 1);
    else if (event.key === 'Enter') rows()[active]?.click();
    else if (event.key === 'Escape') finish();
    else if (event.key === 'Tab') finish();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  shade.addEventListener('keydown', keys);
  field?.addEventListener('input', () => {
    if (!search) return draw(field.value);
    void search(field.value).then((found) => {
      shown = found;
      draw();
    });
  });
  draw();
  host.append(shade);
  open = shade;
  place(box, anchor);
  box.tabIndex = -1;
  (field ?? box).focus({ preventScroll: true });
}

/** Below the anchor where there is room, else above; the phone's layout is CSS alone. */
function place(box, anchor) {
  if (matchMedia('(max-width: 640px)').matches) return;
  const at = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
  const fitsBelow = at.bottom + size.height + 8 < innerHeight;
  box.style.left = `${left}px`;
  box.style.top = `${fitsBelow ? at.bottom + 4 : Math.max(8, at.top - size.height - 4)}px`;
}
