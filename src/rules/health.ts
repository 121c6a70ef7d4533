import type { AlertInstance } from './alert-instance.ts';
import type { Rule, RuleGroup } from './rule.ts';

/** How the last evaluation of a rule went. */
export type HealthState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ok'; readonly at: number; readonly durationMs: number }
  | { readonly kind: 'err'; readonly at: number; readonly durationMs: number; readonly lastError: string };

/** One rule as `/api/v1/rules` shows it. */
export interface RuleHealth {
  readonly group: string;
  readonly file: string;
  readonly name: string;
  readonly kind: 'alerting' | 'recording';
  readonly query: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError: string;
  /** Epoch ms; 0 where it has not been evaluated yet. */
  readonly lastEvaluationAt: number;
  readonly evaluationMs: number;
  /** The most urgent of its instances. */
  readonly state: 'inactive' | 'pending' | 'firing' | 'no_data';
}

export function healthOf(
  rule: Rule,
  group: RuleGroup,
  health: HealthState,
  instances: readonly AlertInstance[],
): RuleHealth {
  const kinds = new Set(instances.map((instance) => instance.state.kind));
  return {
    group: group.name,
    file: group.file,
    name: rule.name,
    kind: rule.kind,
    query: rule.source.trim(),
    health: health.kind,
    lastError: health.kind === 'err' ? health.lastError : '',
    lastEvaluationAt: health.kind === 'unknown' ? 0 : health.at,
    evaluationMs: health.kind === 'unknown' ? 0 : health.durationMs,
    state: kinds.has('firing')
      ? 'firing'
      : kinds.has('no_data')
        ? 'no_data'
        : kinds.has('pending')
          ? 'pending'
          : 'inactive',
  };
}
