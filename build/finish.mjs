// Copies what tsc does not (pages, styles, browser scripts) and makes `npx watchroom` work in a checkout.
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ASSET = /\.(?:html|css|js|svg|ttf|png)$/;

function copyTree(from, to) {
  for (const name of readdirSync(from)) {
    const source = join(from, name);
    if (statSync(source).isDirectory()) copyTree(source, join(to, name));
    else if (ASSET.test(name)) cpSync(source, join(to, name));
  }
}

copyTree('src', 'dist');
chmodSync('dist/main.js', 0o755);

// npx looks into node_modules/.bin first; without this link it would build the checkout anew in its own cache.
const bin = 'node_modules/.bin';
if (existsSync(bin) && process.platform !== 'win32') {
  rmSync(join(bin, 'watchroom'), { force: true });
  symlinkSync('../../dist/main.js', join(bin, 'watchroom'));
}
