import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import { execute, functionNames } from '../template/execute.ts';
import { prometheusFunctions } from '../template/prometheus-functions.ts';
import { FunctionError, TemplateError } from '../template/template-error.ts';
import { struct, textMap } from '../template/values.ts';
import type { TextTemplate } from './rule.ts';

/** The variables that Prometheus defines before an alert's own template. */
export const RULE_VARIABLES: readonly string[] = ['$labels', '$externalLabels', '$externalURL', '$value'];

export const RULE_FUNCTION_NAMES: ReadonlySet<string> = functionNames(
  prometheusFunctions({ query: () => [], externalUrl: '' }),
);

/** What templates of one evaluation share. */
export interface ExpandContext {
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  /** An instant query at the evaluation's time. @throws UserError */
  readonly query: (expr: string) => readonly { readonly labels: Labels; readonly v: number }[];
}

/** A template that fails becomes `<error expanding template: …>`, as in Prometheus: the alert itself must go out. */
export type Expand = (template: TextTemplate) => string;

/**
 * Expands the labels and annotations of one evaluation, sample by sample.
 * @returns for a sample's labels (its metric name among them where it kept it) and value, the expansion of templates.
 */
export function expander(context: ExpandContext): (series: Labels, value: number) => Expand {
  const externalLabels = textMap(context.externalLabels);
  const functions = prometheusFunctions({
    externalUrl: context.externalUrl,
    query: (expr) => {
      try {
        return context.query(expr);
      } catch (error) {
        if (error instanceof UserError) throw new FunctionError(error.message);
        throw error;
      }
    },
  });
  return (series, value) => {
    const labels = textMap(series);
    const data = struct('template data', {
      Labels: labels,
      ExternalLabels: externalLabels,
      ExternalURL: context.externalUrl,
      Value: value,
    });
    const variables = {
      $labels: labels,
      $externalLabels: externalLabels,
      $externalURL: context.externalUrl,
      $value: value,
    };
    return (template) => {
      // Most templates are plain text.
      if (!template.text.includes('{{')) return template.text;
      try {
        return execute(template.template, data, { functions, variables });
      } catch (error) {
        if (error instanceof TemplateError) return `<error expanding template: ${error.message}>`;
        throw error;
      }
    };
  };
}
