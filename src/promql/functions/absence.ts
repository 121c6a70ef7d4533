import { Labels } from '../../labels/labels.ts';
import type { Expr } from '../ast.ts';
import type { Item } from '../value.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

/** What is known of the series that is not there: labels that exactly one `=` matcher names, the metric name left out. */
function absentLabels(arg: Expr | undefined): Labels {
  const selector = arg?.kind === 'range' ? arg.selector : arg;
  if (selector?.kind !== 'selector') return Labels.empty;
  const known = new Map<string, string>();
  const seen = new Set<string>();
  for (const m of selector.matchers) {
    if (m.name === '__name__') continue;
    if (m.operator === '=' && !seen.has(m.name)) known.set(m.name, m.value);
    else known.delete(m.name);
    if (m.operator === '=') seen.add(m.name);
  }
  return Labels.of(known);
}

function unless(present: boolean, call: CallContext): Item[] {
  return present ? [] : [{ labels: absentLabels(call.args[0]), t: call.t, v: 1, dropName: false }];
}

export const absenceFunctions: Readonly<Record<string, FunctionSpec>> = {
  absent: {
    kind: 'vector',
    args: ['vector'],
    variadic: 0,
    returns: 'vector',
    evaluate: (call) => unless(call.vector(0).length > 0, call),
  },
  absent_over_time: {
    kind: 'vector',
    args: ['matrix'],
    variadic: 0,
    returns: 'vector',
    evaluate: (call) => unless(call.windows(0).length > 0, call),
  },
};
