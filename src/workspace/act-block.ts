import { type Acting, type ActResult, actionTs, actor, type ClickTarget, failedDelivery, payloadBase } from './act.ts';
import { elementsOf, type FoundElement, findElement, stateValues, valueFields } from './element-state.ts';
import type { Message, StateValues, User, View } from './model.ts';
import { isObject, type JsonObject } from './strict/check.ts';
import { topView } from './view-stack.ts';
import { messageJson, viewJson } from './wire.ts';

/** What a person clicks on: a message or a view, with the element found in it. */
type Surface = { readonly kind: 'message'; readonly message: Message } | { readonly kind: 'view'; readonly view: View };

/** Clicks a button or chooses in a menu, and tells the app. Throws where there is no such element: a test's mistake. */
export async function click(acting: Acting, userId: string, target: ClickTarget): Promise<ActResult> {
  const user = actor(acting, userId);
  const surface = surfaceOf(acting, user, target);
  const blocks = blocksOf(surface);
  const found = findElement(blocks, target.actionId, target.blockId);
  if (!found) throw new Error(`no element ${target.actionId} there; there are: ${idsOf(blocks)}`);
  const value = target.selectedOption ?? target.value;
  const fields = valueFields(found.element, value);
  const values = remember(acting, user, surface, target, found);
  const payload = {
    type: 'block_actions',
    ...payloadBase(acting, user),
    trigger_id: acting.context.triggers.issueTrigger(user.id),
    ...place(acting, user, surface, values),
    actions: [actionJson(acting, found, fields)],
  };
  const delivery = await acting.link.send({ type: 'interactive', acceptsResponse: false, payload });
  if (delivery.outcome !== 'acked') return failedDelivery(acting, user.id, 'This action', delivery);
  return { ok: true, response: delivery.payload };
}

/** Asks the app for the options of an external select. */
export async function suggest(acting: Acting, userId: string, target: ClickTarget, query: string): Promise<ActResult> {
  const user = actor(acting, userId);
  const surface = surfaceOf(acting, user, target);
  const found = findElement(blocksOf(surface), target.actionId, target.blockId);
  if (!found) throw new Error(`no element ${target.actionId} there`);
  const { response_url: _none, state: _state, ...where } = place(acting, user, surface, {});
  const payload = {
    type: 'block_suggestion',
    ...payloadBase(acting, user),
    ...where,
    action_id: found.element['action_id'],
    block_id: found.block['block_id'],
    value: query,
  };
  const delivery = await acting.link.send({ type: 'interactive', acceptsResponse: true, payload });
  if (delivery.outcome !== 'acked') return failedDelivery(acting, user.id, 'Loading the options', delivery);
  return { ok: true, response: delivery.payload };
}

function surfaceOf(acting: Acting, user: User, target: ClickTarget): Surface {
  const { state } = acting.context;
  if (target.surface !== undefined) {
    const view = target.surface === 'modal' ? topView(state, user.id) : state.homes.get(user.id);
    if (!view) throw new Error(`${user.displayName} has no ${target.surface} open`);
    return { kind: 'view', view };
  }
  const channel = state.findChannel(target.channel ?? '');
  if (!channel) throw new Error(`no channel ${String(target.channel)}`);
  const ts = target.ts ?? '';
  const message = state.message(channel.id, ts) ?? state.ephemeral(channel.id, ts);
  if (!message) throw new Error(`no message ${ts} in ${channel.name || channel.id}`);
  if (message.onlyFor !== undefined && message.onlyFor !== user.id)
    throw new Error(`${user.displayName} cannot see that message`);
  return { kind: 'message', message };
}

function blocksOf(surface: Surface): readonly JsonObject[] {
  if (surface.kind === 'view') return surface.view.blocks;
  const { blocks = [], attachments = [] } = surface.message;
  const attached = attachments.flatMap((attachment) =>
    Array.isArray(attachment['blocks']) ? attachment['blocks'].filter(isObject) : [],
  );
  return [...blocks, ...attached];
}

function idsOf(blocks: readonly JsonObject[]): string {
  return (
    elementsOf(blocks)
      .map(({ element }) => String(element['action_id']))
      .join(', ') || 'none'
  );
}

/** Keeps what was chosen, so that later payloads carry it in `state.values`. */
function remember(acting: Acting, user: User, surface: Surface, target: ClickTarget, found: FoundElement): StateValues {
  const { state } = acting.context;
  const value = target.selectedOption ?? target.value;
  const key = `${String(found.block['block_id'])}/${String(found.element['action_id'])}`;
  const given = { ...target.values, ...(value === undefined ? {} : { [key]: value }) };
  if (surface.kind === 'view') {
    const values = stateValues(surface.view.blocks, surface.view.values, given);
    const next = { ...surface.view, values };
    if (next.type === 'home') state.homes.set(user.id, next);
    else state.views.set(next.id, next);
    return values;
  }
  const { channel, ts } = surface.message;
  const place = `${user.id} ${channel} ${ts}`;
  const values = stateValues(blocksOf(surface), state.messageValues.get(place) ?? {}, given);
  state.messageValues.set(place, values);
  return values;
}

function place(acting: Acting, user: User, surface: Surface, values: StateValues): JsonObject {
  const { context } = acting;
  if (surface.kind === 'view') {
    const view = context.state.views.get(surface.view.id) ?? context.state.homes.get(user.id) ?? surface.view;
    return { container: { type: 'view', view_id: view.id }, view: viewJson(context, view) };
  }
  const { message } = surface;
  const channel = context.state.channels.get(message.channel);
  const isEphemeral = message.onlyFor !== undefined;
  const path = context.triggers.issueResponsePath({
    user: user.id,
    channel: message.channel,
    original: { ts: message.ts, ephemeral: isEphemeral },
    ...(message.threadTs === undefined || message.threadTs === message.ts ? {} : { threadTs: message.threadTs }),
  });
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    channel: { id: message.channel, name: channel?.kind === 'im' ? 'directmessage' : (channel?.name ?? '') },
    ...(isEphemeral ? {} : { message: messageJson(context, message) }),
    state: { values },
    response_url: `${context.baseUrl()}${path}`,
  };
}

function actionJson(acting: Acting, { block, element }: FoundElement, fields: JsonObject): JsonObject {
  const { type, action_id, text, style, placeholder, confirm } = element;
  return {
    type,
    action_id,
    block_id: block['block_id'],
    ...(text === undefined ? {} : { text }),
    ...(style === undefined ? {} : { style }),
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(confirm === undefined ? {} : { confirm }),
    ...fields,
    action_ts: actionTs(acting),
  };
}
