import { UserError } from '../errors.ts';
import type { TargetStatus } from '../ingest/scraper.ts';
import type { AlertInstance } from '../rules/alert-instance.ts';
import type { EvaluatedGroup, EvaluatedRule } from '../rules/evaluator.ts';
import type { InstanceView, QueryAnswer, RuleGroupView, RuleView, TargetView } from './port.ts';

/** Makes an answer of what is wrong with a query; defects stay errors. */
export function refusable<T>(read: () => T): T | Extract<QueryAnswer, { readonly status: 'error' }> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const errorType = error.code.startsWith('query') ? 'execution' : 'bad_data';
    return { status: 'error', errorType, error: error.message };
  }
}

/** A promise of what is read now, whose errors are rejections. */
export async function settled<T>(read: () => T): Promise<T> {
  return read();
}

export function targetView(target: TargetStatus): TargetView {
  const { job, url, health, lastError, lastWarning, lastDurationMs, intervalMs, timeoutMs } = target;
  return {
    job,
    url,
    labels: target.labels.toJSON(),
    discoveredLabels: target.discoveredLabels.toJSON(),
    health,
    lastError,
    lastWarning,
    refused: Object.fromEntries(target.refused),
    lastScrapeAt: target.lastScrapeAt ?? 0,
    lastDurationMs,
    intervalMs,
    timeoutMs,
  };
}

export function groupView({ group, intervalMs, rules }: EvaluatedGroup): RuleGroupView {
  return { name: group.name, file: group.file, intervalMs, limit: group.limit, rules: rules.map(ruleView) };
}

function ruleView({ rule, health, instances }: EvaluatedRule): RuleView {
  if (rule.kind === 'recording') {
    const none = { annotations: {}, forMs: 0, keepFiringForMs: 0, instances: [] };
    return { ...health, ...none, labels: rule.labels.toJSON() };
  }
  const texts = (templates: typeof rule.labels): Record<string, string> =>
    Object.fromEntries(templates.map(({ name, text }) => [name, text]));
  return {
    ...health,
    labels: texts(rule.labels),
    annotations: texts(rule.annotations),
    forMs: rule.forMs,
    keepFiringForMs: rule.keepFiringForMs,
    instances: instances.flatMap(instanceView),
  };
}

function instanceView({ labels, annotations, state, value }: AlertInstance): InstanceView[] {
  switch (state.kind) {
    case 'pending':
    case 'firing':
    case 'no_data':
      return [
        {
          labels: labels.toJSON(),
          annotations: annotations.toJSON(),
          state: state.kind,
          activeAt: state.activeAt,
          value,
        },
      ];
    case 'inactive':
    case 'resolved':
      return [];
  }
}
