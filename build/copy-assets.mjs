// Copies what tsc does not: the workspace page's HTML, CSS and browser script.
import { chmodSync, cpSync, existsSync } from 'node:fs';

if (existsSync('src/workspace/page')) {
  cpSync('src/workspace/page', 'dist/workspace/page', { recursive: true, filter: (file) => !file.endsWith('.ts') });
}
if (existsSync('dist/main.js')) chmodSync('dist/main.js', 0o755);
