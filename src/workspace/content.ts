import { randomBytes } from 'node:crypto';
import type { Context } from './context.ts';
import { ApiError, type Call, refused } from './methods/call.ts';
import { isObject, type JsonObject } from './strict/check.ts';
import { POST_TEXT_MAX, refuseAttachments, refuseMessageBlocks, refuseMetadata } from './strict/message.ts';

/** What a message says, checked. Absent parts were not given. */
export interface Content {
  readonly text?: string;
  readonly blocks?: readonly JsonObject[];
  readonly attachments?: readonly JsonObject[];
  readonly metadata?: JsonObject;
}

/** Reads and checks text, blocks, attachments and metadata of a call; throws what Slack would answer. */
export function readContent(call: Call): Content {
  const { context } = call;
  const blocks = call.has('blocks') ? call.structured('blocks', 'invalid_blocks_format') : undefined;
  const attachments = call.has('attachments') ? call.structured('attachments', 'invalid_attachments') : undefined;
  const metadata = call.has('metadata') ? call.structured('metadata', 'invalid_metadata_format') : undefined;
  const markdown = call.text('markdown_text');
  if (markdown !== '' && (call.has('text') || blocks !== undefined)) throw new ApiError('markdown_text_conflict');
  if (markdown.length > 12_000) throw new ApiError('msg_too_long');
  if (context.strict) checkContent(context, { blocks, attachments, metadata });
  if (blocks !== undefined && !call.has('text') && !call.has('attachments')) {
    call.warnings.push('no top-level text: notifications and screen readers get nothing');
  }
  const said = `${call.text('text')} ${blocks === undefined ? '' : JSON.stringify(blocks)}`;
  for (const mention of said.match(/<!(?:channel|everyone|here)(?:\|[^>]*)?>/g) ?? []) {
    call.warnings.push(`mentions many people: ${mention}`);
  }
  const shown = markdown === '' ? blocks : [{ type: 'markdown', text: markdown }];
  return {
    ...(call.args['text'] === undefined || call.args['text'] === null ? {} : { text: call.text('text') }),
    ...(Array.isArray(shown) ? { blocks: withIds(shown.filter(isObject)) } : {}),
    ...(Array.isArray(attachments) ? { attachments: attachmentsWithIds(attachments.filter(isObject)) } : {}),
    ...(isObject(metadata) ? { metadata } : {}),
  };
}

function checkContent(context: Context, parts: { blocks: unknown; attachments: unknown; metadata: unknown }): void {
  const { blocks, attachments, metadata } = parts;
  const refusal =
    (blocks === undefined ? undefined : refuseMessageBlocks(blocks)) ??
    (attachments === undefined ? undefined : refuseAttachments(attachments)) ??
    (metadata === undefined || isEmptyObject(metadata) ? undefined : refuseMetadata(metadata));
  if (refusal) throw refused(refusal);
  for (const pointer of missingFiles(context, blocks, '/blocks')) {
    throw refused({ error: 'invalid_blocks', problems: [{ message: 'invalid slack file', pointer }] });
  }
}

/** Text as `chat.postMessage` keeps it: cut, not refused. */
export function cutText(call: Call, text: string): string {
  if (text.length <= POST_TEXT_MAX) return text;
  call.warnings.push(`text cut from ${text.length} to ${POST_TEXT_MAX} characters`);
  return text.slice(0, POST_TEXT_MAX);
}

export function isEmptyObject(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function missingFiles(context: Context, value: unknown, at: string): string[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => missingFiles(context, entry, `${at}/${index}`));
  if (!isObject(value)) return [];
  const file = value['slack_file'];
  if (isObject(file)) {
    const url = file['url'];
    const id = typeof file['id'] === 'string' ? file['id'] : /\/_files\/(F[A-Z0-9]+)\//.exec(String(url))?.[1];
    if (context.state.files.get(id ?? '')?.completed !== true) return [`${at}/slack_file`];
  }
  return Object.entries(value).flatMap(([name, entry]) =>
    typeof entry === 'object' ? missingFiles(context, entry, `${at}/${name}`) : [],
  );
}

const INTERACTIVE = /button|select|picker|overflow|checkboxes|input/;

/** Gives every block a block_id and every interactive element an action_id, as Slack does. */
export function withIds(blocks: readonly JsonObject[]): JsonObject[] {
  return blocks.map((block) => {
    const next: Record<string, unknown> = { ...block };
    next['block_id'] ??= shortId();
    if (isObject(block['accessory'])) next['accessory'] = actionable(block['accessory']);
    if (isObject(block['element'])) next['element'] = actionable(block['element']);
    if (block['type'] === 'actions' && Array.isArray(block['elements'])) {
      next['elements'] = block['elements'].map((element: unknown) =>
        isObject(element) ? actionable(element) : element,
      );
    }
    if (Array.isArray(block['child_blocks'])) next['child_blocks'] = withIds(block['child_blocks'].filter(isObject));
    return next;
  });
}

function attachmentsWithIds(attachments: readonly JsonObject[]): JsonObject[] {
  return attachments.map((attachment, index) => ({
    id: index + 1,
    ...attachment,
    ...(Array.isArray(attachment['blocks']) ? { blocks: withIds(attachment['blocks'].filter(isObject)) } : {}),
  }));
}

function actionable(element: JsonObject): JsonObject {
  if (element['action_id'] !== undefined || !INTERACTIVE.test(String(element['type']))) return element;
  return { ...element, action_id: shortId() };
}

function shortId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}
