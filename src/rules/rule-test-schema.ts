import { z } from 'zod';
import { Duration } from '../document/schema.ts';
import { parseDuration } from '../time/duration.ts';
import { parseInstant } from '../time/instant.ts';

const Scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'expected text' }).transform(String);
const TextMap = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'expected text' }))
  .transform((map) => Object.entries(map).map(([name, value]): [string, string] => [name, String(value ?? '')]));

/** A duration since the test's start; the bare number 0 is one, too. */
const Elapsed = z
  .union([z.string(), z.literal(0)], { error: 'expected a duration such as 5m' })
  .transform((value, context) => {
    const ms = parseDuration(String(value));
    if (ms !== undefined) return ms;
    context.issues.push({
      code: 'custom',
      input: value,
      message: `expected a duration such as 5m; got ${JSON.stringify(value)}`,
    });
    return z.NEVER;
  });

/** YAML's .nan and .inf too, which zod's own number refuses. */
const AnyNumber = z.custom<number>((value) => typeof value === 'number');

const Figure = z.union([AnyNumber, z.string()], { error: 'expected a number' }).transform((value, context) => {
  const text = String(value).trim().toLowerCase();
  const known: Readonly<Record<string, number>> = {
    nan: Number.NaN,
    inf: Infinity,
    '+inf': Infinity,
    '-inf': -Infinity,
  };
  const number = typeof value === 'number' ? value : (known[text] ?? (text === '' ? Number.NaN : Number(text)));
  if (Number.isNaN(number) && text !== 'nan' && text !== '.nan') {
    context.issues.push({ code: 'custom', input: value, message: `expected a number; got ${JSON.stringify(value)}` });
    return z.NEVER;
  }
  return number;
});

const StartTimestamp = z.union([z.number(), z.string()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value * 1000 : parseInstant(value);
  if (ms !== undefined) return ms;
  context.issues.push({ code: 'custom', input: value, message: 'expected Unix seconds or an RFC 3339 instant' });
  return z.NEVER;
});

const AlertTestSchema = z.strictObject({
  eval_time: Elapsed.default(0),
  alertname: Scalar.optional(),
  exp_alerts: z
    .array(z.strictObject({ exp_labels: TextMap.nullish(), exp_annotations: TextMap.nullish() }).nullable())
    .nullish(),
});

const ExprTestSchema = z.strictObject({
  expr: Scalar,
  eval_time: Elapsed.default(0),
  exp_samples: z
    .array(
      z.strictObject({
        labels: Scalar.nullish(),
        value: Figure.optional(),
        histogram: z.string().optional(),
      }),
    )
    .nullish(),
});

const TestSchema = z.strictObject({
  interval: Duration.optional(),
  name: Scalar.optional(),
  input_series: z.array(z.strictObject({ series: Scalar, values: Scalar })).nullish(),
  alert_rule_test: z.array(AlertTestSchema).nullish(),
  promql_expr_test: z.array(ExprTestSchema).nullish(),
  external_labels: TextMap.nullish(),
  external_url: Scalar.nullish(),
  start_timestamp: StartTimestamp.optional(),
});

/** promtool's unit test file, with the fields of its newest releases. */
export const RuleTestFileSchema = z.strictObject({
  rule_files: z.array(Scalar).nullish(),
  evaluation_interval: Duration.optional(),
  group_eval_order: z.array(Scalar).nullish(),
  fuzzy_compare: z.boolean().optional(),
  tests: z.array(TestSchema).nullish(),
});

export type RuleTestFile = z.output<typeof RuleTestFileSchema>;
export type RuleTestDraft = z.output<typeof TestSchema>;
export type AlertTestDraft = z.output<typeof AlertTestSchema>;
export type ExprTestDraft = z.output<typeof ExprTestSchema>;
