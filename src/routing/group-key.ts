import type { Labels } from '../labels/labels.ts';
import type { Matcher, MatchOperator } from '../labels/matcher.ts';

/** Alertmanager's order of matchers inside a route key: by name, then value, then operator. */
const OPERATORS: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];

export function sortMatchers(matchers: readonly Matcher[]): Matcher[] {
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return matchers.toSorted(
    (a, b) =>
      order(a.name, b.name) || order(a.value, b.value) || OPERATORS.indexOf(a.operator) - OPERATORS.indexOf(b.operator),
  );
}

/** `{a="x",b=~"y"}`: matchers as Alertmanager writes them into route keys. They must be sorted. */
export function printMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(printOne).join(',')}}`;
}

function printOne(m: Matcher): string {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(m.name) ? m.name : goQuote(m.name);
  const value = m.value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `${name}${m.operator}"${value}"`;
}

/** `{a="x", b="y"}`: a label set as Alertmanager writes it into group keys. */
export function printLabels(labels: Labels): string {
  let printed = '';
  for (let index = 0; index < labels.size; index += 1)
    printed += `${index > 0 ? ', ' : ''}${labels.nameAt(index)}=${goQuote(labels.valueAt(index))}`;
  return `{${printed}}`;
}

const SHORT: Readonly<Record<string, string>> = {
  '\u{7}': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};
/** Printable ASCII that needs no escape: nearly every value. */
const PLAIN = /^[ !#-[\]-~]*$/;
/** What Go's strconv.IsPrint refuses: everything but letters, marks, numbers, punctuation, symbols and the plain space. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** Go's `%q`. */
function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const char of text) {
    const short = SHORT[char];
    if (short !== undefined) quoted += short;
    else if (!UNPRINTABLE.test(char)) quoted += char;
    else {
      const code = char.codePointAt(0) ?? 0;
      if (code < 0x80) quoted += `\\x${code.toString(16).padStart(2, '0')}`;
      else if (code > 0xffff) quoted += `\\U${code.toString(16).padStart(8, '0')}`;
      else quoted += `\\u${code.toString(16).padStart(4, '0')}`;
    }
  }
  return `${quoted}"`;
}
