/** The font that the renderer brings along. */
export const FONT = 'DejaVu Sans';
export const INK = '#1f2328';
export const QUIET = '#59636e';

export interface TextLook {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly fill: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: 'bold';
}

/** One line of text. Whatever it holds, it stays text. */
export function text(look: TextLook, content: string): string {
  const { x, y, size, fill, anchor = 'start', weight } = look;
  const bold = weight === undefined ? '' : ' font-weight="bold"';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${bold}>${escapeXml(content)}</text>`;
}

/** What XML cannot hold at all is dropped: one such character in a label must not cost the chart. */
function escapeXml(content: string): string {
  return content
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** One line, bounded. */
export function cut(content: string, most: number): string {
  const line = content.replaceAll(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1).toWellFormed()}…` : line;
}

export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
