import type { Position, Problem } from '../document/position.ts';
import type { Path, YamlDocument } from '../document/yaml.ts';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * A copy of the document with `${NAME}` and `${NAME:-default}` expanded in every text value (not in keys). An empty variable counts
 * as unset, as in a shell's `:-`.
 * @returns the document, and a problem for each reference that is unset and has no default; its value is then the empty text.
 */
export function expandEnvironment(
  document: YamlDocument,
  environment: Readonly<Record<string, string | undefined>>,
  severity: Problem['severity'],
): { readonly document: YamlDocument; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const expandText = (text: string, at: () => Position): string =>
    text.replaceAll(REFERENCE, (_, name: string, fallback: string | undefined) => {
      const value = environment[name];
      if (value !== undefined && value !== '') return value;
      if (fallback !== undefined) return fallback;
      problems.push({ severity, at: at(), message: `the environment variable ${name} is not set` });
      return '';
    });
  const expand = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return expandText(value, () => document.at(path));
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]));
    }
    return value;
  };
  return { document: { ...document, value: expand(document.value, []) }, problems };
}
