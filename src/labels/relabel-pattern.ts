import { RE2JS } from 're2js';
import { UserError } from '../errors.ts';

/** Longer than a matcher's limit: lists of metric names to keep are written as one alternation. */
const LONGEST_RELABEL_PATTERN = 16_384;

/** A fully anchored RE2 pattern with capture groups, as relabelling uses it. */
export interface RelabelPattern {
  readonly source: string;
  readonly matches: (text: string) => boolean;
  /** Fills Go's templates (`$1`, `${1}`, `${name}`, `$$`) from the groups of a match. undefined where the text does not match. */
  readonly expand: (text: string, ...templates: readonly string[]) => string[] | undefined;
}

/** @throws UserError `invalid_pattern` where RE2 refuses the pattern or it is too long. */
export function relabelPattern(source: string): RelabelPattern {
  if (source.length > LONGEST_RELABEL_PATTERN) {
    throw new UserError('invalid_pattern', `regular expression longer than ${LONGEST_RELABEL_PATTERN} characters`);
  }
  const compiled = compile(source);
  return {
    source,
    matches: (text) => compiled.matches(text),
    expand: (text, ...templates) => {
      const match = compiled.matcher(text);
      if (!match.matches()) return undefined;
      const group = (name: string): string => {
        if (/^\d+$/.test(name)) return Number(name) <= match.groupCount() ? (match.group(Number(name)) ?? '') : '';
        return Object.hasOwn(compiled.namedGroups(), name) ? (match.group(name) ?? '') : '';
      };
      return templates.map((template) => fill(template, group));
    },
  };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid_pattern', `regular expression ${JSON.stringify(source)}: ${reason}`);
  }
}

/** Go's Regexp.Expand: a bare name is as long as it can be (`$1x` is the group `1x`); a `$` that starts no name stays. */
function fill(template: string, group: (name: string) => string): string {
  return template.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? '$' : group(name);
  });
}
