import { formatDurationValue, formatTime, GO_STRING_LAYOUT } from './go-time.ts';
import { formatFloat } from './number-format.ts';
import type { Value } from './values.ts';

const DEEPEST_PRINT = 16;

/** Text as Go's `%v` gives it: floats shortest with exponents from 1e6 on, maps `map[a:1 b:2]` in key order, lists `[1 2]`. */
export function printValue(value: Value, depth = 0): string {
  if (depth > DEEPEST_PRINT) return '…';
  switch (typeof value) {
    case 'undefined':
      return depth === 0 ? '<no value>' : '<nil>';
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return formatFloat(value, 'g', -1);
    default:
      break;
  }
  switch (value.kind) {
    case 'map': {
      const keys = [...value.entries.keys()].sort();
      return `map[${keys.map((key) => `${key}:${printValue(value.entries.get(key), depth + 1)}`).join(' ')}]`;
    }
    case 'list':
      return `[${value.items.map((item) => printValue(item, depth + 1)).join(' ')}]`;
    case 'struct': {
      const parts: string[] = [];
      for (const field of value.fields.values()) {
        if (typeof field === 'object' && field.kind === 'method') continue;
        parts.push(printValue(field, depth + 1));
      }
      return `{${parts.join(' ')}}`;
    }
    case 'time':
      return formatTime(value, GO_STRING_LAYOUT);
    case 'duration':
      return formatDurationValue(value.ms);
  }
}

/** Go's Sprint: a space between neighbours of which neither is a string. */
export function sprint(values: readonly Value[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const before = values[index - 1];
    if (index > 0 && typeof value !== 'string' && typeof before !== 'string') text += ' ';
    text += value === undefined ? '<nil>' : printValue(value);
  }
  return text;
}

/** Go's Sprintln: spaces between all, a newline at the end. */
export function sprintln(values: readonly Value[]): string {
  return `${values.map((value) => (value === undefined ? '<nil>' : printValue(value))).join(' ')}\n`;
}
