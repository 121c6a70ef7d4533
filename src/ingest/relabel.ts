import { createHash } from 'node:crypto';
import { Labels } from '../labels/labels.ts';
import type { RelabelPattern } from '../labels/relabel-pattern.ts';

export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

/** One entry of `relabel_configs` or `metric_relabel_configs`, with Prometheus' defaults filled in. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  /** Stands between the source values. */
  readonly separator: string;
  readonly pattern: RelabelPattern;
  /** Of `hashmod`; 0 elsewhere. */
  readonly modulus: bigint;
  /** A template for `replace`, a plain name for the other actions that write. */
  readonly targetLabel: string;
  readonly replacement: string;
}

/**
 * Applies the rules in order, as Prometheus does.
 * @returns undefined where a rule drops the labels.
 */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  const map = new Map(labels);
  for (const rule of rules) if (!apply(rule, map)) return undefined;
  return Labels.of(map);
}

function apply(rule: RelabelRule, labels: Map<string, string>): boolean {
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  switch (rule.action) {
    case 'keep':
      return rule.pattern.matches(value);
    case 'drop':
      return !rule.pattern.matches(value);
    case 'keepequal':
      return (labels.get(rule.targetLabel) ?? '') === value;
    case 'dropequal':
      return (labels.get(rule.targetLabel) ?? '') !== value;
    case 'replace': {
      const [target = '', replacement = ''] = rule.pattern.expand(value, rule.targetLabel, rule.replacement) ?? [];
      if (isLabelName(target)) set(labels, target, replacement);
      return true;
    }
    case 'lowercase':
      set(labels, rule.targetLabel, value.toLowerCase());
      return true;
    case 'uppercase':
      set(labels, rule.targetLabel, value.toUpperCase());
      return true;
    case 'hashmod':
      set(labels, rule.targetLabel, String(hash(value) % rule.modulus));
      return true;
    case 'labelmap':
      for (const [name, mapped] of [...labels]) {
        const [target = ''] = rule.pattern.expand(name, rule.replacement) ?? [];
        if (target !== '') set(labels, target, mapped);
      }
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (rule.pattern.matches(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!rule.pattern.matches(name)) labels.delete(name);
      return true;
  }
}

function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** The last eight bytes of the MD5, big-endian: Prometheus' shard of a value, so that both put a target on the same shard. */
function hash(value: string): bigint {
  return createHash('md5').update(value).digest().readBigUInt64BE(8);
}

/** A name that Prometheus took before it allowed all of UTF-8, and that every tool still understands. */
export function isLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}
