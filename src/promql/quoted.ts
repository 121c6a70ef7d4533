const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/suy;

/** Offset just after the string that starts at `start`, undefined where it does not end (or spans lines without backquotes). */
export function quotedEnd(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    const character = text[i];
    if (character === quote) return i + 1;
    if (quote === '`') continue;
    if (character === '\n') return undefined;
    if (character === '\\') i += 1;
  }
  return undefined;
}

/** What is wrong with the string that starts at `start`, in Prometheus' words; undefined where nothing is. */
export function stringFault(text: string, start: number): string | undefined {
  const quote = text[start] ?? '';
  const raw = quote === '`';
  for (let i = start + 1; ; i++) {
    const character = text[i];
    if (character === quote) return undefined;
    if (character === undefined || (character === '\n' && !raw)) {
      return raw ? 'unterminated raw string' : 'unterminated quoted string';
    }
    if (character === '\u{fffd}') return 'invalid UTF-8 rune';
    if (character !== '\\' || raw) continue;
    const fault = escapeFault(text, i + 1, quote);
    if (fault !== undefined) return fault;
    i += 1;
  }
}

/** Digits that follow `\x`, `\u`, `\U`. */
const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function escapeFault(text: string, at: number, quote: string): string | undefined {
  const [first] = text.slice(at, at + 2);
  if (first === undefined) return 'escape sequence not terminated';
  if (first === quote || Object.hasOwn(ESCAPES, first)) return undefined;
  const octal = /[0-7]/.test(first);
  const length = octal ? 3 : ESCAPE_DIGITS[first];
  if (length === undefined) return `unknown escape sequence ${codePoint(first)}`;
  const from = octal ? at : at + 1;
  let value = 0;
  for (let i = from; i < from + length && i < text.length; i++) {
    const [digit = ''] = text.slice(i, i + 2);
    if (!(octal ? /[0-7]/ : /[0-9a-fA-F]/).test(digit)) {
      return `illegal character ${codePoint(digit)} in escape sequence`;
    }
    value = value * (octal ? 8 : 16) + Number.parseInt(digit, 16);
  }
  if (from + length > text.length) return 'escape sequence not terminated';
  const most = octal || first === 'x' ? 255 : 0x10ffff;
  const valid = value <= most && !(value >= 0xd800 && value < 0xe000);
  return valid ? undefined : 'escape sequence is an invalid Unicode code point';
}

function codePoint(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${character}'`;
}

/**
 * The text of a quoted string with Go's escapes. Bytes written as `\xNN` or `\NNN` are UTF-8; bytes that are not valid UTF-8
 * become lone surrogates (U+DC80 + byte - 0x80), so that `isWellFormed` tells. undefined for a bad escape.
 */
export function unquote(quoted: string): string | undefined {
  const quote = quoted[0] ?? '';
  const inner = quoted.slice(1, -1);
  if (quote === '`' || !inner.includes('\\')) return inner;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < inner.length; ) {
    if (inner[i] !== '\\') {
      const [character = ''] = inner.slice(i, i + 2);
      bytes.push(...encoder.encode(character));
      i += character.length;
      continue;
    }
    ESCAPE.lastIndex = i;
    const found = ESCAPE.exec(inner);
    if (!found || !pushEscape(bytes, found, quote)) return undefined;
    i += found[0].length;
  }
  return decodeUtf8(bytes);
}

function pushEscape(bytes: number[], found: RegExpExecArray, quote: string): boolean {
  const [, hex, octal, short, long, single] = found;
  if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
  else if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    if (value > 255) return false;
    bytes.push(value);
  } else if (short !== undefined || long !== undefined) {
    const point = Number.parseInt(short ?? long ?? '', 16);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    bytes.push(...new TextEncoder().encode(String.fromCodePoint(point)));
  } else {
    const text = single === quote ? quote : Object.hasOwn(ESCAPES, single ?? '') ? ESCAPES[single ?? ''] : undefined;
    if (text === undefined) return false;
    bytes.push(...new TextEncoder().encode(text));
  }
  return true;
}

function decodeUtf8(bytes: readonly number[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    let length = 0;
    for (let size = 1; size <= 4 && i + size <= bytes.length && length === 0; size++) {
      try {
        text += decoder.decode(Uint8Array.from(bytes.slice(i, i + size)));
        length = size;
      } catch {
        // Not a whole character yet, or never one.
      }
    }
    if (length === 0) text += String.fromCharCode(0xdc00 + (bytes[i] ?? 0));
    i += Math.max(1, length);
  }
  return text;
}

/** A double-quoted string that `unquote` reads back; bytes that are not UTF-8 are written as `\xNN`. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character === '\n') out += '\\n';
    else if (character === '\t') out += '\\t';
    else if (character === '\r') out += '\\r';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code >= 0xd800 && code < 0xe000) out += `\\x${(code & 0xff).toString(16).padStart(2, '0')}`;
    else out += character;
  }
  return `${out}"`;
}
