import type { IncomingMessage } from 'node:http';
import { isObject, type JsonObject } from './strict/check.ts';

/** A body over this is cut off with 413: the workspace is a test tool, not a store. */
export const BODY_MAX = 50_000_000;

export class BodyTooLarge extends Error {}

export async function readBody(request: IncomingMessage, max = BODY_MAX): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > max) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Arguments of a Web API call from the query and a form, JSON or multipart body; the body wins. */
export async function readArguments(request: IncomingMessage, url: URL): Promise<JsonObject> {
  const query = Object.fromEntries(url.searchParams);
  if (request.method === 'GET' || request.method === 'HEAD') return query;
  const body = await readBody(request, 4_000_000);
  const type = request.headers['content-type'] ?? '';
  if (body.length === 0) return query;
  if (type.includes('application/json')) {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return { ...query, ...(isObject(parsed) ? parsed : {}) };
  }
  if (type.includes('multipart/form-data')) {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    return {
      ...query,
      ...Object.fromEntries(
        [...form.entries()].map(([name, value]) => [name, typeof value === 'string' ? value : value.name]),
      ),
    };
  }
  return { ...query, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
}

/** The bytes of an upload: the raw body, or the first file of a multipart form. */
export async function readUpload(request: IncomingMessage): Promise<Buffer> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.includes('multipart/form-data')) return body;
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  for (const [, value] of form) {
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  }
  return Buffer.alloc(0);
}
