import { Labels } from '../../labels/labels.ts';
import { byValue } from '../numeric.ts';
import type { Item } from '../value.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

function scalarOf(evaluate: (call: CallContext) => number, options: { experimental?: true } = {}): FunctionSpec {
  return { kind: 'scalar', args: [], variadic: 0, returns: 'scalar', evaluate, ...options };
}

/** Sorted by value, NaN last in both directions. */
function sortSpec(direction: 1 | -1): FunctionSpec {
  return {
    kind: 'vector',
    args: ['vector'],
    variadic: 0,
    returns: 'vector',
    evaluate: (call) =>
      [...call.vector(0)].sort((a, b) => {
        if (Number.isNaN(a.v) || Number.isNaN(b.v)) return Number(Number.isNaN(a.v)) - Number(Number.isNaN(b.v));
        return direction * byValue(a.v, b.v);
      }),
  };
}

/** The time of each sample where the argument is a selector, else that of the evaluation. */
function timestamps(call: CallContext): Item[] {
  const own = call.args[0]?.kind === 'selector';
  return call
    .vector(0)
    .map((item) => ({ labels: item.labels, t: call.t, v: (own ? item.t : call.t) / 1000, dropName: true }));
}

const experimental = { experimental: true } as const;

export const conversionFunctions: Readonly<Record<string, FunctionSpec>> = {
  time: scalarOf((call) => call.t / 1000),
  start: scalarOf((call) => call.query.start / 1000, experimental),
  end: scalarOf((call) => call.query.end / 1000, experimental),
  step: scalarOf((call) => call.query.stepMs / 1000, experimental),
  range: scalarOf((call) => (call.query.end - call.query.start) / 1000, experimental),
  scalar: {
    kind: 'scalar',
    args: ['vector'],
    variadic: 0,
    returns: 'scalar',
    evaluate: (call) => {
      const [only, ...others] = call.vector(0);
      return only && others.length === 0 ? only.v : Number.NaN;
    },
  },
  vector: {
    kind: 'vector',
    args: ['scalar'],
    variadic: 0,
    returns: 'vector',
    evaluate: (call) => [{ labels: Labels.empty, t: call.t, v: call.scalar(0), dropName: false }],
  },
  timestamp: { kind: 'vector', args: ['vector'], variadic: 0, returns: 'vector', evaluate: timestamps },
  sort: sortSpec(1),
  sort_desc: sortSpec(-1),
};
