import { formatDuration } from '../time/duration.ts';
import {
  type Aggregation,
  type Binary,
  type Expr,
  isSetOperator,
  type NumberLiteral,
  type Shift,
  type VectorSelector,
} from './ast.ts';
import { quote } from './quoted.ts';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** Words that the parser reads as numbers or modifiers where they stand alone. */
const UNPRINTABLE = /^(?:inf|nan|on|ignoring|group_left|group_right|bool|atan2)$/i;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The expression as one line of canonical PromQL; reading it back gives an equal expression. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return printSelector(expr, '');
    case 'range':
      return printSelector(expr.selector, `[${formatDuration(expr.rangeMs)}]`);
    case 'subquery': {
      const step = expr.stepMs === undefined ? '' : formatDuration(expr.stepMs);
      return `${printExpr(expr.expr)}[${formatDuration(expr.rangeMs)}:${step}]${printShift(expr)}`;
    }
    case 'call':
      return `${expr.name}(${expr.args.map(printExpr).join(', ')})`;
    case 'aggregation':
      return printAggregation(expr);
    case 'unary':
      return `${expr.operator}${printExpr(expr.expr)}`;
    case 'binary':
      return printBinary(expr);
    case 'paren':
      return `(${printExpr(expr.expr)})`;
  }
}

function printNumber({ value, duration }: NumberLiteral): string {
  if (duration) {
    const text = formatDuration(value * 1000);
    return Object.is(value, -0) ? `-${text}` : text;
  }
  if (Number.isNaN(value)) return 'NaN';
  // Without a sign, which before `^` would be read as an operator.
  if (value === Number.POSITIVE_INFINITY) return 'Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function printSelector(selector: VectorSelector, range: string): string {
  const { name } = selector;
  const plain = name !== undefined && METRIC_NAME.test(name) && !UNPRINTABLE.test(name);
  const matchers = (name === undefined ? selector.matchers : selector.matchers.slice(1)).map(
    (m) => `${printLabel(m.name)}${m.operator}${quote(m.value)}`,
  );
  const inner = plain || name === undefined ? matchers : [quote(name), ...matchers];
  const braces = inner.length === 0 && plain ? '' : `{${inner.join(',')}}`;
  return `${plain ? name : ''}${braces}${range}${printShift(selector)}`;
}

function printShift({ at, offsetMs }: Shift): string {
  const offset = offsetMs === 0 ? '' : ` offset ${formatDuration(offsetMs)}`;
  if (!at) return offset;
  switch (at.kind) {
    case 'instant':
      return ` @ ${(at.t / 1000).toFixed(3)}${offset}`;
    case 'start':
      return ` @ start()${offset}`;
    case 'end':
      return ` @ end()${offset}`;
  }
}

function printLabel(name: string): string {
  return LABEL_NAME.test(name) ? name : quote(name);
}

function labelList(names: readonly string[]): string {
  return `(${names.map(printLabel).join(', ')})`;
}

function printAggregation({ operator, expr, param, grouping, without }: Aggregation): string {
  const clause = without
    ? ` without ${labelList(grouping)} `
    : grouping.length > 0
      ? ` by ${labelList(grouping)} `
      : '';
  const args = [...(param ? [param] : []), expr].map(printExpr).join(', ');
  return `${operator}${clause}(${args})`;
}

function printBinary({ operator, left, right, bool, matching }: Binary): string {
  const words = [printExpr(left), operator];
  if (bool) words.push('bool');
  const grouped = matching.card === 'many-to-one' || matching.card === 'one-to-many';
  if (matching.on || matching.labels.length > 0 || grouped) {
    words.push(matching.on ? 'on' : 'ignoring', labelList(matching.labels));
  }
  if (grouped && !isSetOperator(operator)) {
    words.push(matching.card === 'many-to-one' ? 'group_left' : 'group_right', labelList(matching.include));
  }
  words.push(printExpr(right));
  return words.join(' ');
}
