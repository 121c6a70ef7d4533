import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemText } from '../../src/workspace/strict/check.ts';
import { refuseMessageBlocks } from '../../src/workspace/strict/message.ts';
import { refuseView } from '../../src/workspace/strict/view.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const button = (action_id: string) => ({ type: 'button', action_id, text: plain('Go') });

/** Slack's complaints about the blocks of a message; the error alone where it names no place. */
function complaints(...blocks: unknown[]): readonly string[] {
  const refusal = refuseMessageBlocks(blocks);
  if (!refusal) return [];
  return refusal.problems.length === 0 ? [refusal.error] : refusal.problems.map(problemText);
}

const chart = (points: number, limitPoints = points) => {
  const categories = Array.from({ length: points }, (_, index) => `t${index}`);
  const data = (count: number) => categories.slice(0, count).map((label, index) => ({ label, value: index }));
  return {
    type: 'data_visualization',
    title: 'AUC',
    chart: {
      type: 'line',
      series: [
        { name: 'auc', data: data(points) },
        { name: 'limit', data: data(limitPoints) },
      ],
      axis_config: { categories },
    },
  };
};

describe('what Slack takes in a message', () => {
  it.each([
    ['a header', { type: 'header', text: plain('P1') }],
    ['fields with an accessory', { type: 'section', fields: [plain('a')], accessory: button('x') }],
    [
      'a menu with groups',
      {
        type: 'actions',
        elements: [
          {
            type: 'static_select',
            option_groups: [{ label: plain('g'), options: [{ text: plain('o'), value: 'o' }] }],
          },
        ],
      },
    ],
    [
      'a context with an image',
      { type: 'context', elements: [{ type: 'image', image_url: 'https://x.io/a.png', alt_text: 'a' }, plain('b')] },
    ],
    [
      'rich text',
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a', style: { bold: true } }] }],
          },
        ],
      },
    ],
    [
      'a table',
      {
        type: 'table',
        rows: [
          [
            { type: 'raw_text', text: 'slice' },
            { type: 'raw_number', value: 1, text: '1' },
          ],
        ],
      },
    ],
    ['a line chart', chart(20)],
    ['markdown', { type: 'markdown', text: '# hello' }],
  ])('accepts %s', (_name, block) => {
    expect(complaints(block)).toEqual([]);
  });

  it.each([
    ['a block nobody knows', { type: 'bogus' }, ['unsupported type: bogus [json-pointer:/blocks/0/type]']],
    [
      'a long header',
      { type: 'header', text: plain('a'.repeat(151)) },
      ['must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
    ],
    [
      'mrkdwn in a header',
      { type: 'header', text: { type: 'mrkdwn', text: 'a' } },
      ['unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]'],
    ],
    ['an empty text', section(''), ['must be more than 0 characters [json-pointer:/blocks/0/text/text]']],
    [
      'a section over 3,000',
      section('a'.repeat(3001)),
      ['must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
    ],
    [
      'a section without text or fields',
      { type: 'section' },
      ['must define either `text` or `fields` [json-pointer:/blocks/0]'],
    ],
    [
      'eleven fields',
      { type: 'section', fields: Array(11).fill(plain('a')) },
      ['no more than 10 items allowed [json-pointer:/blocks/0/fields]'],
    ],
    [
      '26 buttons',
      { type: 'actions', elements: Array.from({ length: 26 }, (_, i) => button(`b${i}`)) },
      ['no more than 25 items allowed [json-pointer:/blocks/0/elements]'],
    ],
    [
      'an input in actions',
      { type: 'actions', elements: [{ type: 'plain_text_input', action_id: 'a' }] },
      ['unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]'],
    ],
    [
      'a long button',
      { type: 'actions', elements: [{ ...button('a'), text: plain('a'.repeat(76)) }] },
      ['must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]'],
    ],
    [
      'a button style of fashion',
      { type: 'actions', elements: [{ ...button('a'), style: 'green' }] },
      ['must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]'],
    ],
    [
      'the same action twice',
      { type: 'actions', elements: [button('a'), button('a')] },
      ['`action_id` a already exists [json-pointer:/blocks/0/elements/1/action_id]'],
    ],
    [
      'a misspelt property',
      { ...section('a'), txt: 'b' },
      ['invalid additional property: txt [json-pointer:/blocks/0]'],
    ],
    [
      'eleven context elements',
      { type: 'context', elements: Array(11).fill(plain('a')) },
      ['no more than 10 items allowed [json-pointer:/blocks/0/elements]'],
    ],
    [
      'a menu without options',
      { type: 'actions', elements: [{ type: 'static_select' }] },
      ['must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]'],
    ],
    [
      'an alert block, which is for modals',
      { type: 'alert', text: plain('a') },
      ['unsupported type: alert [json-pointer:/blocks/0/type]'],
    ],
    [
      'a chart with a gap',
      chart(5, 4),
      ['each series must have exactly one data point for each category [json-pointer:/blocks/0/chart/series/1/data]'],
    ],
    [
      'a chart with 21 points',
      chart(21),
      expect.arrayContaining([
        'no more than 20 items allowed [json-pointer:/blocks/0/chart/axis_config/categories]',
      ]) as string[],
    ],
    [
      'a link that is none',
      { type: 'actions', elements: [{ ...button('a'), url: 'not a url' }] },
      ['must provide a valid URL [json-pointer:/blocks/0/elements/0/url]'],
    ],
    ['null', null, ['must provide an object [json-pointer:/blocks/0]']],
  ])('refuses %s', (_name, block, expected) => {
    expect(complaints(block)).toEqual(expected);
  });

  it('counts blocks, tables, ids and characters over the whole message', () => {
    expect(complaints(...Array(51).fill({ type: 'divider' }))).toEqual([
      'no more than 50 items allowed [json-pointer:/blocks]',
    ]);
    const table = { type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] };
    expect(complaints(table, table)).toEqual(['only one table is allowed in a message [json-pointer:/blocks]']);
    expect(complaints({ ...section('a'), block_id: 'x' }, { ...section('b'), block_id: 'x' })).toEqual([
      '`block_id` x already exists [json-pointer:/blocks/1/block_id]',
    ]);
    expect(complaints(...Array(5).fill(section('a'.repeat(2_700))))).toEqual(['msg_blocks_too_long']);
    expect(refuseMessageBlocks('nonsense')?.error).toBe('invalid_blocks_format');
  });

  it('survives hostile shapes', () => {
    const proto = JSON.parse('{"type":"__proto__"}') as unknown;
    expect(complaints(proto)).toEqual(['unsupported type: __proto__ [json-pointer:/blocks/0/type]']);
    expect(complaints({ type: 'constructor' })).toEqual([
      'unsupported type: constructor [json-pointer:/blocks/0/type]',
    ]);
  });
});

