import type { Position } from '../document/position.ts';

/**
 * Where the character at `offset` of a YAML scalar's value stands in the file. `start` is where the scalar begins (its quote, its
 * `|` or `>`, or its first character). Folding and indentation only move white space, so the place is found by counting the
 * other characters; a line's end is found behind the character before it.
 */
export function scalarPosition(text: string, start: Position, value: string, offset: number): Position {
  const lines = text.split('\n');
  let line = start.line - 1;
  let col = start.col - 1;
  const head = (lines[line] ?? '').slice(col);
  const block = /^[|>][-+\d]*\s*(?:#.*)?$/.test(head.trimEnd());
  const quote = head.startsWith('"') ? '"' : head.startsWith("'") ? "'" : '';
  if (block) {
    line += 1;
    col = 0;
  } else if (quote !== '') {
    col += 1;
  }
  const before = value.slice(0, offset);
  const wanted = before.replace(/\s/g, '').length;
  // Behind everything there is no further character to find: point just behind the last one.
  const behind = value.slice(offset).trim() === '';
  let seen = 0;
  let last: Position = { file: start.file, line: line + 1, col: col + 1 };
  while (line < lines.length) {
    const current = lines[line] ?? '';
    while (col < current.length) {
      const c = current[col] ?? '';
      if (/\s/.test(c)) {
        col += 1;
        continue;
      }
      const place: Position = { file: start.file, line: line + 1, col: col + 1 };
      if (seen === wanted && !behind) return place;
      const width = escapeWidth(current, col, quote);
      seen += width.counts ? 1 : 0;
      col += width.raw;
      last = { ...place, col: place.col + width.raw };
      if (seen === wanted && behind) return last;
    }
    line += 1;
    col = 0;
  }
  return last;
}

/** How many raw characters make the next one, and whether it is white space in the value (`\n`, `\t`). */
function escapeWidth(line: string, col: number, quote: string): { raw: number; counts: boolean } {
  if (quote === "'" && line.startsWith("''", col)) return { raw: 2, counts: true };
  if (quote === '"' && line[col] === '\\') {
    const next = line[col + 1] ?? '';
    const raw = next === 'x' ? 4 : next === 'u' ? 6 : next === 'U' ? 10 : 2;
    return { raw, counts: !/[ntr ]/.test(next) };
  }
  return { raw: 1, counts: true };
}
