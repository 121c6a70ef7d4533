import { absenceFunctions } from './absence.ts';
import { conversionFunctions } from './conversion.ts';
import { dateFunctions } from './date.ts';
import { histogramFunctions } from './histogram.ts';
import { labelFunctions } from './label.ts';
import { mathFunctions } from './math.ts';
import { overTimeFunctions } from './over-time.ts';
import { rateFunctions } from './rate.ts';
import type { FunctionSpec } from './spec.ts';

/** Every function of the language, by name. A new one is an entry in its family's file. */
export const functions: ReadonlyMap<string, FunctionSpec> = new Map([
  ...Object.entries(absenceFunctions),
  ...Object.entries(conversionFunctions),
  ...Object.entries(dateFunctions),
  ...Object.entries(histogramFunctions),
  ...Object.entries(labelFunctions),
  ...Object.entries(mathFunctions),
  ...Object.entries(overTimeFunctions),
  ...Object.entries(rateFunctions),
]);

/** Prometheus has these, we refuse them by name and say why. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ...['histogram_avg', 'histogram_count', 'histogram_sum', 'histogram_stddev', 'histogram_stdvar'].map(
    (name) => [name, 'works on native histograms, which are not supported'] as const,
  ),
  ['histogram_quantiles', 'is experimental and not supported; use histogram_quantile'],
  ['info', 'is experimental and not supported; join with group_left instead'],
]);
