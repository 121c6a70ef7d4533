import { readFileSync } from 'node:fs';

/** Two folders up from both src/cli and dist/cli. */
const PACKAGE = new URL('../../package.json', import.meta.url);

export const VERSION: string = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;

/** The folder of the package: shipped rules, runbooks and manifest are below it. */
export const PACKAGE_ROOT: URL = new URL('../../', import.meta.url);
