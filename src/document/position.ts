import { UserError } from '../errors.ts';

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

/** Something wrong, or worth saying, at a place. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly at: Position;
  readonly message: string;
}

/** `file:line:col: message`, the form editors and terminals make clickable. */
export function printProblem(problem: Problem): string {
  const { file, line, col } = problem.at;
  return `${file}:${line}:${col}: ${problem.severity === 'warning' ? 'warning: ' : ''}${problem.message}`;
}

/** One or more problems in what a person wrote; its message is all of them, one a line. */
export class DocumentError extends UserError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('invalid_document', problems.map(printProblem).join('\n'));
    this.problems = problems;
  }
}
