import { dirname } from 'node:path';
import type { Problem } from '../document/position.ts';
import type { Path } from '../document/yaml.ts';
import { type ReceiverTemplates, readReceiverTemplates } from '../notifiers/receiver-templates.ts';
import type { LoadedRouting } from '../routing/schema.ts';
import { expandPattern, readTextFile, shownPath } from './files.ts';

/**
 * The templates that a routing configuration names. A pattern without a file is fine, as for Alertmanager. Texts of receivers that
 * cannot be read become warnings: they load, and what they would have said goes out in our own words.
 * @param file the routing configuration's own file, undefined where it stands inline
 * @throws DocumentError where a template file cannot be read
 */
export function receiverTemplates(
  routing: LoadedRouting,
  at: { readonly file: string | undefined; readonly baseDir: string; readonly cwd: string },
  problems: Problem[],
): ReceiverTemplates {
  const folder = at.file === undefined ? at.baseDir : dirname(at.file);
  const files = routing.config.templates
    .flatMap((pattern) => expandPattern(pattern, folder))
    .map((path) => readTextFile(path, shownPath(path, at.cwd)));
  const templates = readReceiverTemplates(files);
  const { located } = routing;
  const look = (value: unknown, path: Path): void => {
    if (typeof value === 'string' && value.includes('{{')) {
      const fault = templates.fault(value);
      if (fault !== undefined) {
        const message = `this template is broken, so the bare essentials are sent instead: ${fault}`;
        problems.push({ severity: 'warning', at: located.at(path), message });
      }
    } else if (value instanceof Map) {
      for (const [name, child] of value) look(child, [...path, String(name)]);
    } else if (Array.isArray(value)) {
      for (const [index, child] of value.entries()) look(child, [...path, index]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value)) look(child, [...path, name]);
    }
  };
  look(located.value.receivers, ['receivers']);
  return templates;
}
