import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Problem } from '../document/position.ts';
import type { Located } from '../document/schema.ts';
import type { Path } from '../document/yaml.ts';

/** Resolves `name` or its twin `name_file` inside one mapping of the configuration. */
export interface SecretReader {
  /** '' where neither is given (or the file cannot be read: then a problem is noted). */
  read(path: Path, inline: string | undefined, file: string | undefined): string;
}

/** @param baseDir what relative file names are relative to: the configuration file's folder. */
export function createSecretReader(at: Located<unknown>['at'], baseDir: string, problems: Problem[]): SecretReader {
  return {
    read(path, inline, file) {
      if (inline !== undefined && file !== undefined) {
        problems.push({
          severity: 'error',
          at: at(path),
          message: `${String(path.at(-1))}: give either the value or the _file, not both`,
        });
      }
      if (file === undefined) return inline ?? '';
      try {
        return readFileSync(isAbsolute(file) ? file : resolve(baseDir, file), 'utf8').trim();
      } catch (error) {
        const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        problems.push({ severity: 'error', at: at(path), message: `${file} cannot be read: ${reason}` });
        return '';
      }
    },
  };
}
