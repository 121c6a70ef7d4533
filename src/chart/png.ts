import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** Without a font of its own the renderer leaves text out without a word, and machines differ in what they have installed. */
const FONTS = ['dejavu-fonts-ttf/ttf/DejaVuSans.ttf', 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'];
const PIXEL_RATIO = 2;

/**
 * Draws an SVG of ours at twice its size, for screens of high density. The work is done beside the event loop: reading the fonts
 * alone takes tens of milliseconds. The renderer is loaded with the first picture: a platform for which there is none loses its
 * pictures, not its alerts. Rejects where the text is not well-formed.
 */
export async function svgToPng(svg: string): Promise<Buffer> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const fontFiles = FONTS.map((file) => require.resolve(file));
  const image = await renderAsync(svg, {
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: PIXEL_RATIO },
  });
  return image.asPng();
}
