import { type Answer, filled } from './answer.ts';
import type { SlackResult } from './client.ts';
import { failure, httpFailure } from './failure.ts';

/** A picture, and what a screen reader says instead of it. */
export interface SlackPicture {
  readonly filename: string;
  readonly title: string;
  readonly alt: string;
  readonly bytes: Buffer;
}

/** A channel's id, and a message of it to show the picture under. */
export interface PicturePlace {
  readonly channel: string;
  readonly threadTs?: string;
}

/** One call of a Web API method; `read` gives undefined for an answer that lacks what was asked for. */
type Call = <T>(
  method: string,
  args: Record<string, unknown>,
  read: (answer: Answer) => T | undefined,
) => Promise<SlackResult<T>>;

/**
 * Puts a picture into a channel or a thread: files.getUploadURLExternal, the bytes to the address it names, files.completeUploadExternal
 * (https://docs.slack.dev/messaging/working-with-files#upload). Only the last step shows anything to anybody.
 */
export async function uploadPicture(
  call: Call,
  place: PicturePlace,
  picture: SlackPicture,
  timeoutMs: number,
): Promise<SlackResult<undefined>> {
  const { filename, title, alt, bytes } = picture;
  const slot = await call(
    'files.getUploadURLExternal',
    { filename, length: bytes.length, alt_txt: alt.slice(0, 1000) },
    (answer) => {
      const url = filled(answer['upload_url']);
      const id = filled(answer['file_id']);
      return url !== undefined && id !== undefined && URL.canParse(url) ? { url, id } : undefined;
    },
  );
  if (slot.kind === 'failed') return slot;
  const handed = await hand(slot.value.url, bytes, timeoutMs);
  if (handed.kind === 'failed') return handed;
  const shown = await call(
    'files.completeUploadExternal',
    {
      files: [{ id: slot.value.id, title }],
      channel_id: place.channel,
      ...(place.threadTs !== undefined && { thread_ts: place.threadTs }),
    },
    () => ({ done: true }),
  );
  return shown.kind === 'ok' ? { kind: 'ok', value: undefined } : shown;
}

async function hand(url: string, bytes: Buffer, timeoutMs: number): Promise<SlackResult<undefined>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.ok ? { kind: 'ok', value: undefined } : httpFailure(response.status);
  } catch {
    // Bytes that were not handed over whole are shown to nobody.
    return failure('service_unavailable');
  }
}
