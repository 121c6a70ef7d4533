const HTML: ReadonlyMap<string, string> = new Map([
  ['\u{0}', '\u{fffd}'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** Go's HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return replaceEach(text, HTML);
}

const JAVASCRIPT: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
  ['&', '\\u0026'],
  ['=', '\\u003D'],
]);

/** Go's JSEscapeString: what is not printable becomes `\uXXXX`. */
export function escapeJavaScript(text: string): string {
  let out = '';
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    const known = JAVASCRIPT.get(c);
    if (known !== undefined) out += known;
    else if (code < 32 || code === 127) out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    else out += c;
  }
  return out;
}

/** Go's url.QueryEscape: a space becomes `+`, only letters, digits and `-_.~` stay. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function replaceEach(text: string, table: ReadonlyMap<string, string>): string {
  let out = '';
  for (const c of text) out += table.get(c) ?? c;
  return out;
}
