import { RE2JS } from 're2js';
import { UserError } from '../errors.ts';
import type { Labels } from './labels.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/**
 * Whose regular expressions: both are RE2, fully anchored, but in a metric selector `.` matches a newline (Prometheus wraps in
 * `(?s:…)`) and in Alertmanager's routes and silences it does not.
 */
export type MatcherDialect = 'prometheus' | 'alertmanager';

/** Tests one label; an absent label is the empty string. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly matches: (value: string) => boolean;
}

/** Rules name hundreds of instances in one alternation; RE2 keeps even that linear. */
export const LONGEST_PATTERN = 16_384;
const MOST_MEMOS = 10_000;
const PLAIN_ALTERNATION = /^[\w:/ -]+(?:\|[\w:/ -]+)*$/;

/**
 * @throws UserError `invalid_matcher` for a pattern that RE2 refuses (look-around, back-references, unbalanced groups) or that is
 * longer than `LONGEST_PATTERN`.
 */
export function matcher(name: string, operator: MatchOperator, value: string, dialect: MatcherDialect): Matcher {
  return { name, operator, value, matches: predicate(operator, value, dialect) };
}

function predicate(operator: MatchOperator, value: string, dialect: MatcherDialect): (value: string) => boolean {
  switch (operator) {
    case '=':
      return (candidate) => candidate === value;
    case '!=':
      return (candidate) => candidate !== value;
    case '=~':
      return pattern(value, dialect);
    case '!~': {
      const matches = pattern(value, dialect);
      return (candidate) => !matches(candidate);
    }
  }
}

/** A fully anchored RE2 test, linear in its input. The raw pattern is compiled: wrapping it in `^(?:…)$` could be escaped. */
export function pattern(source: string, dialect: MatcherDialect): (value: string) => boolean {
  if (source.length > LONGEST_PATTERN) {
    throw new UserError('invalid_matcher', `regular expression longer than ${LONGEST_PATTERN} characters`);
  }
  if (PLAIN_ALTERNATION.test(source)) {
    const words = new Set(source.split('|'));
    return (value) => words.has(value);
  }
  const compiled = compile(source, dialect);
  const memo = new Map<string, boolean>();
  return (value) => {
    const known = memo.get(value);
    if (known !== undefined) return known;
    if (memo.size >= MOST_MEMOS) memo.clear();
    const result = compiled.matches(value);
    memo.set(value, result);
    return result;
  };
}

function compile(source: string, dialect: MatcherDialect): RE2JS {
  try {
    return RE2JS.compile(source, dialect === 'prometheus' ? RE2JS.DOTALL : 0);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid_matcher', `regular expression ${JSON.stringify(source)}: ${reason}`);
  }
}

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((m) => m.matches(labels.get(m.name)));
}

/** `name="value"`, the form that both Prometheus and Alertmanager read. */
export function printMatcher(m: Pick<Matcher, 'name' | 'operator' | 'value'>): string {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(m.name) ? m.name : JSON.stringify(m.name);
  return `${name}${m.operator}${JSON.stringify(m.value)}`;
}
