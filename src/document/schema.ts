import { z } from 'zod';
import { formatDuration, parseDuration } from '../time/duration.ts';
import { issueWords } from './issue-words.ts';
import { DocumentError, type Position, type Problem } from './position.ts';
import { nearest } from './suggest.ts';
import type { Path, YamlDocument } from './yaml.ts';

/** What a document says, in types, with the way back to where it says so. */
export interface Located<T> {
  readonly value: T;
  readonly at: (path: Path, part?: 'key' | 'value') => Position;
}

/**
 * Checks a document against a schema. Use `z.strictObject` throughout: an unknown key is an error that names the nearest known one.
 * @throws DocumentError with every problem found, each at its place.
 */
export function readDocument<S extends z.ZodType>(document: YamlDocument, schema: S): Located<z.output<S>> {
  const result = schema.safeParse(document.value ?? {});
  if (result.success) return { value: result.data, at: (path, part) => document.at(path, part) };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, schema, document, []));
  throw new DocumentError(problems);
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType, document: YamlDocument, prefix: Path): Problem[] {
  const path: Path = [...prefix, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const error = (at: Position, message: string): Problem => ({ severity: 'error', at, message });
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        const hint = near ? `; did you mean ${near}?` : known.length > 0 ? `; known keys: ${known.join(', ')}` : '';
        return error(document.at([...path, key], 'key'), `unknown key ${key}${where(path)}${hint}`);
      });
    }
    case 'invalid_union': {
      // The branch that got furthest is the one that was meant.
      const branches = issue.errors.filter((branch) => branch.length > 0);
      const depth = (branch: readonly z.core.$ZodIssue[]): number => Math.max(...branch.map((i) => i.path.length));
      const best = branches.toSorted((a, b) => depth(b) - depth(a))[0];
      if (best && depth(best) > 0) return best.flatMap((inner) => problemsOf(inner, schema, document, path));
      const messages = [...new Set(branches.flat().map(issueWords))];
      return [error(document.at(path), `${name(path)}${messages.join(' or ') || issue.message}`)];
    }
    default:
      return [error(document.at(path), `${name(path)}${issueWords(issue)}`)];
  }
}

function name(path: Path): string {
  return path.length > 0 ? `${printPath(path)}: ` : '';
}

function where(path: Path): string {
  return path.length > 0 ? ` in ${printPath(path)}` : '';
}

function printPath(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** The keys that an object schema knows at a path, through optionals, defaults, unions and arrays. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  let level: z.core.$ZodType[] = unwrap(schema);
  for (const step of path) level = level.flatMap((s) => childrenOf(s, step)).flatMap(unwrap);
  return [...new Set(level.flatMap((s) => (s instanceof z.ZodObject ? Object.keys(s.shape) : [])))];
}

function childrenOf(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) {
    const child = (schema.shape as Record<string, z.core.$ZodType>)[String(step)];
    return child ? [child] : [];
  }
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  return [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodLazy) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => unwrap(option));
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return [schema];
}

/** A Prometheus duration, as milliseconds. */
export const Duration = z.string({ error: 'expected a duration such as 5m, 30s, 1h30m' }).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === undefined) {
    context.issues.push({
      code: 'custom',
      input: text,
      message: `expected a duration such as 5m, 30s, 1h30m; got ${JSON.stringify(text)}`,
    });
    return z.NEVER;
  }
  return ms;
});

/** A duration within limits, both inclusive. */
export function durationBetween(min: number, max: number): z.ZodType<number, string> {
  return Duration.refine((ms) => ms >= min && ms <= max, {
    error: `expected a duration from ${formatDuration(min)} to ${formatDuration(max)}`,
  });
}
