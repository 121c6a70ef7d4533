import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { DocumentError } from '../document/position.ts';
import { LARGEST_DOCUMENT_BYTES } from '../document/yaml.ts';

/** A text file, and the name people know it by: as they wrote it, relative to where they are. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** @throws DocumentError where it cannot be read, is not a regular file, or is larger than a document may be. */
export function readTextFile(path: string, shownAs: string): TextFile {
  const refuse = (message: string): never => {
    throw new DocumentError([{ severity: 'error', at: { file: shownAs, line: 1, col: 1 }, message }]);
  };
  try {
    const facts = statSync(path);
    if (!facts.isFile()) return refuse('is not a regular file');
    if (facts.size > LARGEST_DOCUMENT_BYTES) return refuse(`larger than ${LARGEST_DOCUMENT_BYTES} bytes`);
    return { path: shownAs, text: readFileSync(path, 'utf8') };
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    return refuse(`cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`);
  }
}

/** How a file is named to people: relative to the working directory where it is below it. */
export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}

/**
 * The files a pattern means, sorted. `*` and `?` stand in the last segment only, as in Prometheus' file lists. A pattern without them
 * is returned as it is, whether the file exists or not, so that a missing file is an error and not an empty list.
 */
export function expandPattern(pattern: string, baseDir: string): string[] {
  const path = isAbsolute(pattern) ? pattern : resolve(baseDir, pattern);
  const folder = dirname(path);
  const last = path.slice(folder.length + 1);
  if (!/[*?]/.test(last)) return [path];
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => fits(name, last))
    .map((name) => join(folder, name))
    .toSorted();
}

/** Whether a name fits a glob of `*` and `?`, in time linear in name × pattern. */
function fits(name: string, glob: string): boolean {
  let reachable = new Set([0]);
  const skipStars = (from: Set<number>): Set<number> => {
    const all = new Set(from);
    for (const at of all) if (glob[at] === '*') all.add(at + 1);
    return all;
  };
  reachable = skipStars(reachable);
  for (const c of name) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (glob[at] === '*') next.add(at);
      else if (glob[at] === '?' || glob[at] === c) next.add(at + 1);
    }
    reachable = skipStars(next);
  }
  return reachable.has(glob.length);
}
