import type { Expr } from './ast.ts';

const texts = new WeakMap<Expr, string>();

/** Keeps the text an expression was read from, so that notes on its evaluation can name positions. */
export function rememberText(expr: Expr, text: string): void {
  texts.set(expr, text);
}

/** The text of an expression that `parseExpr` returned; undefined for any other, also for parts of one. */
export function sourceText(expr: Expr): string | undefined {
  return texts.get(expr);
}
