import { cutText, isEmptyObject, readContent } from '../content.ts';
import type { Channel, Message } from '../model.ts';
import type { NewMessage } from '../state.ts';
import type { JsonObject } from '../strict/check.ts';
import { UPDATE_TEXT_MAX } from '../strict/message.ts';
import { messageJson } from '../wire.ts';
import { ApiError, type Call, type Method } from './call.ts';

const chatWrite = () => ['chat:write'];

/** Whether the bot may write here; throws what Slack would answer. */
export function mayPost(call: Call, channel: Channel): void {
  const { state, manifest, strict } = call.context;
  if (channel.archived) throw new ApiError('is_archived');
  if (!strict || channel.members.has(state.identity.botUserId)) return;
  if (channel.kind === 'public' && manifest.scopes.has('chat:write.public')) return;
  throw new ApiError('not_in_channel');
}

/** The parent of a thread: a reply's own ts leads to its parent, as in Slack. */
function threadParent(call: Call, channel: Channel): string | undefined {
  const threadTs = call.text('thread_ts');
  if (threadTs === '') return undefined;
  const parent = call.context.state.message(channel.id, threadTs);
  if (!parent) {
    if (call.context.strict) throw new ApiError('thread_not_found');
    return threadTs;
  }
  if (parent.threadTs !== undefined && parent.threadTs !== parent.ts) {
    call.warnings.push('thread_ts is a reply’s ts: use its parent’s');
    return parent.threadTs;
  }
  return parent.ts;
}

/** The draft that a posting call describes. */
function draft(call: Call, channel: Channel): NewMessage {
  const content = readContent(call);
  const text = cutText(call, content.text ?? '');
  const empty = text.trim() === '' && (content.blocks ?? []).length === 0 && (content.attachments ?? []).length === 0;
  if (empty) throw new ApiError('no_text');
  const threadTs = threadParent(call, channel);
  return {
    ...content,
    channel: channel.id,
    user: call.context.state.identity.botUserId,
    fromBot: true,
    text,
    ...(call.has('username') ? { username: call.text('username') } : {}),
    ...(call.has('icon_emoji') ? { iconEmoji: call.text('icon_emoji') } : {}),
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(threadTs !== undefined && call.flag('reply_broadcast') ? { broadcast: true } : {}),
  };
}

const postMessage: Method = {
  tier: 'post',
  token: 'bot',
  scopes: chatWrite,
  run: (call) => {
    const channel = call.channel('channel', { names: true, opensIm: true });
    mayPost(call, channel);
    if (channel.kind === 'im' && !call.context.manifest.messagesTab) throw new ApiError('messages_tab_disabled');
    const message = call.context.state.post(draft(call, channel));
    call.context.emitMessage(message, channel);
    return { channel: channel.id, ts: message.ts, message: messageJson(call.context, message, { metadata: true }) };
  },
};

/** Text without blocks removes blocks; `edited` is shown only for text updates; `metadata: {}` removes it. */
const update: Method = {
  tier: 3,
  token: 'bot',
  scopes: chatWrite,
  run: (call) => {
    const { state, strict } = call.context;
    const channel = call.channel();
    const ts = call.required('ts');
    const message = state.message(channel.id, ts);
    if (!message) throw new ApiError('message_not_found');
    if (channel.archived) throw new ApiError('is_inactive');
    if (!message.fromBot) throw new ApiError('cant_update_message');
    const content = readContent(call);
    if (content.text === undefined && content.blocks === undefined && content.attachments === undefined)
      throw new ApiError('no_text');
    if (strict && (content.text ?? '').length > UPDATE_TEXT_MAX) throw new ApiError('msg_too_long');
    const next = state.replace(merged(call, message, content));
    call.context.emitMessage(next, channel, changedEvent(call, message, next));
    return { channel: channel.id, ts, text: next.text, message: messageJson(call.context, next, { metadata: true }) };
  },
};

function merged(call: Call, message: Message, content: ReturnType<typeof readContent>): Message {
  const { blocks: _blocks, attachments: _attachments, metadata: _metadata, edited: _edited, ...kept } = message;
  const text = content.text ?? message.text;
  const blocks = content.blocks ?? (content.text === undefined ? message.blocks : undefined);
  const attachments =
    content.attachments ??
    (content.text === undefined || content.blocks === undefined ? message.attachments : undefined);
  const given = call.has('metadata') ? call.structured('metadata', 'invalid_metadata_format') : undefined;
  const metadata = isEmptyObject(given) ? undefined : (content.metadata ?? message.metadata);
  const isTextEdit = content.blocks === undefined && content.text !== undefined && content.text !== message.text;
  const edited = isTextEdit ? { user: message.user, ts: call.context.state.nextTs() } : message.edited;
  if ((blocks ?? []).length === 0 && (attachments ?? []).length === 0 && text.trim() === '')
    throw new ApiError('no_text');
  if ((message.blocks ?? []).length > 0 && blocks === undefined)
    call.warnings.push('text without blocks: the message’s blocks are removed');
  return {
    ...kept,
    text,
    ...(blocks === undefined || blocks.length === 0 ? {} : { blocks }),
    ...(attachments === undefined || attachments.length === 0 ? {} : { attachments }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(edited === undefined ? {} : { edited }),
  };
}

function changedEvent(call: Call, before: Message, after: Message): JsonObject {
  return {
    subtype: 'message_changed',
    hidden: true,
    message: messageJson(call.context, after),
    previous_message: messageJson(call.context, before),
  };
}

const remove: Method = {
  tier: 3,
  token: 'bot',
  scopes: chatWrite,
  run: (call) => {
    const { state } = call.context;
    const channel = call.channel();
    const ts = call.required('ts');
    const message = state.message(channel.id, ts);
    if (!message) throw new ApiError('message_not_found');
    if (!message.fromBot) throw new ApiError('cant_delete_message');
    state.remove(message);
    call.context.emitMessage(message, channel, { subtype: 'message_deleted', hidden: true, deleted_ts: ts });
    return { channel: channel.id, ts };
  },
};

const postEphemeral: Method = {
  tier: 4,
  token: 'bot',
  scopes: chatWrite,
  run: (call) => {
    const channel = call.channel('channel', { names: true });
    mayPost(call, channel);
    const user = call.context.state.users.get(call.required('user'));
    if (!user) throw new ApiError('user_not_in_channel');
    if (!channel.members.has(user.id)) throw new ApiError('user_not_in_channel');
    const { metadata: _hidden, ...rest } = draft(call, channel);
    const message = call.context.state.post({ ...rest, onlyFor: user.id });
    return { message_ts: message.ts };
  },
};

const getPermalink: Method = {
  tier: 'none',
  token: 'bot',
  run: (call) => {
    const channel = call.channel();
    const ts = call.required('message_ts');
    const message = call.context.state.message(channel.id, ts);
    if (!message) throw new ApiError('message_not_found');
    const thread =
      message.threadTs !== undefined && message.threadTs !== ts
        ? `?thread_ts=${message.threadTs}&cid=${channel.id}`
        : '';
    return {
      channel: channel.id,
      permalink: `${call.context.baseUrl()}/archives/${channel.id}/p${ts.replace('.', '')}${thread}`,
    };
  },
};

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
  'chat.getPermalink': getPermalink,
};
