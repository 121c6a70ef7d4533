// Copies what tsc does not: pages, styles and browser scripts that stand beside the code.
import { chmodSync, cpSync, readdirSync, statSync } from 'node:fs';
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
