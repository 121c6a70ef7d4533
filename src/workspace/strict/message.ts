import { blockList, messageCounts } from './blocks.ts';
import { type Check, every, isObject, list, type Problem, problemsOf, shape, text } from './check.ts';

/** `chat.postMessage` cuts text here; it does not refuse it. */
export const POST_TEXT_MAX = 40_000;
/** `chat.update` refuses longer text with `msg_too_long`. */
export const UPDATE_TEXT_MAX = 4_000;
/** Not in Slack's reference: `msg_blocks_too_long` was reported from about 13,200 characters on. */
export const BLOCKS_TOTAL_MAX = 13_000;
export const ATTACHMENTS_MAX = 100;
const METADATA_MAX = 10_000;

const messageBlocks = every(blockList('message'), messageCounts);

export interface Refusal {
  readonly error: string;
  readonly problems: readonly Problem[];
}

/** Blocks of a message: the error Slack would answer, or nothing. */
export function refuseMessageBlocks(blocks: unknown): Refusal | undefined {
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format', problems: [] };
  const problems = problemsOf(messageBlocks, blocks, '/blocks');
  if (problems.length > 0) return { error: 'invalid_blocks', problems };
  if (textLength(blocks) > BLOCKS_TOTAL_MAX) return { error: 'msg_blocks_too_long', problems: [] };
  return undefined;
}

/** Legacy attachments: Slack forgives nearly everything here but their number and the blocks inside. */
export function refuseAttachments(attachments: unknown): Refusal | undefined {
  if (!Array.isArray(attachments)) return { error: 'invalid_attachments', problems: [] };
  if (attachments.length > ATTACHMENTS_MAX) return { error: 'too_many_attachments', problems: [] };
  const problems = attachments.flatMap((attachment: unknown, index) =>
    isObject(attachment) && attachment['blocks'] !== undefined
      ? problemsOf(messageBlocks, attachment['blocks'], `/attachments/${index}/blocks`)
      : [],
  );
  return problems.length > 0 ? { error: 'invalid_attachments', problems } : undefined;
}

const metadataShape: Check = shape(
  {
    event_type: text({ max: 255 }),
    event_payload: (value, at, report) => {
      if (!isObject(value)) report('must provide an object', at);
    },
  },
  { entities: list(() => {}, { min: 0, max: 100 }) },
);

export function refuseMetadata(metadata: unknown): Refusal | undefined {
  const problems = problemsOf(metadataShape, metadata, '/metadata');
  if (problems.length > 0) return { error: 'invalid_metadata_format', problems };
  if (JSON.stringify(metadata).length > METADATA_MAX) return { error: 'metadata_too_large', problems: [] };
  return undefined;
}

/** Characters that people read, over all texts of the blocks. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + textLength(entry), 0);
  if (!isObject(value)) return 0;
  let sum = 0;
  for (const [name, entry] of Object.entries(value)) {
    if (name === 'text' && typeof entry === 'string') sum += entry.length;
    else if (typeof entry === 'object') sum += textLength(entry);
  }
  return sum;
}
