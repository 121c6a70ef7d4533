/** What Go writes as it is between quotes: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
]);

/** Go's strconv.Quote, or QuoteToASCII where `ascii`. */
export function quoteText(text: string, ascii: boolean): string {
  return `"${Array.from(text, (rune) => escaped(rune, '"', ascii)).join('')}"`;
}

/** Go's strconv.QuoteRune, or QuoteRuneToASCII where `ascii`. */
export function quoteRune(rune: string, ascii: boolean): string {
  return `'${escaped(rune, "'", ascii)}'`;
}

/** Whether Go can write the text between backquotes: no backquote, no control character but the tab, no byte order mark. */
export function canBackquote(text: string): boolean {
  return !Array.from(text).some(
    (rune) => rune === '`' || rune === '\uFEFF' || (rune < ' ' && rune !== '\t') || rune === '\x7f',
  );
}

export function isPrintable(rune: string): boolean {
  return PRINTABLE.test(rune);
}

function escaped(rune: string, mark: string, ascii: boolean): string {
  if (rune === mark) return `\\${rune}`;
  const short = SHORT_ESCAPES.get(rune);
  if (short !== undefined) return short;
  const code = rune.codePointAt(0) ?? 0;
  if (isPrintable(rune) && (!ascii || code < 0x7f)) return rune;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
