import type { Context } from './context.ts';
import type { Channel, Message, StoredFile, User, Usergroup, View } from './model.ts';
import type { JsonObject } from './strict/check.ts';

/** Slack's JSON for what the workspace holds. */

/** Seconds east of UTC at `now`, as in `users.info`. */
export function zoneOffset(tz: string, now: number): number {
  const name = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' })
    .formatToParts(now)
    .find((part) => part.type === 'timeZoneName')?.value;
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '');
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
}

function zoneLabel(tz: string, now: number): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'long' }).formatToParts(now);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? tz;
}

export function userJson(context: Context, user: User): JsonObject {
  const { state, manifest, strict } = context;
  const mayReadEmail = !strict || manifest.scopes.has('users:read.email');
  const [firstName = '', ...rest] = user.realName.split(' ');
  return {
    id: user.id,
    team_id: state.identity.teamId,
    name: user.handle,
    deleted: user.deleted,
    real_name: user.realName,
    tz: user.tz,
    tz_label: zoneLabel(user.tz, state.now()),
    tz_offset: zoneOffset(user.tz, state.now()),
    profile: {
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.displayName,
      display_name_normalized: user.displayName,
      first_name: firstName,
      last_name: rest.join(' '),
      team: state.identity.teamId,
      status_text: '',
      status_emoji: '',
      ...(mayReadEmail && user.email !== '' ? { email: user.email } : {}),
      ...(user.bot ? { api_app_id: state.identity.appId, bot_id: state.identity.botId } : {}),
    },
    is_admin: user.admin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.guest,
    is_ultra_restricted: user.guest,
    is_bot: user.bot,
    is_app_user: false,
    is_email_confirmed: true,
    updated: Math.floor(state.now() / 1000),
  };
}

export function channelJson(context: Context, channel: Channel): JsonObject {
  const created = Math.floor(channel.created / 1000);
  const isMember = channel.members.has(context.state.identity.botUserId);
  if (channel.kind === 'im') {
    const user = [...channel.members].find((id) => id !== context.state.identity.botUserId) ?? '';
    return { id: channel.id, created, is_im: true, is_org_shared: false, user, is_user_deleted: false, priority: 0 };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_im: false,
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'public',
    is_archived: channel.archived,
    is_general: false,
    is_shared: false,
    is_member: isMember,
    created,
    creator: context.state.identity.botUserId,
    num_members: channel.members.size,
    topic: { value: channel.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    context_team_id: context.state.identity.teamId,
  };
}

/** A message as methods and payloads show it; metadata only where it was asked for. */
export function messageJson(
  context: Context,
  message: Message,
  options: { readonly metadata?: boolean } = {},
): JsonObject {
  const { identity } = context.state;
  return {
    type: 'message',
    ...(message.fromBot
      ? {
          bot_id: identity.botId,
          app_id: identity.appId,
          bot_profile: { id: identity.botId, app_id: identity.appId, name: identity.botName, team_id: identity.teamId },
        }
      : {}),
    ...(message.username === undefined ? {} : { username: message.username }),
    ...(message.broadcast === true ? { subtype: 'thread_broadcast' } : {}),
    user: message.user,
    team: identity.teamId,
    text: message.text,
    ts: message.ts,
    ...(message.blocks === undefined ? {} : { blocks: message.blocks }),
    ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
    ...(message.files === undefined ? {} : { files: filesJson(context, message.files) }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.threadTs !== undefined && message.threadTs !== message.ts
      ? { parent_user_id: parentUser(context, message) }
      : {}),
    ...(message.replies === undefined
      ? {}
      : {
          reply_count: message.replies.count,
          reply_users_count: message.replies.users.length,
          reply_users: message.replies.users,
          latest_reply: message.replies.latest,
          is_locked: false,
          subscribed: false,
        }),
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.reactions.length === 0
      ? {}
      : { reactions: message.reactions.map(({ name, users }) => ({ name, users, count: users.length })) }),
    ...(options.metadata === true && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

function parentUser(context: Context, message: Message): string {
  return context.state.message(message.channel, message.threadTs ?? '')?.user ?? '';
}

function filesJson(context: Context, ids: readonly string[]): JsonObject[] {
  return ids.flatMap((id) => {
    const file = context.state.files.get(id);
    return file ? [fileJson(context, file)] : [];
  });
}

export function fileJson(context: Context, file: StoredFile): JsonObject {
  const url = `${context.baseUrl()}/_files/${file.id}/${encodeURIComponent(file.name)}`;
  return {
    id: file.id,
    created: Math.floor(file.created / 1000),
    timestamp: Math.floor(file.created / 1000),
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.name.split('.').at(-1) ?? '',
    user: file.user,
    size: file.size,
    mode: 'hosted',
    is_external: false,
    is_public: file.channels.length > 0,
    url_private: url,
    url_private_download: url,
    permalink: url,
    channels: file.channels,
  };
}

export function usergroupJson(context: Context, group: Usergroup, withUsers: boolean): JsonObject {
  return {
    id: group.id,
    team_id: context.state.identity.teamId,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    date_update: Math.floor(group.updated / 1000),
    date_delete: 0,
    user_count: group.users.length,
    ...(withUsers ? { users: group.users } : {}),
  };
}

export function viewJson(context: Context, view: View): JsonObject {
  const { identity } = context.state;
  return {
    id: view.id,
    team_id: identity.teamId,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: { values: view.values },
    hash: view.hash,
    title: view.title ?? null,
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    close: view.close ?? null,
    submit: view.submit ?? null,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: identity.appId,
    external_id: view.externalId,
    app_installed_team_id: identity.teamId,
    bot_id: identity.botId,
  };
}
