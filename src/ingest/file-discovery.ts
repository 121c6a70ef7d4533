import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readDocument } from '../document/schema.ts';
import { LARGEST_DOCUMENT_BYTES, parseYaml } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import { type DiscoveredGroup, TargetGroup, targetGroup } from './schema.ts';

const TargetFile = z.array(TargetGroup);

interface ReadFile {
  readonly stamp: string;
  readonly groups: readonly DiscoveredGroup[];
}

export interface FileReading {
  readonly groups: readonly DiscoveredGroup[];
  /** Whether any file was added, removed or read anew. */
  readonly changed: boolean;
  /** What could not be read; the file's last good targets stay in force. */
  readonly problems: readonly string[];
}

/** The target files of one job: which exist, and what they said when they were last readable. */
export class TargetFiles {
  readonly #patterns: readonly string[];
  readonly #baseDir: string;
  #files = new Map<string, ReadFile>();

  constructor(patterns: readonly string[], baseDir: string) {
    this.#patterns = patterns;
    this.#baseDir = baseDir;
  }

  /** Looks at the files; reads those whose size or time of change differs, or all where `force` is given. */
  read(force: boolean): FileReading {
    const paths = new Set(this.#patterns.flatMap((pattern) => matchingFiles(resolve(this.#baseDir, pattern))));
    const next = new Map<string, ReadFile>();
    const problems: string[] = [];
    let changed = [...this.#files.keys()].some((path) => !paths.has(path));
    for (const path of paths) {
      const before = this.#files.get(path);
      try {
        const { mtimeMs, size } = regularFile(path);
        const stamp = `${mtimeMs}:${size}`;
        if (before?.stamp === stamp && !force) next.set(path, before);
        else {
          next.set(path, { stamp, groups: readTargetFile(path, size) });
          changed = true;
        }
      } catch (error) {
        if (before) next.set(path, before);
        problems.push(`target file ${error instanceof UserError ? error.message : `${path}: ${String(error)}`}`);
      }
    }
    this.#files = next;
    return { groups: [...next.values()].flatMap((file) => file.groups), changed, problems };
  }
}

/** Paths that a pattern means: its last part may hold one `*`. */
function matchingFiles(pattern: string): string[] {
  const last = basename(pattern);
  const star = last.indexOf('*');
  if (star < 0) return exists(pattern) ? [pattern] : [];
  const [before, after] = [last.slice(0, star), last.slice(star + 1)];
  try {
    return readdirSync(dirname(pattern))
      .filter((name) => name.length >= last.length - 1 && name.startsWith(before) && name.endsWith(after))
      .sort()
      .map((name) => resolve(dirname(pattern), name));
  } catch {
    return [];
  }
}

/** A pipe or a device would block the process when it is read. */
function regularFile(path: string): { mtimeMs: number; size: number } {
  const stats = statSync(path);
  if (!stats.isFile()) throw new UserError('invalid_document', `${path} is not a regular file`);
  return stats;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readTargetFile(path: string, size: number): DiscoveredGroup[] {
  if (size > LARGEST_DOCUMENT_BYTES)
    throw new UserError('invalid_document', `${path} is larger than ${LARGEST_DOCUMENT_BYTES} bytes`);
  const document = parseYaml(readFileSync(path, 'utf8'), path);
  const { value } = readDocument({ ...document, value: document.value ?? [] }, TargetFile);
  return value.map((group) => {
    const { targets, labels } = targetGroup(group);
    return { targets, labels: labels.with({ __meta_filepath: path }) };
  });
}
