import { h } from './dom.js';
import { plain } from './inline.js';
import { richText } from './rich-text.js';

/** `table` and `data_table`: the first row is the head. */
export function tableBlock(block) {
  const [head = [], ...body] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const size = block.type === 'data_table' ? (block.page_size ?? 5) : body.length;
  const rows = body.map((row) =>
    h(
      'tr',
      {},
      row.map((cell, index) => td(cell, settings[index], 'td')),
    ),
  );
  const more =
    rows.length > size
      ? h('button', { class: 'link-button', type: 'button' }, `Show all ${rows.length} rows`)
      : undefined;
  for (const row of rows.slice(size)) row.hidden = true;
  more?.addEventListener('click', () => {
    for (const row of rows) row.hidden = false;
    more.remove();
  });
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'table-scroll', tabindex: '0' },
      h(
        'table',
        {},
        block.caption ? h('caption', {}, block.caption) : undefined,
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            head.map((cell, index) => td(cell, settings[index], 'th')),
          ),
        ),
        h('tbody', {}, rows),
      ),
    ),
    more,
  );
}

function td(cell, setting, tag) {
  const isNumber = cell.type === 'raw_number';
  const align = setting?.align ?? (isNumber ? 'right' : 'left');
  const classes = [`align-${align}`, setting?.is_wrapped ? 'wrapped' : '', isNumber ? 'number' : '']
    .filter(Boolean)
    .join(' ');
  return h(
    tag,
    { class: classes },
    cell.type === 'rich_text' ? richText(cell) : plain(cell.text ?? String(cell.value ?? '')),
  );
}
