import { type Alert, isOpen } from '../alert/alert.ts';
import type { Config } from '../config/load.ts';
import type { SlackConfig } from '../delivery/receiver.ts';
import type { OwnWords } from '../incident/card.ts';
import type { Labels } from '../labels/labels.ts';
import { factsOfNotification } from '../notifiers/receiver-templates.ts';
import { interpolated } from '../slack/view/mrkdwn.ts';

/** A group of alerts as a receiver's templates see it. */
export interface TemplateGroup {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly Alert[];
  readonly truncatedAlerts?: number;
  readonly now: number;
}

/** Told of each text that could not be expanded. */
export type OnBrokenTemplate = (receiver: string, text: string, error: unknown) => void;

/** Whether a text is Alertmanager's default, so that the receiver says nothing of its own. */
export function isDefaultText(text: string): boolean {
  return /^\{\{ template "\w+\.default\.\w+" \. ?\}\}$/.test(text);
}

/**
 * Expands the texts of one receiver. A broken one is told and reads as '': the rest of the notification goes out all the same.
 * @param escape applied to values, never to what stands in the configuration
 */
export function expander(
  config: Config,
  group: TemplateGroup,
  onBroken: OnBrokenTemplate,
  escape?: (text: string) => string,
): (text: string) => string {
  const facts = factsOfNotification({ truncatedAlerts: 0, ...group }, config.externalUrl);
  return (text) => {
    try {
      return config.templates.expand(text, facts, group.now, escape);
    } catch (error) {
      onBroken(group.receiver, text, error);
      return '';
    }
  };
}

/** The words of the receiver that has a Slack destination in this channel. */
export function ownWords(
  config: Config,
  card: TemplateGroup & { readonly channel: string },
  onBroken: OnBrokenTemplate,
): OwnWords | undefined {
  const integrations = config.routing.config.receivers.get(card.receiver)?.integrations ?? [];
  const candidates = integrations.filter((one) => one.kind === 'slack');
  const found =
    candidates.length === 1
      ? candidates[0]
      : candidates.find((one) => slackChannel(config, one.config, card, onBroken) === card.channel);
  if (!found) return undefined;
  const open = card.alerts.filter(isOpen);
  // As Alertmanager: ended members are spoken of where the receiver wants them, and when nothing else is left.
  const group = { ...card, alerts: found.sendResolved || open.length === 0 ? card.alerts : open };
  const { title, text, actions } = found.config;
  const said = expander(config, group, onBroken, interpolated);
  const plain = expander(config, group, onBroken);
  const buttons = actions
    .filter(({ url }) => url !== '')
    .map((action) => ({ label: plain(action.text), url: plain(action.url) }));
  const taken = { runbookUrl: urlOf(buttons, /runbook/i), dashboardUrl: urlOf(buttons, /dashboard/i) };
  const words: OwnWords = {
    title: isDefaultText(title) ? '' : said(title),
    text: isDefaultText(text) ? '' : said(text),
    ...taken,
    links: buttons.filter(({ url }) => url !== '' && url !== taken.runbookUrl && url !== taken.dashboardUrl),
  };
  const silent = words.title === '' && words.text === '' && buttons.length === 0;
  return silent ? undefined : words;
}

function urlOf(buttons: readonly { readonly label: string; readonly url: string }[], label: RegExp): string {
  return buttons.find((button) => label.test(button.label) && URL.canParse(button.url))?.url ?? '';
}

/** The channel a Slack destination means for this group; one that names none means the fallback channel. */
export function slackChannel(
  config: Config,
  slack: SlackConfig,
  group: TemplateGroup,
  onBroken: OnBrokenTemplate,
): string | undefined {
  const channel = expander(config, group, onBroken)(slack.channel).trim();
  return channel === '' ? config.slack?.fallbackChannel : channel;
}
