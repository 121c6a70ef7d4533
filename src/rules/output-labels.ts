import { type Binary, type Call, type Expr, unparen } from '../promql/ast.ts';
import { typeOf } from '../promql/check.ts';

/** The labels a result can have: any (those of its series), or only some. */
export type OutputLabels = { readonly kind: 'any' } | { readonly kind: 'only'; readonly names: ReadonlySet<string> };

const ANY: OutputLabels = { kind: 'any' };

function only(names: Iterable<string>): OutputLabels {
  return { kind: 'only', names: new Set(names) };
}

/** Which labels an expression's samples can have, as far as its text says. */
export function outputLabels(expr: Expr): OutputLabels {
  const inner = unparen(expr);
  switch (inner.kind) {
    case 'number':
    case 'string':
      return only([]);
    case 'selector':
    case 'range':
      return ANY;
    case 'subquery':
    case 'unary':
      return outputLabels(inner.expr);
    case 'call':
      return ofCall(inner);
    case 'aggregation': {
      if (inner.operator === 'topk' || inner.operator === 'bottomk' || inner.operator.startsWith('limit')) {
        return outputLabels(inner.expr);
      }
      const labels = outputLabels(inner.expr);
      const extra = inner.operator === 'count_values' && inner.param?.kind === 'string' ? [inner.param.value] : [];
      if (!inner.without) return including(intersect(only(inner.grouping), labels), extra);
      return including(minus(labels, inner.grouping), extra);
    }
    case 'binary':
      return ofBinary(inner);
    case 'paren':
      return outputLabels(inner.expr);
  }
}

function ofCall(call: Call): OutputLabels {
  switch (call.name) {
    case 'absent':
    case 'absent_over_time': {
      const [arg] = call.args;
      const selector = arg?.kind === 'range' ? arg.selector : arg;
      if (selector?.kind !== 'selector') return only([]);
      return only(selector.matchers.filter((m) => m.operator === '=').map((m) => m.name));
    }
    case 'vector':
    case 'time':
    case 'scalar':
    case 'pi':
      return only([]);
    case 'label_replace':
    case 'label_join': {
      const [over, target] = call.args;
      return including(over ? outputLabels(over) : ANY, target?.kind === 'string' ? [target.value] : []);
    }
    default: {
      const vector = call.args.find((arg) => typeOf(arg) === 'vector' || typeOf(arg) === 'matrix');
      return vector ? outputLabels(vector) : only([]);
    }
  }
}

function ofBinary(binary: Binary): OutputLabels {
  const left = outputLabels(binary.left);
  const right = outputLabels(binary.right);
  if (typeOf(binary.left) === 'scalar') return right;
  if (typeOf(binary.right) === 'scalar') return left;
  const { card, on, labels, include } = binary.matching;
  switch (binary.operator) {
    case 'and':
    case 'unless':
      return left;
    case 'or':
      return union(left, right);
    default:
      break;
  }
  switch (card) {
    case 'many-to-one':
      return including(left, include);
    case 'one-to-many':
      return including(right, include);
    case 'one-to-one':
    case 'many-to-many':
      return on ? intersect(left, only(labels)) : minus(left, labels);
  }
}

function including(labels: OutputLabels, names: readonly string[]): OutputLabels {
  return labels.kind === 'any' ? ANY : only([...labels.names, ...names]);
}

function minus(labels: OutputLabels, names: readonly string[]): OutputLabels {
  return labels.kind === 'any' ? ANY : only([...labels.names].filter((name) => !names.includes(name)));
}

function intersect(a: OutputLabels, b: OutputLabels): OutputLabels {
  if (a.kind === 'any') return b;
  if (b.kind === 'any') return a;
  return only([...a.names].filter((name) => b.names.has(name)));
}

function union(a: OutputLabels, b: OutputLabels): OutputLabels {
  return a.kind === 'any' || b.kind === 'any' ? ANY : only([...a.names, ...b.names]);
}