describe('what Slack takes as a view', () => {
  const modal = (more: Record<string, unknown> = {}) => ({
    type: 'modal',
    title: plain('T'),
    blocks: [section('a')],
    ...more,
  });
  const errors = (view: unknown, kind: 'modal' | 'home' = 'modal') => {
    const refusal = refuseView(view, kind);
    return refusal === undefined
      ? []
      : refusal.problems.length === 0
        ? [refusal.error]
        : refusal.problems.map(problemText);
  };

  it('needs a title of 24 characters, and a submit where it asks for something', () => {
    expect(errors(modal())).toEqual([]);
    expect(errors(modal({ title: plain('a'.repeat(25)) }))).toEqual([
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ]);
    const input = { type: 'input', label: plain('Why'), element: { type: 'plain_text_input' } };
    expect(errors(modal({ blocks: [input] }))).toEqual([
      'missing required field: submit (the view has an input block) [json-pointer:/view]',
    ]);
    expect(errors(modal({ blocks: [input], submit: plain('Save') }))).toEqual([]);
  });

  it('bounds private_metadata and the whole', () => {
    expect(errors(modal({ private_metadata: 'a'.repeat(3001) }))).toEqual([
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ]);
    expect(errors(modal({ blocks: Array.from({ length: 90 }, () => section('a'.repeat(3000))) }))).toEqual([
      'view_too_large',
    ]);
  });

  it('opens modals as modals and homes as homes', () => {
    expect(errors({ type: 'home', blocks: [] }, 'home')).toEqual([]);
    expect(errors(modal(), 'home')).toEqual(['unsupported type: modal [json-pointer:/view/type]']);
  });
});

describe('the cards people should meet', () => {
  const folder = resolve(import.meta.dirname, '../../../shared/cards');
  it('all pass', () => {
    if (!existsSync(folder)) {
      console.warn('SKIPPED: no ../shared/cards beside the repository');
      return;
    }
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
      const card = JSON.parse(readFileSync(resolve(folder, name), 'utf8')) as { blocks: unknown[] };
      expect([name, complaints(...card.blocks)]).toEqual([name, []]);
    }
  });
});
