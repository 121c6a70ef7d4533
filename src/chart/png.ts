import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
/** Without a font of its own the renderer leaves text out without a word, and machines differ in what they have installed. */
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => require.resolve(`dejavu-fonts-ttf/ttf/${file}`));
const PIXEL_RATIO = 2;

/** Draws an SVG of ours at twice its size, for screens of high density. @throws where it is not well-formed */
export function svgToPng(svg: string): Buffer {
  const image = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles: FONTS, defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: PIXEL_RATIO },
  });
  return image.render().asPng();
}
