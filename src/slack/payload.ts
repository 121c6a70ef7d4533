import type { MessageRef } from '../incident/card.ts';
import type { Interaction, InteractionOf, SlackUser } from './interaction.ts';

/** Slack's JSON as it arrives: read field by field, never trusted to have a shape. */
type Json = Readonly<Record<string, unknown>>;

/** A slash command's body. */
export function commandOf(body: unknown): InteractionOf<'command'> | undefined {
  const json = record(body);
  const user = { id: text(json['user_id']), name: text(json['user_name']) };
  const triggerId = text(json['trigger_id']);
  if (user.id === '' || triggerId === '') return undefined;
  return {
    kind: 'command',
    key: `command:${triggerId}`,
    user,
    command: text(json['command']),
    text: text(json['text']),
    channel: text(json['channel_id']),
    triggerId,
    responseUrl: text(json['response_url']),
  };
}

/** A `block_actions` body: its first action, as Slack sends one per click. */
export function actionOf(body: unknown): InteractionOf<'action'> | undefined {
  const json = record(body);
  const action = record(list(json['actions'])[0]);
  const user = userOf(json['user']);
  const actionId = text(action['action_id']);
  if (!user || actionId === '') return undefined;
  const triggerId = text(json['trigger_id']);
  const container = record(json['container']);
  const message = record(json['message']);
  const ref = refOf(json);
  const threadTs = text(message['thread_ts']) || text(container['thread_ts']);
  const value = text(action['value']) || text(record(action['selected_option'])['value']);
  const neighbours = list(message['blocks'] ?? record(json['view'])['blocks']);
  return {
    kind: 'action',
    key: `action:${triggerId}:${actionId}:${text(action['action_ts'])}:${user.id}`,
    user,
    actionId,
    value,
    subject: text(action['type']) === 'button' ? value : subjectIn(neighbours, text(action['block_id'])),
    ...(ref ? { message: ref } : {}),
    ...(threadTs === '' ? {} : { threadTs }),
    ephemeral: container['is_ephemeral'] === true || message['is_ephemeral'] === true,
    ...viewOf(record(json['view'])),
    triggerId,
    responseUrl: text(json['response_url']),
  };
}

function viewOf(view: Json): Pick<InteractionOf<'action'>, 'view'> {
  switch (view['type']) {
    case 'home':
      return { view: { kind: 'home' } };
    case 'modal':
      return {
        view: {
          kind: 'modal',
          id: text(view['id']),
          callbackId: text(view['callback_id']),
          metadata: text(view['private_metadata']),
          values: valuesOf(view),
        },
      };
    default:
      return {};
  }
}

/** A menu's options say what to do, not to what: the buttons beside it carry the incident. */
function subjectIn(blocks: readonly unknown[], blockId: string): string {
  const block = blocks.map(record).find((candidate) => candidate['block_id'] === blockId);
  const button = list(block?.['elements'])
    .map(record)
    .find((element) => element['type'] === 'button' && text(element['value']) !== '');
  return text(button?.['value']);
}

function refOf(json: Json): MessageRef | undefined {
  const container = record(json['container']);
  const channel = text(record(json['channel'])['id']) || text(container['channel_id']);
  const ts = text(container['message_ts']) || text(record(json['message'])['ts']);
  return channel === '' || ts === '' ? undefined : { channel, ts };
}

/** A `view_submission` body. */
export function submissionOf(body: unknown): InteractionOf<'submission'> | undefined {
  const json = record(body);
  const view = record(json['view']);
  const user = userOf(json['user']);
  if (!user) return undefined;
  return {
    kind: 'submission',
    key: `view:${text(view['id'])}:${text(view['hash'])}:${text(json['trigger_id'])}`,
    user,
    callbackId: text(view['callback_id']),
    metadata: text(view['private_metadata']),
    values: valuesOf(view),
  };
}

/** What a modal's inputs hold, by block id. */
function valuesOf(view: Json): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [blockId, inputs] of Object.entries(record(record(view['state'])['values']))) {
    const [input] = Object.values(record(inputs)).map(record);
    if (!input) continue;
    const chosen = text(record(input['selected_option'])['value']) || text(input['selected_user']);
    values.set(blockId, text(input['value']) || chosen);
  }
  return values;
}

/** A global (`shortcut`) or message (`message_action`) shortcut's body. */
export function shortcutOf(body: unknown): InteractionOf<'shortcut'> | undefined {
  const json = record(body);
  const user = userOf(json['user']);
  const triggerId = text(json['trigger_id']);
  if (!user || triggerId === '') return undefined;
  const channel = text(record(json['channel'])['id']);
  const ts = text(record(json['message'])['ts']) || text(json['message_ts']);
  return {
    kind: 'shortcut',
    key: `shortcut:${triggerId}`,
    user,
    callbackId: text(json['callback_id']),
    triggerId,
    ...(channel === '' || ts === '' ? {} : { message: { channel, ts } }),
  };
}

/** An Events API body; undefined for events that say nothing to us (bots' messages, edits, other tabs). */
export function eventOf(body: unknown): Interaction | undefined {
  const json = record(body);
  const event = record(json['event']);
  const id = text(event['user']);
  const key = `event:${text(json['event_id'])}`;
  if (id === '' || key === 'event:' || text(event['bot_id']) !== '') return undefined;
  const user: SlackUser = { id, name: id };
  switch (text(event['type'])) {
    case 'app_home_opened':
      return text(event['tab']) === 'messages' ? undefined : { kind: 'home_opened', key, user };
    case 'reaction_added': {
      const item = record(event['item']);
      const message = { channel: text(item['channel']), ts: text(item['ts']) };
      if (message.channel === '' || message.ts === '') return undefined;
      // 👀 may bear a skin tone in no client, but other emoji do: the name ends at the first colon.
      const [emoji = ''] = text(event['reaction']).split('::');
      return { kind: 'reaction', key, user, emoji, message };
    }
    case 'app_mention':
      return wordsOf(event, key, user);
    case 'message':
      // Only direct messages; a mention inside a channel arrives as app_mention.
      if (text(event['channel_type']) !== 'im' || text(event['subtype']) !== '') return undefined;
      return wordsOf(event, key, user);
    default:
      return undefined;
  }
}

function wordsOf(event: Json, key: string, user: SlackUser): InteractionOf<'words'> {
  const threadTs = text(event['thread_ts']);
  return {
    kind: 'words',
    key,
    user,
    text: text(event['text']),
    channel: text(event['channel']),
    ...(threadTs === '' ? {} : { threadTs }),
  };
}

function userOf(value: unknown): SlackUser | undefined {
  const user = record(value);
  const id = text(user['id']);
  return id === '' ? undefined : { id, name: text(user['username']) || text(user['name']) || id };
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
