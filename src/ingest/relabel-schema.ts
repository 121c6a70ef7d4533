import { z } from 'zod';
import { nearest } from '../document/suggest.ts';
import { UserError } from '../errors.ts';
import { type RelabelPattern, relabelPattern } from '../labels/relabel-pattern.ts';
import { isLabelName, RELABEL_ACTIONS, type RelabelAction, type RelabelRule } from './relabel.ts';

const DEFAULT_PATTERN = '(.*)';
const DEFAULT_REPLACEMENT = '$1';
const DEFAULT_SEPARATOR = ';';
const TARGET_TEMPLATE = /^(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))(?:\w|\$(?:\{\w+\}|\w+))*$/;

const Pattern = z.union([z.string(), z.number(), z.boolean()]).transform((written, context): RelabelPattern => {
  try {
    return relabelPattern(String(written));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.issues.push({ code: 'custom', input: written, message: error.message });
    return z.NEVER;
  }
});

const Action = z.string().transform((written, context): RelabelAction => {
  const action = RELABEL_ACTIONS.find((known) => known === written.toLowerCase());
  if (action) return action;
  const near = nearest(written, RELABEL_ACTIONS);
  const hint = near ? `did you mean ${near}?` : `known actions: ${RELABEL_ACTIONS.join(', ')}`;
  context.issues.push({ code: 'custom', input: written, message: `unknown relabel action ${written}; ${hint}` });
  return z.NEVER;
});

const Written = z.strictObject({
  source_labels: z.array(z.string()).optional(),
  separator: z.string().optional(),
  regex: Pattern.optional(),
  modulus: z.number().int().min(0).optional(),
  target_label: z.string().optional(),
  replacement: z.string().optional(),
  action: Action.optional(),
});
type Written = z.output<typeof Written>;

/** One relabelling rule in Prometheus' words, checked as Prometheus checks it. */
export const RelabelConfig = Written.transform((written, context): RelabelRule => {
  const action = written.action ?? 'replace';
  for (const [key, message] of faults(written, action)) {
    context.issues.push({ code: 'custom', input: written, path: key === '' ? [] : [key], message });
  }
  return {
    action,
    sourceLabels: written.source_labels ?? [],
    separator: written.separator ?? DEFAULT_SEPARATOR,
    pattern: written.regex ?? relabelPattern(DEFAULT_PATTERN),
    modulus: BigInt(written.modulus ?? 0),
    targetLabel: written.target_label ?? '',
    replacement: written.replacement ?? DEFAULT_REPLACEMENT,
  };
});

const WRITES: readonly RelabelAction[] = ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'];

function faults(written: Written, action: RelabelAction): [key: string, message: string][] {
  const found: [string, string][] = [];
  const target = written.target_label ?? '';
  if (WRITES.includes(action)) {
    if (target === '') found.push(['', `the action ${action} needs a target_label`]);
    else if (!(action === 'replace' && target.includes('$') ? TARGET_TEMPLATE.test(target) : isLabelName(target))) {
      found.push(['target_label', `${JSON.stringify(target)} is not a label name that the action ${action} can write`]);
    }
  }
  if (action === 'hashmod' && !written.modulus) found.push(['', 'the action hashmod needs a modulus above 0']);
  if (action === 'labelmap' && !TARGET_TEMPLATE.test(written.replacement ?? DEFAULT_REPLACEMENT)) {
    found.push(['replacement', `${JSON.stringify(written.replacement)} does not make a label name`]);
  }
  for (const key of foreignKeys(action)) {
    if (written[key] !== undefined) found.push([key, `the action ${action} does not use ${key}`]);
  }
  return found;
}

/** Keys that contradict an action; the harmless ones that Prometheus overlooks, such as a modulus beside `replace`, are not among them. */
function foreignKeys(action: RelabelAction): (keyof Written)[] {
  switch (action) {
    case 'labeldrop':
    case 'labelkeep':
      return ['source_labels', 'separator', 'modulus', 'target_label', 'replacement'];
    case 'keepequal':
    case 'dropequal':
      return ['regex', 'separator', 'modulus', 'replacement'];
    case 'lowercase':
    case 'uppercase':
      return ['replacement'];
    case 'replace':
    case 'keep':
    case 'drop':
    case 'hashmod':
    case 'labelmap':
      return [];
  }
}
