import type { Span } from './ast.ts';

/** Warns where φ is outside [0, 1]: the answer is then ±Inf or NaN. */
export function noteQuantile(q: number, span: Span | undefined, warn: (message: string, span: Span) => void): void {
  if (span && !(q >= 0 && q <= 1)) warn(`quantile value should be between 0 and 1, got ${goNumber(q)}`, span);
}

/** A number as Go's %g prints it. */
function goNumber(v: number): string {
  if (v === Number.POSITIVE_INFINITY) return '+Inf';
  if (v === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(v);
}
