import { listOf, numberOf, textOf, timeOf } from './arguments.ts';
import { escapeHtml } from './escape.ts';
import type { Functions, TemplateFunction } from './execute.ts';
import { formatTime, inZone } from './go-time.ts';
import { humanizeDuration } from './humanize.ts';
import { toJson } from './json.ts';
import { FunctionError } from './template-error.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { list, type MapValue, type Value } from './values.ts';

/** The functions of Alertmanager's notification templates; `since` counts to `now` (epoch ms). */
export function alertmanagerFunctions(now: number): Functions {
  return new Map<string, TemplateFunction>([
    ...TEXT_FUNCTIONS,
    ['title', (text) => title(textOf(text))],
    ['trimSpace', (text) => textOf(text).trim()],
    ['join', (separator, items) => listOf(items).items.map(textOf).join(textOf(separator))],
    ['stringSlice', (...items) => list(items.map(textOf))],
    ['safeUrl', (text) => textOf(text)],
    ['urlUnescape', (text) => urlUnescape(textOf(text))],
    ['htmlEscape', (text) => escapeHtml(textOf(text))],
    ['date', (layout, at) => formatTime(timeOf(at), textOf(layout))],
    ['tz', (zone, at) => inZone(timeOf(at), textOf(zone))],
    ['since', (at) => ({ kind: 'duration', ms: now - timeOf(at).ms })],
    ['humanizeDuration', (value) => humanizeDuration(numberOf(value))],
    ['toJson', (value) => toJson(value)],
    ['list', (...items) => list(items)],
    ['append', (to, ...items) => list([...listOf(to).items, ...items])],
    ['dict', dict],
  ]);
}

/** Each word's first letter upper-case, the rest lower-case; an apostrophe does not start a word. */
function title(text: string): string {
  return text.toLowerCase().replace(/(?<![\p{L}\p{N}_'’])\p{L}/gu, (letter) => letter.toUpperCase());
}

function urlUnescape(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new FunctionError(`invalid URL escape in ${JSON.stringify(text)}`);
  }
}

function dict(...args: Value[]): MapValue {
  if (args.length % 2 !== 0) throw new FunctionError('dict expects an even number of arguments');
  const entries = new Map<string, Value>();
  for (let i = 0; i < args.length; i += 2) entries.set(textOf(args[i]), args[i + 1]);
  return { kind: 'map', entries, missing: undefined };
}
