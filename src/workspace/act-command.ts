import { type Acting, type ActResult, actionTs, actor, failedDelivery, payloadBase } from './act.ts';
import { applyAppMessage } from './app-message.ts';
import type { Context } from './context.ts';
import { toggledReactions } from './methods/reactions.ts';
import type { Channel, User } from './model.ts';
import { isObject, type JsonObject } from './strict/check.ts';
import type { ResponseTarget } from './triggers.ts';
import { messageJson } from './wire.ts';

/** Acts of people in the composer and around messages. */

function channelNamed({ context }: Acting, reference: string, user: User): Channel {
  const channel = reference.startsWith('@')
    ? context.state.directChannel(user.id)
    : context.state.findChannel(reference);
  if (!channel) throw new Error(`no channel ${reference}`);
  return channel;
}

/** Runs a slash command; `text` is the whole line, `/alert list` . */
export async function runCommand(
  acting: Acting,
  userId: string,
  channelRef: string,
  line: string,
  threadTs?: string,
): Promise<ActResult> {
  const { context } = acting;
  const user = actor(acting, userId);
  const channel = channelNamed(acting, channelRef, user);
  const [, name = '', rest = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(line.trim()) ?? [];
  const command = context.manifest.commands.find((entry) => entry.command === name);
  if (!command) {
    slackbot(
      context,
      channel,
      user,
      `\`${name}\` is not a valid command: the app’s manifest has no such slash command.`,
    );
    context.traffic.add({ kind: 'note', name: line, errors: [`the manifest has no slash command ${name}`] });
    return { ok: false, error: 'unknown_command', detail: name };
  }
  if (threadTs !== undefined) {
    slackbot(context, channel, user, `${name} is not supported in threads. Sorry!`, threadTs);
    return { ok: false, error: 'not_supported_in_threads', detail: name };
  }
  const target: ResponseTarget = { user: user.id, channel: channel.id };
  const delivery = await acting.link.send({
    type: 'slash_commands',
    acceptsResponse: true,
    payload: {
      ...formBase(acting, user, channel),
      command: name,
      text: commandText(context, rest, command.shouldEscape),
      response_url: `${context.baseUrl()}${context.triggers.issueResponsePath(target)}`,
      trigger_id: context.triggers.issueTrigger(user.id),
    },
  });
  if (delivery.outcome !== 'acked') {
    const word = delivery.outcome === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
    slackbot(context, channel, user, `${name} failed with the error “${word}”`);
    return failedDelivery(acting, user.id, name, delivery);
  }
  return answered(context, target, delivery.payload);
}

/** An answer in the acknowledgement itself: text, or a message. */
function answered(context: Context, target: ResponseTarget, payload: unknown): ActResult {
  const isSilent =
    payload === undefined ||
    payload === null ||
    payload === '' ||
    (isObject(payload) && Object.keys(payload).length === 0);
  if (isSilent) return { ok: true, response: payload };
  const outcome = applyAppMessage(context, target, payload);
  if (outcome.ok) return { ok: true, response: payload };
  context.traffic.add({
    kind: 'ack',
    name: 'command answer',
    response: payload,
    errors: [outcome.error, ...outcome.problems],
  });
  return { ok: false, error: 'invalid_response', detail: [outcome.error, ...outcome.problems].join('; ') };
}

function formBase({ context }: Acting, user: User, channel: Channel): JsonObject {
  const { identity } = context.state;
  return {
    token: 'local',
    team_id: identity.teamId,
    team_domain: identity.teamDomain,
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.kind === 'private' ? 'privategroup' : channel.name,
    user_id: user.id,
    user_name: user.handle,
    api_app_id: identity.appId,
    is_enterprise_install: 'false',
  };
}

/** Escapes & < >; with `should_escape`, known @names, #channels and bare links become Slack's references. */
export function commandText(context: Context, text: string, shouldEscape: boolean): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (!shouldEscape) return safe;
  const users = [...context.state.users.values()];
  return safe
    .replace(
      /&lt;(@[UW][A-Z0-9]+|#C[A-Z0-9]+)(\|[^&]*)?&gt;/g,
      (_all, reference: string, label: string | undefined) => `<${reference}${label ?? ''}>`,
    )
    .replace(/(^|[\s(])@([\p{L}\p{N}._-]+)/gu, (all, before: string, name: string) => {
      const user = users.find((candidate) =>
        [candidate.handle, candidate.displayName.toLowerCase()].includes(name.toLowerCase()),
      );
      if (user) return `${before}<@${user.id}|${user.handle}>`;
      const group = [...context.state.usergroups.values()].find((candidate) => candidate.handle === name.toLowerCase());
      return group ? `${before}<!subteam^${group.id}|@${group.handle}>` : all;
    })
    .replace(/(^|[\s(])#([\p{L}\p{N}_-]+)/gu, (all, before: string, name: string) => {
      const channel = context.state.findChannel(name);
      return channel ? `${before}<#${channel.id}|${channel.name}>` : all;
    })
    .replace(/(^|\s)(https?:\/\/[^\s<>|]+)/g, '$1<$2>');
}

function slackbot(context: Context, channel: Channel, user: User, text: string, threadTs?: string): void {
  context.state.post({
    channel: channel.id,
    user: 'USLACKBOT',
    fromBot: false,
    username: 'Slackbot',
    text,
    onlyFor: user.id,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
}

/** A person writes in a channel, a thread, or to the app. @names become mentions. */
export function writeMessage(
  acting: Acting,
  userId: string,
  channelRef: string,
  text: string,
  threadTs?: string,
): string {
  const { context } = acting;
  const user = actor(acting, userId);
  const channel = channelNamed(acting, channelRef, user);
  const message = context.state.post({
    channel: channel.id,
    user: user.id,
    fromBot: false,
    text: commandText(context, text, true).replace(/<(@[UW][A-Z0-9]+)\|[^>]*>/g, '<$1>'),
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  context.emitMessage(message, channel);
  if (message.text.includes(`<@${context.state.identity.botUserId}>`)) {
    context.emit({ ...messageJson(context, message), type: 'app_mention', channel: channel.id, event_ts: message.ts });
  }
  return message.ts;
}

/** Adds a reaction, or takes it back when the person already has it. */
export function react(acting: Acting, userId: string, channelRef: string, ts: string, emoji: string): void {
  const { context } = acting;
  const user = actor(acting, userId);
  const channel = channelNamed(acting, channelRef, user);
  const message = context.state.message(channel.id, ts);
  if (!message) throw new Error(`no message ${ts} in ${channelRef}`);
  const name = emoji.replace(/^:|:$/g, '');
  const added = toggledReactions(message, name, user.id, true);
  const reactions = added ?? toggledReactions(message, name, user.id, false) ?? [];
  context.state.change(message, { reactions });
  context.emit({
    type: added ? 'reaction_added' : 'reaction_removed',
    user: user.id,
    reaction: name,
    item_user: message.user,
    item: { type: 'message', channel: channel.id, ts },
    event_ts: actionTs(acting),
  });
}

/** Opens the app's home tab. */
export function openHome(acting: Acting, userId: string): void {
  const { context } = acting;
  const user = actor(acting, userId);
  const channel = context.state.directChannel(user.id);
  context.emit({
    type: 'app_home_opened',
    user: user.id,
    channel: channel.id,
    tab: 'home',
    event_ts: actionTs(acting),
  });
}

/** Runs a global shortcut, or a message shortcut where `on` names the message. */
export async function runShortcut(
  acting: Acting,
  userId: string,
  callbackId: string,
  on?: { readonly channel: string; readonly ts: string },
): Promise<ActResult> {
  const { context } = acting;
  const user = actor(acting, userId);
  const known = context.manifest.shortcuts.find((shortcut) => shortcut.callbackId === callbackId);
  if (!known) throw new Error(`the manifest has no shortcut ${callbackId}`);
  const common = {
    ...payloadBase(acting, user),
    callback_id: callbackId,
    action_ts: actionTs(acting),
    trigger_id: context.triggers.issueTrigger(user.id),
  };
  const payload =
    known.kind === 'global' ? { type: 'shortcut', ...common } : { ...common, ...messageAction(acting, user, on) };
  const delivery = await acting.link.send({ type: 'interactive', acceptsResponse: false, payload });
  if (delivery.outcome !== 'acked') return failedDelivery(acting, user.id, known.name, delivery);
  return { ok: true, response: delivery.payload };
}

function messageAction(
  acting: Acting,
  user: User,
  on: { readonly channel: string; readonly ts: string } | undefined,
): JsonObject {
  const { context } = acting;
  const channel = on === undefined ? undefined : context.state.findChannel(on.channel);
  const message = on === undefined || !channel ? undefined : context.state.message(channel.id, on.ts);
  if (!channel || !message) throw new Error('a message shortcut needs a message: { channel, ts }');
  const original = { ts: message.ts, ephemeral: false };
  const path = context.triggers.issueResponsePath({ user: user.id, channel: channel.id, original });
  return {
    type: 'message_action',
    channel: { id: channel.id, name: channel.name || 'directmessage' },
    message: messageJson(context, message),
    message_ts: message.ts,
    response_url: `${context.baseUrl()}${path}`,
  };
}
