import { type CallContext, type FunctionSpec, ofEach } from './spec.ts';

function clampSpec(
  args: FunctionSpec['args'],
  bounds: (call: CallContext) => readonly [low: number, high: number],
): FunctionSpec {
  return {
    kind: 'vector',
    args,
    variadic: 0,
    returns: 'vector',
    evaluate: (call) => {
      const [low, high] = bounds(call);
      if (high < low) return [];
      return call
        .vector(0)
        .map((item) => ({ ...item, t: call.t, v: Math.max(low, Math.min(high, item.v)), dropName: true }));
    },
  };
}

function scalarPair(f: (a: number, b: number) => number): FunctionSpec {
  return {
    kind: 'scalar',
    args: ['scalar', 'scalar'],
    variadic: 0,
    returns: 'scalar',
    experimental: true,
    evaluate: (call) => f(call.scalar(0), call.scalar(1)),
  };
}

export const mathFunctions: Readonly<Record<string, FunctionSpec>> = {
  abs: ofEach(Math.abs),
  ceil: ofEach(Math.ceil),
  floor: ofEach(Math.floor),
  exp: ofEach(Math.exp),
  sqrt: ofEach(Math.sqrt),
  ln: ofEach(Math.log),
  log2: ofEach(Math.log2),
  log10: ofEach(Math.log10),
  sin: ofEach(Math.sin),
  cos: ofEach(Math.cos),
  tan: ofEach(Math.tan),
  asin: ofEach(Math.asin),
  acos: ofEach(Math.acos),
  atan: ofEach(Math.atan),
  sinh: ofEach(Math.sinh),
  cosh: ofEach(Math.cosh),
  tanh: ofEach(Math.tanh),
  asinh: ofEach(Math.asinh),
  acosh: ofEach(Math.acosh),
  atanh: ofEach(Math.atanh),
  deg: ofEach((v) => (v * 180) / Math.PI),
  rad: ofEach((v) => (v * Math.PI) / 180),
  sgn: ofEach((v) => (v < 0 ? -1 : v > 0 ? 1 : v)),
  round: {
    kind: 'map',
    args: ['vector', 'scalar'],
    variadic: 1,
    returns: 'vector',
    prepare: (call) => {
      const nearest = call.args.length > 1 ? call.scalar(1) : 1;
      // Prometheus multiplies by the inverse, which loses less; ties round up.
      const inverse = 1 / nearest;
      return (v) => Math.floor(v * inverse + 0.5) / inverse;
    },
  },
  clamp: clampSpec(['vector', 'scalar', 'scalar'], (call) => [call.scalar(1), call.scalar(2)]),
  clamp_min: clampSpec(['vector', 'scalar'], (call) => [call.scalar(1), Number.POSITIVE_INFINITY]),
  clamp_max: clampSpec(['vector', 'scalar'], (call) => [Number.NEGATIVE_INFINITY, call.scalar(1)]),
  pi: { kind: 'scalar', args: [], variadic: 0, returns: 'scalar', evaluate: () => Math.PI },
  min_of: scalarPair(Math.min),
  max_of: scalarPair(Math.max),
};
