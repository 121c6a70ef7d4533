import { RE2JS } from 're2js';
import { UserError } from '../errors.ts';
import { LONGEST_PATTERN } from './matcher.ts';

/** A regular expression that searches, in linear time (RE2): what templates and relabelling use beside matchers. */
export interface SearchExpression {
  /** Whether it occurs anywhere. */
  found(text: string): boolean;
  /** Every occurrence replaced by Go's rules: `$1`, `${1}`, `$name`, `${name}`, `$$`; an unknown group is empty. */
  replaceAll(text: string, replacement: string): string;
}

const LONGEST_RESULT = 1024 * 1024;

/** @throws UserError `invalid_matcher` for a pattern that RE2 refuses or that is longer than `LONGEST_PATTERN`. */
export function searchExpression(source: string): SearchExpression {
  if (source.length > LONGEST_PATTERN) {
    throw new UserError('invalid_matcher', `regular expression longer than ${LONGEST_PATTERN} characters`);
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid_matcher', `regular expression ${JSON.stringify(source)}: ${reason}`);
  }
  return {
    found: (text) => compiled.matcher(text).find(),
    replaceAll: (text, replacement) => replaceAll(compiled, text, replacement),
  };
}

function replaceAll(compiled: RE2JS, text: string, replacement: string): string {
  const matcher = compiled.matcher(text);
  const names = new Map(Object.entries(compiled.namedGroups()));
  let out = '';
  let copied = 0;
  let lastEnd = -1;
  while (matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    // An empty match right after another match is not a match of its own in Go.
    if (start === end && start === lastEnd) continue;
    lastEnd = end;
    out += text.slice(copied, start);
    out += expand(replacement, (group) => {
      const index = /^\d+$/.test(group) ? Number(group) : names.get(group);
      if (index === undefined || index > matcher.groupCount()) return '';
      return matcher.group(index) ?? '';
    });
    copied = end;
    if (out.length > LONGEST_RESULT) throw new UserError('invalid_matcher', 'the replaced text grows too long');
  }
  return out + text.slice(copied);
}

function expand(replacement: string, group: (name: string) => string): string {
  return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (all, plain?: string, braced?: string) =>
    all === '$$' ? '$' : group(plain ?? braced ?? ''),
  );
}
