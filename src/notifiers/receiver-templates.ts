import { isOpen } from '../alert/alert.ts';
import { commonOf, type Notification } from '../delivery/notification.ts';
import { DocumentError, type Problem } from '../document/position.ts';
import { Labels } from '../labels/labels.ts';
import { alertmanagerFunctions } from '../template/alertmanager-functions.ts';
import { ALERTMANAGER_TEMPLATES, NOTIFICATION_FUNCTIONS } from '../template/alertmanager-templates.ts';
import { execute } from '../template/execute.ts';
import { type NotificationFacts, notificationData } from '../template/notification-data.ts';
import { parseTemplate } from '../template/parser.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Template, TemplateNode } from '../template/tree.ts';

/** The texts of receivers, expanded with Alertmanager's data and functions. */
export interface ReceiverTemplates {
  /**
   * @param escape applied to values, never to the template's own text
   * @param now epoch ms, for `since`
   * @throws TemplateError where the text cannot be read or asks for what is not there
   */
  expand(text: string, facts: NotificationFacts, now: number, escape?: (text: string) => string): string;
  /** What is wrong with a text, as far as that can be said without data; undefined where nothing is. */
  fault(text: string): string | undefined;
}

/** As many different texts as are kept parsed. */
const MOST_PARSED = 1000;

/**
 * Reads the files of `templates:`. Later definitions of a name replace earlier ones and the built-in ones.
 * @throws DocumentError naming file and line of what cannot be read
 */
export function readReceiverTemplates(
  files: readonly { readonly path: string; readonly text: string }[],
): ReceiverTemplates {
  const definitions = new Map<string, readonly TemplateNode[]>(ALERTMANAGER_TEMPLATES);
  const problems: Problem[] = [];
  for (const { path, text } of files) {
    try {
      for (const [name, nodes] of read(text).definitions) definitions.set(name, nodes);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const { line, col, reason } = error;
      problems.push({ severity: 'error', at: { file: path, line, col }, message: reason });
    }
  }
  if (problems.length > 0) throw new DocumentError(problems);
  const parsed = new Map<string, Template>();
  const templateOf = (text: string): Template => {
    const known = parsed.get(text);
    if (known) return known;
    const template = read(text);
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(text, template);
    return template;
  };
  return {
    expand(text, facts, now, escape) {
      if (!text.includes('{{')) return text;
      return execute(templateOf(text), notificationData(facts), {
        functions: alertmanagerFunctions(now),
        definitions,
        ...(escape && { escape }),
      });
    },
    fault(text) {
      try {
        templateOf(text);
        return undefined;
      } catch (error) {
        if (error instanceof TemplateError) return error.message;
        throw error;
      }
    },
  };
}

function read(text: string): Template {
  return parseTemplate(text, { functions: NOTIFICATION_FUNCTIONS });
}

/** A notification as templates see it. */
export function factsOfNotification(
  notification: Pick<Notification, 'alerts' | 'groupLabels' | 'groupKey' | 'truncatedAlerts'> & {
    readonly receiver: string;
  },
  externalUrl: string,
): NotificationFacts {
  const { receiver, alerts, groupLabels, groupKey, truncatedAlerts } = notification;
  const common = (part: 'labels' | 'annotations'): Labels =>
    alerts.length === 0 ? Labels.empty : commonOf(alerts.map((alert) => alert[part]));
  return {
    receiver,
    status: alerts.some(isOpen) ? 'firing' : 'resolved',
    alerts,
    groupLabels,
    commonLabels: common('labels'),
    commonAnnotations: common('annotations'),
    externalUrl: externalUrl.replace(/\/+$/, ''),
    groupKey,
    truncatedAlerts,
  };
}
