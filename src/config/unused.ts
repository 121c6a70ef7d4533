import type { Problem } from '../document/position.ts';
import type { Located } from '../document/schema.ts';
import type { LoadedRouting } from '../routing/schema.ts';
import type { OnCallConfig } from './on-call.ts';
import type { WatchroomFile } from './schema.ts';

/** Keys that are read and checked, but that this release does nothing with. Said, so that nobody relies on them. */
const NOT_YET = ['remote', 'events', 'gate'] as const;

export function unusedKeys(settings: WatchroomFile, located: Located<WatchroomFile>): Problem[] {
  return NOT_YET.filter((key) => Object.keys(settings[key]).length > 0).map((key) => ({
    severity: 'warning',
    at: located.at([key], 'key'),
    message: `${key} is not used by this release`,
  }));
}

/** Without `slack:` nothing is posted and nobody is paged there; said where a receiver or a ladder counts on it. */
export function mutedSlack(
  { value, at }: Located<WatchroomFile>,
  routing: LoadedRouting,
  onCall: OnCallConfig,
): Problem[] {
  if (value.slack !== undefined) return [];
  const receivers = [...routing.config.receivers.values()]
    .filter(({ integrations }) => integrations.some(({ kind }) => kind === 'slack'))
    .map(({ name }) => name);
  const lost = [
    ...(receivers.length > 0 ? [`the cards of ${receivers.slice(0, 5).join(', ')} are not posted`] : []),
    ...(onCall.paging.length > 0 ? ['nobody is paged in Slack'] : []),
  ];
  if (lost.length === 0) return [];
  const remedy = 'add slack: { bot_token: ${SLACK_BOT_TOKEN}, app_token: ${SLACK_APP_TOKEN} }';
  return [{ severity: 'warning', at: at([]), message: `there is no \`slack:\`: ${lost.join(', and ')}; ${remedy}` }];
}
