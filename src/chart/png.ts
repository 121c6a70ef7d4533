import { createRequire } from 'node:module';
import { renderAsync } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
/** Without a font of its own the renderer leaves text out without a word, and machines differ in what they have installed. */
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => require.resolve(`dejavu-fonts-ttf/ttf/${file}`));
const PIXEL_RATIO = 2;

/**
 * Draws an SVG of ours at twice its size, for screens of high density. The work is done beside the event loop: reading the fonts
 * alone takes tens of milliseconds. Rejects where the text is not well-formed.
 */
export async function svgToPng(svg: string): Promise<Buffer> {
  const image = await renderAsync(svg, {
    font: { loadSystemFonts: false, fontFiles: FONTS, defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: PIXEL_RATIO },
  });
  return image.asPng();
}
