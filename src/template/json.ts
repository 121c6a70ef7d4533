import { formatTime } from './go-time.ts';
import { FunctionError } from './template-error.ts';
import type { Method, Value } from './values.ts';

const DEEPEST_JSON = 32;

/** JSON as Go's encoder writes it (`<`, `>` and `&` escaped, keys sorted); a struct's fields as the webhook names them. */
export function toJson(value: Value, depth = 0): string {
  if (depth > DEEPEST_JSON) throw new FunctionError(`nested deeper than ${DEEPEST_JSON}`);
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'string':
      return quote(value);
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'number':
      if (!Number.isFinite(value)) throw new FunctionError(`json: unsupported value: ${value}`);
      return JSON.stringify(value);
    default:
      break;
  }
  switch (value.kind) {
    case 'list':
      return `[${value.items.map((item) => toJson(item, depth + 1)).join(',')}]`;
    case 'map': {
      const keys = [...value.entries.keys()].sort();
      return `{${keys.map((key) => `${quote(key)}:${toJson(value.entries.get(key), depth + 1)}`).join(',')}}`;
    }
    case 'struct': {
      const parts: string[] = [];
      for (const [name, field] of value.fields) {
        if (!isMethod(field))
          parts.push(`${quote(name.charAt(0).toLowerCase() + name.slice(1))}:${toJson(field, depth + 1)}`);
      }
      return `{${parts.join(',')}}`;
    }
    case 'time':
      return quote(formatTime(value, '2006-01-02T15:04:05.999999999Z07:00'));
    case 'duration':
      return String(Math.round(value.ms * 1e6));
  }
}

function isMethod(field: Value | Method): field is Method {
  return typeof field === 'object' && field.kind === 'method';
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
