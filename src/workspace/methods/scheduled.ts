import { readContent } from '../content.ts';
import { ApiError, type Method } from './call.ts';
import { mayPost } from './chat.ts';

const MAX_AHEAD_SECONDS = 120 * 86_400;
const MAX_PER_WINDOW = 30;
const WINDOW_SECONDS = 300;

const scheduleMessage: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['chat:write'],
  run: (call) => {
    const { state } = call.context;
    const channel = call.channel('channel', { names: true });
    mayPost(call, channel);
    const postAt = call.integer('post_at', Number.NaN);
    const now = Math.floor(state.now() / 1000);
    if (!Number.isInteger(postAt)) throw new ApiError('invalid_time');
    if (postAt <= now) throw new ApiError('time_in_past');
    if (postAt > now + MAX_AHEAD_SECONDS) throw new ApiError('time_too_far');
    const near = [...state.scheduled.values()].filter(
      (entry) => entry.channel === channel.id && Math.abs(entry.postAt - postAt) < WINDOW_SECONDS,
    );
    if (near.length >= MAX_PER_WINDOW) throw new ApiError('restricted_too_many');
    const content = readContent(call);
    const text = content.text ?? '';
    if (text === '' && content.blocks === undefined && content.attachments === undefined) throw new ApiError('no_text');
    if (content.metadata !== undefined) call.warnings.push('Slack never posts scheduled messages that carry metadata');
    const id = state.nextId('Q');
    const threadTs = call.text('thread_ts');
    state.scheduled.set(id, {
      ...content,
      id,
      channel: channel.id,
      postAt,
      text,
      created: state.now(),
      ...(threadTs === '' ? {} : { threadTs }),
    });
    return {
      channel: channel.id,
      scheduled_message_id: id,
      post_at: postAt,
      message: { type: 'delayed_message', text },
    };
  },
};

const deleteScheduledMessage: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['chat:write'],
  run: (call) => {
    const channel = call.channel();
    const id = call.required('scheduled_message_id');
    const entry = call.context.state.scheduled.get(id);
    if (entry?.channel !== channel.id) throw new ApiError('invalid_scheduled_message_id');
    call.context.state.scheduled.delete(id);
    return {};
  },
};

const listScheduled: Method = {
  tier: 3,
  token: 'bot',
  run: (call) => {
    const channel = call.text('channel');
    const all = [...call.context.state.scheduled.values()]
      .filter((entry) => channel === '' || entry.channel === channel)
      .toSorted((a, b) => a.postAt - b.postAt);
    const { items, meta } = call.page(all, 100, 1000);
    return {
      scheduled_messages: items.map((entry) => ({
        id: entry.id,
        channel_id: entry.channel,
        post_at: entry.postAt,
        date_created: Math.floor(entry.created / 1000),
        text: entry.text,
      })),
      response_metadata: meta,
    };
  },
};

export const scheduledMethods: Readonly<Record<string, Method>> = {
  'chat.scheduleMessage': scheduleMessage,
  'chat.deleteScheduledMessage': deleteScheduledMessage,
  'chat.scheduledMessages.list': listScheduled,
};
