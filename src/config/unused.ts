import type { Problem } from '../document/position.ts';
import type { Located } from '../document/schema.ts';
import type { WatchroomFile } from './schema.ts';

/** Keys that are read and checked, but that this release does nothing with. Said, so that nobody relies on them. */
const NOT_YET = ['remote', 'events', 'gate'] as const;

export function unusedKeys(settings: WatchroomFile, located: Located<WatchroomFile>): Problem[] {
  return NOT_YET.filter((key) => Object.keys(settings[key]).length > 0).map((key) => ({
    severity: 'warning',
    at: located.at([key], 'key'),
    message: `${key} is not used by this release`,
  }));
}
