import { z } from 'zod';
import { Duration } from '../document/schema.ts';

/** YAML scalars that Prometheus reads as text, too: `severity: 1`, `expr: 1`. */
const Scalar = z.custom<string | number | boolean>((value) => ['string', 'number', 'boolean'].includes(typeof value), {
  error: 'expected text',
});
const Text = Scalar.transform(String);

const TextMap = z
  .record(z.string(), z.union([Scalar, z.null()], { error: 'expected text' }))
  .transform((map) => Object.entries(map).map(([name, value]): [string, string] => [name, String(value ?? '')]));

/** A duration, the bare number 0, or nothing at all, which YAML reads as null. */
const Elapsed = z
  .union([Duration, z.literal(0)], { error: 'expected a duration such as 5m, 30s, 1h30m' })
  .nullish()
  .transform((ms) => ms ?? undefined);

/** Fastest that rules are evaluated. */
const SHORTEST_INTERVAL_MS = 100;

const Interval = Elapsed.refine((ms) => ms === undefined || ms === 0 || ms >= SHORTEST_INTERVAL_MS, {
  error: `expected an interval of ${SHORTEST_INTERVAL_MS}ms or more`,
});

const OptionalText = Text.nullish().transform((text) => text ?? undefined);
const OptionalMap = TextMap.nullish().transform((map) => map ?? undefined);

/** Rule kinds beside `expr` that have a name but cannot be evaluated by this release. */
export const RESERVED_KINDS = ['anomaly', 'composite', 'slo', 'drift', 'absence'] as const;

const RuleSchema = z.strictObject({
  alert: OptionalText,
  record: OptionalText,
  expr: OptionalText,
  for: Elapsed,
  keep_firing_for: Elapsed,
  labels: OptionalMap,
  annotations: OptionalMap,
  anomaly: z.unknown().optional(),
  composite: z.unknown().optional(),
  slo: z.unknown().optional(),
  objective: z.unknown().optional(),
  period: z.unknown().optional(),
  errors: z.unknown().optional(),
  total: z.unknown().optional(),
  drift: z.unknown().optional(),
  absence: z.unknown().optional(),
});

const GroupSchema = z.strictObject({
  name: Text.refine((name) => name.trim() !== '', { error: 'a group needs a name' }),
  interval: Interval,
  limit: z.int({ error: 'expected a whole number' }).nullish(),
  query_offset: Elapsed,
  labels: OptionalMap,
  rules: z.array(RuleSchema, { error: 'expected a list of rules' }).nullish(),
});

/** Prometheus' rule file. */
export const RuleFileSchema = z.strictObject({
  groups: z.array(GroupSchema, { error: 'expected a list of groups' }).nullish(),
});

export type RuleDraft = z.output<typeof RuleSchema>;
export type GroupDraft = z.output<typeof GroupSchema>;
