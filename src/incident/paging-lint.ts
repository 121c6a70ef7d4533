import { PRIORITIES, type Priority } from '../alert/priority.ts';
import type { EscalationPolicy } from './escalation.ts';
import { FINAL_REPEAT_MS, forPriority, ladderTimes } from './escalation.ts';
import type { PagingEntry } from './ports.ts';

/** What is known of a rule's alerts before they fire. A label that is made by a template, or by the expression, is not known. */
export interface KnownAlert {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

const MINUTE_MS = 60_000;

/**
 * Why some P1 alert would page nobody; undefined where every one starts a ladder. A matcher on a label that is not known counts as
 * matching: a warning should be true.
 */
export function unpagedWarning(
  paging: readonly PagingEntry[],
  rules: readonly KnownAlert[],
  severities: ReadonlyMap<string, Priority>,
): string | undefined {
  const urgent = rules.filter(({ labels }) => priorityOf(labels, severities) === 'P1');
  const unpaged = urgent.filter((rule) => !paging.some((entry) => mayMatch(entry, rule)));
  const [first] = unpaged;
  const consequence = 'nobody is paged and no ladder starts';
  if (first) {
    const more = unpaged.length > 1 ? ` (and ${unpaged.length - 1} more)` : '';
    return `no entry of \`paging:\` matches the P1 alert ${first.name}${more}: ${consequence}`;
  }
  const any: KnownAlert = { name: '', labels: new Map() };
  if (urgent.length > 0 || paging.length === 0 || paging.some((entry) => mayMatch(entry, any))) return undefined;
  return `no entry of \`paging:\` matches priority P1: ${consequence}`;
}

function priorityOf(
  labels: ReadonlyMap<string, string>,
  severities: ReadonlyMap<string, Priority>,
): string | undefined {
  return labels.get('priority') ?? severities.get(labels.get('severity') ?? '');
}

function mayMatch({ matchers }: PagingEntry, { name, labels }: KnownAlert): boolean {
  return matchers.every((matcher) => {
    const value = matcher.name === 'priority' ? 'P1' : matcher.name === 'alertname' ? name : labels.get(matcher.name);
    return value === undefined || value === '' || matcher.matches(value);
  });
}

/** When a policy tells whom, in words: what `num_loops` and the delays come to. */
export function policyWords(policy: EscalationPolicy): string {
  const { levels, passes } = policy;
  const others = PRIORITIES.filter((priority) => forPriority(policy, priority) !== policy).map((priority) => {
    const times = ladderTimes(forPriority(policy, priority), 0, levels.length).map((ms) => ms / MINUTE_MS);
    return `; ${priority} at ${times.join(', ')} min`;
  });
  if (policy.manner === 'notice') return 'tells everybody once, in their business hours; nobody is paged';
  const times = ladderTimes(policy, 0, levels.length * passes + 1).map((ms) => ms / MINUTE_MS);
  const pages = times.slice(0, levels.length).join(', ');
  const all =
    passes === 1 ? 'one pass' : `${passes} passes in all (num_loops counts passes, not repeats after the first)`;
  const repeat = FINAL_REPEAT_MS / MINUTE_MS;
  return `pages at ${pages} min${others.join('')}, ${all}; at ${times.at(-1)} min the channel is mentioned, and the last level is told every ${repeat} min until somebody acknowledges`;
}
