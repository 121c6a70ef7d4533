import { UserError } from '../errors.ts';

/** Something wrong in a template, or while it ran, at a place in its text (line and column count from 1). */
export class TemplateError extends UserError {
  readonly line: number;
  readonly col: number;
  /** The message without the place. */
  readonly reason: string;

  constructor(place: Place, reason: string) {
    super('invalid_template', `${place.line}:${place.col}: ${reason}`);
    this.line = place.line;
    this.col = place.col;
    this.reason = reason;
  }
}

/** Where something stands in a template's text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly col: number;
}

/** What a function or a field says is wrong; the executor adds the place. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}
