import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What is wrong with a value, in words for people: the schema library's own speak of types. A schema's own message stays as it is. */
export function issueWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const received = /^Invalid input: expected \w+, received (\w+)$/.exec(issue.message)?.[1];
      if (received === undefined) return issue.message;
      const expected = `expected ${kindOf(issue.expected)}`;
      return received === 'undefined' ? `is missing; ${expected}` : `${expected}, got ${kindOf(received)}`;
    }
    case 'invalid_value':
      if (!/^Invalid (?:option|input): expected /.test(issue.message)) return issue.message;
      return `expected ${issue.values.map((value) => (typeof value === 'string' ? value : String(value))).join(' or ')}`;
    default:
      return issue.message;
  }
}

function kindOf(name: string): string {
  return KINDS[name] ?? (name === 'null' ? 'nothing' : name);
}
