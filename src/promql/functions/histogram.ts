import { bucketFraction, bucketQuantile, groupBuckets } from '../histogram.ts';
import { noteQuantile } from '../quantile-note.ts';
import { type Item, METRIC_NAME } from '../value.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

const MONOTONICITY =
  'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)';

function nameNote(name: string): string {
  return name === '' ? '' : ` for metric name ${JSON.stringify(name)}`;
}

function histogramsOf(call: CallContext, arg: number): ReturnType<typeof groupBuckets> {
  const span = call.args[arg];
  return groupBuckets(call.vector(arg), (item) => {
    const le = JSON.stringify(item.labels.get('le'));
    if (span) {
      const name = nameNote(item.labels.get(METRIC_NAME));
      call.note('warning', `bucket label "le" is missing or has a malformed value of ${le}${name}`, span);
    }
  });
}

function quantiles(call: CallContext): Item[] {
  const q = call.scalar(0);
  noteQuantile(q, call.args[0], (message, span) => call.note('warning', message, span));
  return histogramsOf(call, 1).map(({ labels, buckets }) => {
    const { value, forced } = bucketQuantile(q, buckets);
    const span = call.args[1];
    if (forced && span) call.note('info', `${MONOTONICITY}${nameNote(labels.get(METRIC_NAME))}`, span);
    return { labels, t: call.t, v: value, dropName: true };
  });
}

function fractions(call: CallContext): Item[] {
  const lower = call.scalar(0);
  const upper = call.scalar(1);
  return histogramsOf(call, 2).map(({ labels, buckets }) => ({
    labels,
    t: call.t,
    v: bucketFraction(lower, upper, buckets),
    dropName: true,
  }));
}

/** Over classic histograms, that is series with the label `le`. */
export const histogramFunctions: Readonly<Record<string, FunctionSpec>> = {
  histogram_quantile: {
    kind: 'vector',
    args: ['scalar', 'vector'],
    variadic: 0,
    returns: 'vector',
    evaluate: quantiles,
  },
  histogram_fraction: {
    kind: 'vector',
    args: ['scalar', 'scalar', 'vector'],
    variadic: 0,
    returns: 'vector',
    evaluate: fractions,
  },
};
