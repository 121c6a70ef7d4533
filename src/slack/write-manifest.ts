import { writeFileSync } from 'node:fs';
import { buildManifest, manifestText } from './manifest.ts';

/** Run after a change of the registries: `npx tsx src/slack/write-manifest.ts`. A test compares the file with the registries. */
writeFileSync(new URL('../../manifest.json', import.meta.url), manifestText(buildManifest()));
