import { z } from 'zod';
import { PRIORITIES } from '../alert/priority.ts';
import type { Position, Problem } from '../document/position.ts';
import { readDocument } from '../document/schema.ts';
import { nearest } from '../document/suggest.ts';
import type { Path, YamlDocument } from '../document/yaml.ts';
import type { Directory } from '../people/directory.ts';
import type { EscalationLevel, EscalationPolicy, TargetKind } from './escalation.ts';

const LONGEST_DELAY_MINUTES = 9000;
const MINUTE_MS = 60_000;
const MOST_PASSES = 10;

const TARGET_KINDS = [
  'schedule',
  'user',
  'schedule_secondary',
  'user_group',
  'channel',
] as const satisfies TargetKind[];
/** PagerDuty writes `schedule_reference` and `schedule`; both are the same here. */
const TARGET_TYPES = [...TARGET_KINDS, ...TARGET_KINDS.map((kind) => `${kind}_reference` as const)];

const Target = z.strictObject({
  type: z.enum(TARGET_TYPES, {
    error: `expected ${TARGET_KINDS.map((kind) => `${kind}_reference`).join(', ')}`,
  }),
  id: z.string().trim().min(1, { error: 'a target needs an id' }).max(200),
  name: z.string().optional(),
  summary: z.string().optional(),
});

const Minutes = z
  .int({ error: 'expected whole minutes' })
  .min(1, { error: 'a level needs at least a minute to answer' })
  .max(LONGEST_DELAY_MINUTES);

const Rule = z.strictObject({
  id: z.string().optional(),
  escalation_delay_in_minutes: Minutes,
  /** Minutes for incidents of a priority: `{ P1: 5, P2: 15 }`. */
  escalation_delay_by_priority: z
    .partialRecord(z.enum(PRIORITIES, { error: 'expected P1, P2, P3 or P4' }), Minutes)
    .optional(),
  targets: z.array(Target).min(1, { error: 'a level needs at least one target' }).max(50),
});

type Rule = z.output<typeof Rule>;

const Policy = z.strictObject({
  name: z.string().trim().min(1, { error: 'a policy needs a name' }).max(200),
  description: z.string().default(''),
  repeat_enabled: z.boolean().optional(),
  num_loops: z.int({ error: 'expected a whole number' }).min(0).max(MOST_PASSES).optional(),
  rules: z.array(Rule).min(1, { error: 'a policy needs at least one level' }).max(50),
});
type Policy = z.output<typeof Policy>;

/** Whether the document is one for `readEscalationPolicy`. */
export function isEscalationDocument(document: YamlDocument): boolean {
  const { value } = document;
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'escalation_policy');
}

/**
 * One `escalation_policy:` document, in PagerDuty's words.
 * @throws DocumentError with every problem, each at its place.
 */
export function readEscalationPolicy(document: YamlDocument): EscalationPolicy {
  const { value, at } = readDocument(document, z.strictObject({ escalation_policy: Policy }));
  return build(value.escalation_policy, ['escalation_policy'], at);
}

/**
 * The `escalation_policies:` list of watchroom.yml (each entry as under `escalation_policy:`).
 * @param value what stands under that key; undefined gives none.
 * @throws DocumentError with every problem, each at its place.
 */
export function readInlinePolicies(value: unknown, document: YamlDocument): EscalationPolicy[] {
  if (value === undefined || value === null) return [];
  const under: YamlDocument = {
    file: document.file,
    value: { escalation_policies: value },
    at: (path, part) => document.at(path, part),
  };
  const read = readDocument(under, z.strictObject({ escalation_policies: z.array(Policy).max(500) }));
  return read.value.escalation_policies.map((policy, index) => build(policy, ['escalation_policies', index], read.at));
}

function build(policy: Policy, path: Path, at: (path: Path) => Position): EscalationPolicy {
  return {
    name: policy.name,
    description: policy.description,
    passes: passesOf(policy),
    levels: policy.rules.map((rule, level) => ({
      delayMs: rule.escalation_delay_in_minutes * MINUTE_MS,
      ...delaysOf(rule.escalation_delay_by_priority),
      targets: rule.targets.map((target, index) => ({
        kind: TARGET_KINDS.find((kind) => target.type.replace(/_reference$/, '') === kind) ?? 'user',
        id: target.id,
        at: at([...path, 'rules', level, 'targets', index, 'id']),
      })),
    })),
  };
}

function delaysOf(minutes: Rule['escalation_delay_by_priority']): Pick<EscalationLevel, 'delayMsOf'> {
  if (!minutes) return {};
  const entries = PRIORITIES.flatMap((priority) => {
    const delay = minutes[priority];
    return delay === undefined ? [] : [[priority, delay * MINUTE_MS] as const];
  });
  return { delayMsOf: Object.fromEntries(entries) };
}

/**
 * `num_loops: 3` is three passes in all, as the word "loops" says; PagerDuty counts repetitions after the first pass. Repeating
 * without a number is twice; `repeat_enabled: false` is once, whatever `num_loops` says.
 */
function passesOf({ repeat_enabled: enabled, num_loops: loops }: Policy): number {
  if (enabled === false) return 1;
  return Math.max(1, loops ?? (enabled === true ? 2 : 1));
}

/** Targets that map to nobody we know, each at its place: errors for `check`, warnings for `serve`. */
export function unmappedTargets(
  policies: readonly EscalationPolicy[],
  directory: Directory,
  schedules: readonly string[],
  severity: Problem['severity'],
): Problem[] {
  const problems: Problem[] = [];
  for (const policy of policies) {
    for (const target of policy.levels.flatMap((level) => level.targets)) {
      const at = target.at ?? { file: policy.name, line: 1, col: 1 };
      const message = targetProblem(target.kind, target.id, directory, schedules);
      if (message !== undefined) problems.push({ severity, at, message });
    }
  }
  return problems;
}

function targetProblem(
  kind: TargetKind,
  id: string,
  directory: Directory,
  schedules: readonly string[],
): string | undefined {
  switch (kind) {
    case 'user':
      if (directory.person(id)) return undefined;
      return `${id} is nobody we know; map it under \`directory.users\` to an e-mail address or a Slack user id`;
    case 'user_group':
      // Only Slack knows which there are.
      return /^@?[\w.-]+$/.test(id)
        ? undefined
        : `${id} is no user group: write its handle (@ml-leads) or its id (S012…)`;
    case 'channel':
      return /^#?[\p{L}\p{N}_-]+$/u.test(id)
        ? undefined
        : `${id} is no channel: write its name (#ml-alerts) or its id (C012…)`;
    case 'schedule':
    case 'schedule_secondary':
      return scheduleProblem(id, directory, schedules);
  }
}

function scheduleProblem(id: string, directory: Directory, schedules: readonly string[]): string | undefined {
  const name = directory.schedule(id);
  if (schedules.includes(name)) return undefined;
  const near = nearest(name, schedules);
  const mapped = name === id ? '' : ` (mapped to ${name})`;
  const hint = near ? `; did you mean ${near}?` : '';
  return `${id}${mapped} is no schedule of ours${hint}; map it under \`directory.schedules\` to a schedule's name`;
}
