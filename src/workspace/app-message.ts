import { cutText, readContent } from './content.ts';
import type { Context } from './context.ts';
import { ApiError, Call } from './methods/call.ts';
import type { Message } from './model.ts';
import { isObject, type JsonObject } from './strict/check.ts';
import type { ResponseTarget } from './triggers.ts';

/** What became of a message that an app sent outside the Web API: in an acknowledgement or to a response_url. */
export type AppMessageOutcome =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: string; readonly problems: readonly string[] };

/** Applies `replace_original`, `delete_original`, `response_type`; a bare string is an ephemeral text, as in Slack. */
export function applyAppMessage(context: Context, target: ResponseTarget, body: unknown): AppMessageOutcome {
  const args: JsonObject = isObject(body) ? body : typeof body === 'string' ? { text: body } : {};
  const call = new Call(context, args);
  try {
    if (call.flag('delete_original')) deleteOriginal(context, target);
    else write(call, target);
    return { ok: true, warnings: call.warnings };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { errors } = error.extra;
    return { ok: false, error: error.code, problems: Array.isArray(errors) ? errors.map(String) : [] };
  }
}

function write(call: Call, target: ResponseTarget): void {
  const { context } = call;
  const content = readContent(call);
  const text = cutText(call, content.text ?? '');
  if (text === '' && (content.blocks ?? []).length === 0 && (content.attachments ?? []).length === 0)
    throw new ApiError('no_text');
  const said = { ...content, text };
  if (call.flag('replace_original')) {
    const original = originalOf(context, target);
    if (!original) throw new ApiError('message_not_found');
    const { blocks: _blocks, attachments: _attachments, ...kept } = original;
    context.state.replace({ ...kept, ...said });
    return;
  }
  const channel = context.state.channels.get(target.channel);
  if (!channel) throw new ApiError('channel_not_found');
  const threadTs = call.text('thread_ts') || target.threadTs;
  const isPublic = call.text('response_type') === 'in_channel';
  const message = context.state.post({
    ...said,
    channel: target.channel,
    user: context.state.identity.botUserId,
    fromBot: true,
    ...(threadTs === undefined || threadTs === '' ? {} : { threadTs }),
    ...(isPublic ? {} : { onlyFor: target.user }),
  });
  if (isPublic && channel.members.has(context.state.identity.botUserId)) context.emitMessage(message, channel);
}

function originalOf(context: Context, { channel, original }: ResponseTarget): Message | undefined {
  if (!original) return undefined;
  return original.ephemeral
    ? context.state.ephemeral(channel, original.ts)
    : context.state.message(channel, original.ts);
}

function deleteOriginal(context: Context, target: ResponseTarget): void {
  const original = originalOf(context, target);
  if (!original) throw new ApiError('message_not_found');
  context.state.remove(original);
}
