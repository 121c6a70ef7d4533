import { UserError } from '../errors.ts';
import type { Span } from './ast.ts';

/** `line:column` (from 1) of an offset in an expression, as Prometheus prints positions. */
export function positionText(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

/** An expression that cannot be read or does not type-check: `1:7: parse error: …` in Prometheus' words. */
export class ParseError extends UserError {
  readonly span: Span;
  /** The message without its position. */
  readonly reason: string;

  constructor(text: string, span: Span, reason: string) {
    super('invalid_expression', `${positionText(text, span.start)}: parse error: ${reason}`);
    this.span = span;
    this.reason = reason;
  }
}

/** Why an evaluation failed: the expression does not fit the data, or a limit of the engine was reached. */
export class QueryError extends UserError {
  constructor(code: 'query_failed' | 'query_limit' | 'unsupported', message: string) {
    super(code, message);
  }
}
