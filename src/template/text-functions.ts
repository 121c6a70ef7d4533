import { UserError } from '../errors.ts';
import { searchExpression } from '../labels/expression.ts';
import { textOf } from './arguments.ts';
import type { TemplateFunction } from './execute.ts';
import { FunctionError } from './template-error.ts';

/** The text functions that Prometheus and Alertmanager share. */
export const TEXT_FUNCTIONS: readonly (readonly [string, TemplateFunction])[] = [
  ['toUpper', (text) => eachRune(textOf(text), (rune) => rune.toUpperCase())],
  ['toLower', (text) => eachRune(textOf(text), (rune) => rune.toLowerCase())],
  ['match', (pattern, text) => search(textOf(pattern), (expression) => expression.found(textOf(text)))],
  [
    'reReplaceAll',
    (pattern, replacement, text) =>
      search(textOf(pattern), (expression) => expression.replaceAll(textOf(text), textOf(replacement))),
  ],
  ['safeHtml', (text) => textOf(text)],
];

/** Go changes case rune by rune: what would become two characters (ß) stays. */
function eachRune(text: string, change: (rune: string) => string): string {
  let out = '';
  for (const rune of text) {
    const changed = change(rune);
    out += changed.length > rune.length ? rune : changed;
  }
  return out;
}

function search<T>(pattern: string, use: (expression: ReturnType<typeof searchExpression>) => T): T {
  try {
    return use(searchExpression(pattern));
  } catch (error) {
    if (error instanceof UserError) throw new FunctionError(error.message);
    throw error;
  }
}
