import { svgToPng } from '../chart/png.ts';
import type { SlackResult } from './client.ts';
import type { Drawing, Effect, Effects } from './effect.ts';
import type { Interaction } from './interaction.ts';
import type { SlackDeps } from './ports.ts';
import type { SlackMessage } from './view/block.ts';
import { renderTwin } from './view/earlier.ts';
import { mrkdwn } from './view/mrkdwn.ts';
import { renderNotice } from './view/notice.ts';

/** Tells what is to be told, one after the other. Failures are logged: the act behind the words is committed already. */
export async function perform(effects: Effects, interaction: Interaction, deps: SlackDeps): Promise<void> {
  for (const effect of effects) {
    const result = await performOne(effect, interaction, deps);
    if (result.kind === 'failed') {
      deps.log.warn({ effect: effect.kind, code: result.code, detail: result.detail }, 'Slack did not take an answer');
    }
  }
}

async function performOne(effect: Effect, interaction: Interaction, deps: SlackDeps): Promise<SlackResult<unknown>> {
  switch (effect.kind) {
    case 'reply':
      return await replyTo(interaction, effect.message, deps);
    case 'say':
      return await sayIn(effect, interaction, deps);
    case 'replace':
      return await replaceOriginal(interaction, effect.message, deps);
    case 'dismiss':
      return hasResponseUrl(interaction) ? await deps.client.respond(interaction.responseUrl, 'delete') : NOTHING;
    case 'picture':
      return await showPicture(effect.picture, interaction, deps);
    case 'modal':
      return await openModal(effect, interaction, deps);
    case 'modal_again':
      return await orAgain(await deps.client.viewsUpdate(effect.viewId, effect.view), interaction, deps);
    case 'point':
      return await deps.client.update(effect.from, renderTwin(effect.to));
    case 'home':
      return await deps.client.viewsPublish(interaction.user.id, effect.view);
    case 'modal_next':
    case 'errors':
      // Said in the acknowledgement of the submission.
      return NOTHING;
  }
}

/** What cannot be drawn or uploaded is left out: the words were said before it. */
async function showPicture(
  { svg, ...picture }: Drawing,
  interaction: Interaction,
  deps: SlackDeps,
): Promise<SlackResult<unknown>> {
  const channel = await deps.client.openDm(interaction.user.id);
  if (channel.kind === 'failed') return channel;
  return await deps.client.upload({ channel: channel.value }, { ...picture, bytes: await svgToPng(svg) });
}

const NOTHING = { kind: 'ok', value: undefined } as const;

function hasResponseUrl(interaction: Interaction): interaction is Interaction & { readonly responseUrl: string } {
  return 'responseUrl' in interaction && interaction.responseUrl !== '';
}

/** To the person alone: by the interaction's own address, else as an ephemeral message, else as a direct one. */
async function replyTo(
  interaction: Interaction,
  message: SlackMessage,
  deps: SlackDeps,
): Promise<SlackResult<unknown>> {
  if (hasResponseUrl(interaction)) {
    const result = await deps.client.respond(interaction.responseUrl, 'ephemeral', message);
    if (result.kind === 'ok') return result;
  }
  const place = placeOf(interaction);
  if (place && !place.channel.startsWith('D')) {
    const thread = place.threadTs === undefined ? {} : { threadTs: place.threadTs };
    const result = await deps.client.postEphemeral(place.channel, interaction.user.id, message, thread);
    if (result.kind === 'ok') return result;
  }
  return await deps.client.postMessage(interaction.user.id, message);
}

/** To everybody: where the interaction came from, below the card it stands on; without a place in the fallback channel. */
async function sayIn(
  { message, under, channel: named }: Extract<Effect, { kind: 'say' }>,
  interaction: Interaction,
  deps: SlackDeps,
): Promise<SlackResult<unknown>> {
  const place = under
    ? { channel: under.channel, threadTs: under.ts }
    : named === undefined
      ? placeOf(interaction)
      : { channel: named };
  const channel = place?.channel ?? deps.settings.fallbackChannel;
  if (channel === undefined) return await deps.client.postMessage(interaction.user.id, message);
  const thread = place?.threadTs === undefined ? {} : { threadTs: place.threadTs };
  const result = await deps.client.postMessage(channel, message, thread);
  if (result.kind === 'ok') return result;
  const elsewhere = deps.settings.fallbackChannel;
  // A form that was opened where the bot is no member has no address to answer to.
  if (named !== undefined && elsewhere !== undefined && !hasResponseUrl(interaction) && result.class === 'destination')
    return await deps.client.postMessage(elsewhere, message);
  if (!hasResponseUrl(interaction)) return result;
  // Where the bot is no member only the interaction's own address may speak; and it has limits of its own.
  const mayStand = result.class === 'ambiguous';
  return mayStand ? result : await deps.client.respond(interaction.responseUrl, 'in_channel', message);
}

interface Place {
  readonly channel: string;
  readonly threadTs?: string;
}

function placeOf(interaction: Interaction): Place | undefined {
  switch (interaction.kind) {
    case 'command':
      return { channel: interaction.channel };
    case 'words':
      return {
        channel: interaction.channel,
        ...(interaction.threadTs === undefined ? {} : { threadTs: interaction.threadTs }),
      };
    case 'action': {
      if (!interaction.message) return undefined;
      const { channel, ts } = interaction.message;
      const threadTs = interaction.threadTs ?? (interaction.ephemeral ? undefined : ts);
      return { channel, ...(threadTs === undefined ? {} : { threadTs }) };
    }
    case 'reaction':
      return { channel: interaction.message.channel };
    case 'shortcut':
      return interaction.message ? { channel: interaction.message.channel } : undefined;
    case 'submission':
    case 'home_opened':
      return undefined;
  }
}

async function replaceOriginal(
  interaction: Interaction,
  message: SlackMessage,
  deps: SlackDeps,
): Promise<SlackResult<unknown>> {
  if (hasResponseUrl(interaction)) {
    const result = await deps.client.respond(interaction.responseUrl, 'replace', message);
    if (result.kind === 'ok') return result;
  }
  if (interaction.kind === 'action' && interaction.message && !interaction.ephemeral) {
    return await deps.client.update(interaction.message, message);
  }
  return await replyTo(interaction, message, deps);
}

async function openModal(
  effect: Extract<Effect, { kind: 'modal' }>,
  interaction: Interaction,
  deps: SlackDeps,
): Promise<SlackResult<unknown>> {
  if (!('triggerId' in interaction)) return NOTHING;
  return await orAgain(await deps.client.viewsOpen(interaction.triggerId, effect.view), interaction, deps);
}

/** A window that does not come, or does not change, needs a word: nobody knows of it otherwise. */
async function orAgain(
  result: SlackResult<unknown>,
  interaction: Interaction,
  deps: SlackDeps,
): Promise<SlackResult<unknown>> {
  if (result.kind === 'failed') {
    await replyTo(interaction, renderNotice(mrkdwn`Slack did not open the window in time: please press again.`), deps);
  }
  return result;
}
