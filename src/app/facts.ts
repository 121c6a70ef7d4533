import { resolve } from 'node:path';
import type { Alert } from '../alert/alert.ts';
import type { Config } from '../config/load.ts';
import type { CardLinks } from '../incident/ports.ts';
import type { PeopleStore } from '../people/person.ts';
import type { ActorFacts } from '../people/rights.ts';
import { loadRunbooks, type RunbookRegistry } from '../runbooks/registry.ts';

export function readRunbooks(config: Config): RunbookRegistry {
  const { dir, base_url: baseUrl } = config.settings.runbooks;
  return loadRunbooks({ dir: resolve(config.baseDir, dir), ...(baseUrl !== undefined && { baseUrl }) });
}

/** The names of the alerting rules in force. */
export function alertNamesOf(config: Config): string[] {
  return config.ruleGroups.flatMap((group) =>
    group.rules.filter((rule) => rule.kind === 'alerting').map((rule) => rule.name),
  );
}

/** Where an alert's runbook and dashboard are: the rule's own annotations first, then what is configured for its model. */
export function linksOf(alert: Alert, config: Config, runbooks: RunbookRegistry): CardLinks {
  const runbookUrl = alert.annotations.get('runbook_url');
  const model = config.settings.models[alert.labels.get('model_name')];
  return {
    runbookUrl,
    runbook: runbooks.find(alert.labels.get('alertname'), runbookUrl)?.name ?? '',
    dashboardUrl: alert.annotations.get('dashboard_url') || (model?.dashboard ?? ''),
  };
}

/**
 * What is known of somebody without asking Slack: an account never seen is taken for a member, as Slack let it press the button.
 * @param groupsOf the user groups of a Slack user; undefined where they could not be read
 */
export function standingOf(
  actor: { readonly id: string; readonly via: string },
  people: PeopleStore,
  groupsOf: (userId: string) => readonly string[] | undefined,
): Pick<ActorFacts, 'standing' | 'groups' | 'inCardChannel'> {
  if (actor.via !== 'slack') return { standing: 'trusted', groups: undefined, inCardChannel: undefined };
  const known = people.user(actor.id)?.standing ?? 'member';
  const standing = known === 'member' || known === 'guest' ? known : 'stranger';
  return { standing, groups: groupsOf(actor.id), inCardChannel: undefined };
}
