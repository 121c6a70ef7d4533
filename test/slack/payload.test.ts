import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionOf, commandOf, eventOf, shortcutOf, submissionOf } from '../../src/slack/payload.ts';

const click = {
  type: 'block_actions',
  trigger_id: 't1',
  user: { id: 'U1', username: 'asha' },
  channel: { id: 'C1' },
  container: { message_ts: '1.2', channel_id: 'C1' },
  message: {
    ts: '1.2',
    blocks: [
      {
        type: 'actions',
        block_id: 'incident_actions',
        elements: [
          { type: 'button', action_id: 'resolve', value: 'inc_1' },
          { type: 'static_select', action_id: 'silence' },
        ],
      },
    ],
  },
};

describe('what Slack sends', () => {
  it('never breaks us, whatever shape it has', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, maxDepth: 5 }), (body) => {
        for (const read of [actionOf, commandOf, eventOf, shortcutOf, submissionOf]) read(body);
        const near = { user: body, actions: [body], event: body, view: { state: { values: body } }, message: body };
        for (const read of [actionOf, commandOf, eventOf, shortcutOf, submissionOf]) read(near);
      }),
    );
  });

  it('a menu acts on the incident of the buttons beside it', () => {
    const select = {
      ...click,
      actions: [
        {
          type: 'static_select',
          action_id: 'silence',
          block_id: 'incident_actions',
          action_ts: '9',
          selected_option: { value: '2 h' },
        },
      ],
    };
    expect(actionOf(select)).toMatchObject({ actionId: 'silence', value: '2 h', subject: 'inc_1' });
  });

  it('two clicks of one person are two interactions, two deliveries of one click are one', () => {
    const action = { type: 'button', action_id: 'acknowledge', value: 'inc_1', action_ts: '9' };
    const first = actionOf({ ...click, actions: [action] });
    expect(actionOf({ ...click, actions: [action] })?.key).toBe(first?.key);
    expect(actionOf({ ...click, trigger_id: 't2', actions: [{ ...action, action_ts: '10' }] })?.key).not.toBe(
      first?.key,
    );
  });

  it('ignores bots, edits and what is said in channels without a mention', () => {
    const event = (fields: object): unknown => ({ event_id: 'E1', event: { type: 'message', user: 'U1', ...fields } });
    expect(eventOf(event({ channel_type: 'im', channel: 'D1', text: 'list', bot_id: 'B1' }))).toBeUndefined();
    expect(eventOf(event({ channel_type: 'im', channel: 'D1', subtype: 'message_changed' }))).toBeUndefined();
    expect(eventOf(event({ channel_type: 'channel', channel: 'C1', text: 'hello' }))).toBeUndefined();
    expect(eventOf(event({ channel_type: 'im', channel: 'D1', text: 'list' }))).toMatchObject({ kind: 'words' });
  });
});
