import { parseDateTime } from './date-time.ts';
import { invalid, type Refusal } from './refusal.ts';

/** The fields of one JSON object, for the functions here: a field that is null is the same as none, as Go reads it. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a body is about, for messages: `alerts`, `silence`. */
export type BodyName = 'alerts' | 'silence';

/** @throws Refusal where the value is not an object */
export function fieldsOf(value: unknown, body: BodyName): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(body, `json: cannot unmarshal ${kindOf(value)} where an object is expected`);
  }
  return value as Fields;
}

/** Own fields only: `constructor` is a name like any other. */
export function fieldOf(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

/** @throws Refusal where the field is there and not a string */
export function textOf(fields: Fields, name: string, body: BodyName): string | undefined {
  const value = fieldOf(fields, name);
  if (value === undefined || typeof value === 'string') return value?.toWellFormed();
  throw wrongKind(body, name, value, 'string');
}

export function flagOf(fields: Fields, name: string, body: BodyName): boolean | undefined {
  const value = fieldOf(fields, name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongKind(body, name, value, 'bool');
}

/** Epoch ms. Go's zero time and empty text mean that there is none. @throws Refusal where the text is not a time */
export function instantOf(fields: Fields, name: string, body: BodyName): number | undefined {
  const text = textOf(fields, name, body);
  if (text === undefined || text === '') return undefined;
  const at = parseDateTime(text);
  if (at === undefined) throw unreadable(body, `parsing time ${JSON.stringify(text)}: it is not an RFC 3339 date-time`);
  return at === 'zero' ? undefined : at;
}

/** Names to texts; null is empty text. @throws Refusal where a value is not a string */
export function textsOf(fields: Fields, name: string, body: BodyName): Readonly<Record<string, string>> | undefined {
  const value = fieldOf(fields, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongKind(body, name, value, 'object');
  const texts = value as Record<string, unknown>;
  let hasNull = false;
  for (const key of Object.keys(texts)) {
    const text = texts[key];
    if (text === null) hasNull = true;
    else if (typeof text !== 'string') throw wrongKind(body, name, text, 'string');
  }
  const filled = hasNull ? Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text ?? ''])) : texts;
  return filled as Record<string, string>;
}

/** The body could not be read: go-openapi's words. */
export function unreadable(body: BodyName, reason: string): Refusal {
  return invalid(400, `parsing ${body} body from "" failed, because ${reason}`);
}

function wrongKind(body: BodyName, name: string, value: unknown, wanted: string): Refusal {
  return unreadable(body, `json: cannot unmarshal ${kindOf(value)} into field ${name} of type ${wanted}`);
}

/** Go's word for a JSON value. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
