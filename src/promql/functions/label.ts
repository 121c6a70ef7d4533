import { UserError } from '../../errors.ts';
import type { Labels } from '../../labels/labels.ts';
import { type RelabelPattern, relabelPattern } from '../../labels/relabel-pattern.ts';
import { compareLabels } from '../../tsdb/postings.ts';
import { QueryError } from '../errors.ts';
import { naturalOrder } from '../natural-order.ts';
import { quote } from '../quoted.ts';
import { type Item, METRIC_NAME } from '../value.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

/** Applies `make` to each sample's labels. A new metric name revokes an earlier decision to drop the old one. */
function relabel(call: CallContext, target: string, make: (labels: Labels) => Labels): Item[] {
  const seen = new Set<string>();
  return call.vector(0).map((item) => {
    const labels = call.relabelled(item.labels, make);
    const renamed = target === METRIC_NAME && labels !== item.labels;
    const dropName = renamed ? false : item.dropName;
    const key = `${dropName ? 1 : 0}${labels.key}`;
    if (seen.has(key)) throw new QueryError('query_failed', 'vector cannot contain metrics with the same labelset');
    seen.add(key);
    return { labels, t: call.t, v: item.v, dropName };
  });
}

/** Nested calls could double a value each time. */
const LONGEST_VALUE = 64 * 1024;

function bounded(length: number): void {
  if (length > LONGEST_VALUE) {
    throw new QueryError('query_limit', `a label value would grow longer than ${LONGEST_VALUE} characters`);
  }
}

function labelName(text: string, what: string): string {
  if (text === '' || !text.isWellFormed())
    throw new QueryError('query_failed', `invalid ${what} label name in label_replace(): ${quote(text).slice(1, -1)}`);
  return text;
}

const patterns = new Map<string, RelabelPattern>();
const MOST_PATTERNS = 1000;

function patternOf(source: string): RelabelPattern {
  const known = patterns.get(source);
  if (known) return known;
  try {
    const compiled = relabelPattern(source);
    if (patterns.size >= MOST_PATTERNS) patterns.clear();
    patterns.set(source, compiled);
    return compiled;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new QueryError('query_failed', `invalid regular expression in label_replace(): ${source}`);
  }
}

function replace(call: CallContext): Item[] {
  const target = labelName(call.string(1), 'destination');
  const template = call.string(2);
  const source = call.string(3);
  const pattern = patternOf(call.string(4));
  const references = template.split('$').length - 1;
  return relabel(call, target, (labels) => {
    bounded(template.length + references * labels.get(source).length);
    const [value] = pattern.expand(labels.get(source), template) ?? [];
    return value === undefined ? labels : labels.with([[target, value]]);
  });
}

function join(call: CallContext): Item[] {
  const target = labelName(call.string(1), 'destination');
  const separator = call.string(2);
  const sources = call.args.slice(3).map((_, i) => call.string(i + 3));
  return relabel(call, target, (labels) => {
    const parts = sources.map((name) => labels.get(name));
    bounded(parts.reduce((length, part) => length + part.length + separator.length, 0));
    return labels.with([[target, parts.join(separator)]]);
  });
}

function sortByLabel(direction: 1 | -1): FunctionSpec {
  return {
    kind: 'vector',
    args: ['vector', 'string'],
    variadic: -1,
    returns: 'vector',
    experimental: true,
    evaluate: (call) => {
      const names = call.args.slice(1).map((_, i) => call.string(i + 1));
      return [...call.vector(0)].sort((a, b) => {
        for (const name of names) {
          const order = naturalOrder(a.labels.get(name), b.labels.get(name));
          if (order !== 0) return direction * order;
        }
        return direction * compareLabels(a.labels, b.labels);
      });
    },
  };
}

export const labelFunctions: Readonly<Record<string, FunctionSpec>> = {
  label_replace: {
    kind: 'vector',
    args: ['vector', 'string', 'string', 'string', 'string'],
    variadic: 0,
    returns: 'vector',
    evaluate: replace,
  },
  label_join: {
    kind: 'vector',
    args: ['vector', 'string', 'string', 'string'],
    variadic: -1,
    returns: 'vector',
    evaluate: join,
  },
  sort_by_label: sortByLabel(1),
  sort_by_label_desc: sortByLabel(-1),
};
