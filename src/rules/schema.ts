import { z } from 'zod';
import { Duration, durationBetween } from '../document/schema.ts';

const DAY_MS = 86_400_000;

/** YAML scalars that Prometheus reads as text, too: `severity: 1`, `expr: 1`. */
const Text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected text' })
  .transform((value) => String(value));

const TextMap = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'expected text' }))
  .transform((map) => Object.entries(map).map(([name, value]): [string, string] => [name, String(value ?? '')]));

/** Rule kinds beside `expr` that have a name but cannot be evaluated by this release. */
export const RESERVED_KINDS = ['anomaly', 'composite', 'slo', 'drift', 'absence'] as const;

const RuleSchema = z.strictObject({
  alert: Text.optional(),
  record: Text.optional(),
  expr: Text.optional(),
  for: Duration.optional(),
  keep_firing_for: Duration.optional(),
  labels: TextMap.optional(),
  annotations: TextMap.optional(),
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
  interval: durationBetween(1000, 366 * DAY_MS).optional(),
  limit: z
    .int({ error: 'expected a whole number' })
    .min(0, { error: 'expected a limit of 0 (none) or more' })
    .optional(),
  query_offset: durationBetween(0, 366 * DAY_MS).optional(),
  labels: TextMap.optional(),
  rules: z.array(RuleSchema, { error: 'expected a list of rules' }).nullish(),
});

/** Prometheus' rule file. */
export const RuleFileSchema = z.strictObject({
  groups: z.array(GroupSchema, { error: 'expected a list of groups' }).nullish(),
});

export type RuleDraft = z.output<typeof RuleSchema>;
export type GroupDraft = z.output<typeof GroupSchema>;
